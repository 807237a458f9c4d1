package console_test

import (
	"fmt"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/browsertest"
)

// The estimate names those whose place the task would take, and tells what being preemptible saves and risks.
func TestEstimateOfAPreemption(t *testing.T) {
	s := open(t)
	for _, priority := range []string{"low", "normal"} {
		call[any](s, "POST", "/api/v1/training-tasks", fmt.Sprintf(`{"taskName":"other","datasetId":"dataset-001",
			"datasetVersionId":"version-001","launchMode":"dynamic","priority":%q,"preemptible":true,"resourceConfig":{
			"availabilityZone":"az-sz-a","gpuType":"A100","gpuCount":8,"cpuCores":8,"memory":8,"image":"i"}}`, priority))
	}
	s.Go(createPage)
	s.WaitText("#running-count", "3")
	s.dataset("n")
	s.zone("az-sz-a")
	s.Fill("#gpu-count", "16")
	s.WaitText("#verdict", "需要排队")
	s.Choose("#priority", "high")
	s.WaitText("#verdict", "可立即分配，将抢占 2 个优先级更低的任务")
	s.WaitText("#estimate-facts", "低：1、普通：1（task-001、task-002）")
	s.WaitText("#suggestion-list", "改为可抢占（省 60%）：节省 CNY")
	browsertest.Eval[any](s.Tab, `[...document.querySelectorAll("#suggestion-list li")]
		.find(li => li.textContent.includes("改为可抢占")).querySelector("button").click()`)
	s.WaitText("#estimate-facts", "预计不会被抢占")
	s.WaitText("#terraform", "preemptible")
}
