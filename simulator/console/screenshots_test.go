package console_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

var screenshots = flag.Bool("screenshots", false, "write the pictures of the pages that the README shows")

// The README's pictures can be taken, and are small. With -screenshots they are written.
func TestScreenshots(t *testing.T) {
	s := open(t, named(t, "busy"))
	s.Media("prefers-color-scheme", "light")
	s.Resize(1280, 860)
	shoot := func(name string) {
		t.Helper()
		picture := s.Screenshot()
		if len(picture) < 10_000 || len(picture) > 150_000 {
			t.Errorf("the picture of %s has %d bytes, want at most 150,000", name, len(picture))
		}
		if !*screenshots {
			return
		}
		if err := os.WriteFile(filepath.Join("screenshots", name+".png"), picture, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for i, task := range []struct {
		name, zone, gpuType string
		gpus                int
	}{
		{"llama2-sft-training-v1", "az-bj-a", "A100", 4}, {"bert-large-ablation", "az-sh-a", "V100", 8},
		{"resnet-50-baseline", "az-bj-b", "T4", 2}, {"llama2-pretrain", "az-sz-c", "A100", 24}, {"code-instructions", "az-sh-b", "RTX3090", 16},
	} {
		s.create(task.name, task.zone, task.gpuType, task.gpus)
		s.advance(time.Duration(15-i) * time.Minute)
	}
	call[any](s, "POST", tasks, `{"taskName":"notebook-trial","datasetId":"dataset-001","datasetVersionId":"version-001","environmentId":"env-001"}`)
	s.create("llama2-sft-training-v2", "az-bj-a", "A100", 32)
	s.create("vision-sweep", "az-sh-b", "T4", 4)
	s.advance(40 * time.Second)

	s.Go("/training-jobs")
	s.Choose("#language", "en")
	s.WaitText("#jobs", "vision-sweep")
	s.WaitText("#jobs", "number 1 in the queue")
	shoot("training-jobs")

	s.Go("/cluster")
	s.WaitText("#zones", "T4")
	for _, by := range []string{"10m", "10m", "1h", "10m", "10m", "1h", "1h"} {
		before := s.Text("#clock-now")
		s.Click(fmt.Sprintf("[data-by=%q]", by))
		s.Wait(fmt.Sprintf("document.querySelector('#clock-now').textContent !== %q && !document.querySelector('[data-by=%q]').disabled", before, by))
	}
	call[any](s, "POST", "/sim/v1/nodes/az-bj-a-v100-02/fail", "")
	call[any](s, "POST", "/sim/v1/nodes/az-bj-a-t4-05/drain", "")
	s.WaitText("#zones", "failed")
	shoot("cluster")

	s.Resize(1200, 760)
	s.Go(createPage)
	s.WaitText("#environment-list", "pytorch-dev-env")
	s.dataset("llama2-sft-training-v3")
	s.Choose("#model", "model-001")
	s.zone("az-sh-a")
	s.Fill("#gpu-count", "4")
	s.WaitText("#estimate-facts", "147.20 per hour")
	s.Wait(`!document.querySelector("#estimate").hasAttribute("aria-busy")`)
	s.Scroll(0)
	shoot("training-create")
}
