package console_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/browsertest"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// thousand defines a thousand running environments, name-0000 to name-0999, the last one with the longest uptime.
func thousand() func(*simulator.Options) {
	var text strings.Builder
	text.WriteString("extends: default\nenvironments:\n")
	for i := range 1000 {
		fmt.Fprintf(&text, "  - {id: env-%04d, name: name-%04d, type: notebook, image: i, zone: az-bj-a, gpu_type: A100, "+
			"gpus: 1, cpu_cores: 1, memory_gb: 1, uptime: %dh}\n", i, i, i+1)
	}
	return func(o *simulator.Options) { o.Scenario = text.String() }
}

// A thousand environments are shown in pages, in the requested order, and the selection is kept across pages.
func TestThousandEnvironments(t *testing.T) {
	s := open(t, thousand())
	s.Go(createPage)
	s.WaitText("#environment-list", "name-0049")
	s.WaitText("#running-count", "1000")
	s.WaitText("#environment-pager", "1/20")
	s.Click(`#environment-list [value="env-0007"]`)
	s.Click("#environment-pager [data-step=on]")
	s.WaitText("#environment-list .name", "name-0050")
	s.WaitText("#environment-pager", "2/20")
	s.Choose("#environment-sort", "uptime desc")
	s.WaitText("#environment-list .name", "name-0999")
	s.WaitText("#environment-pager", "1/20")
	equal(t, "shown", browsertest.Eval[int](s.Tab, `document.querySelectorAll("#environment-list .option").length`), 50)
	s.Choose("#environment-sort", "")
	s.WaitText("#environment-list .name", "name-0000")
	equal(t, "chosen", browsertest.Eval[string](s.Tab, `document.querySelector("[name=environment]:checked").value`), "env-0007")
	s.WaitText("#summary", "name-0007")
}

func TestEnvironmentsAreFilteredAndSorted(t *testing.T) {
	s := open(t)
	s.Go(createPage)
	s.WaitText("#environment-list", "llm-training-env")
	names := func() string {
		const script = `[...document.querySelectorAll("#environment-list .name")].map(e => e.textContent)`
		return strings.Join(browsertest.Eval[[]string](s.Tab, script), " ")
	}
	equal(t, "by default", names(), "pytorch-dev-env tensorflow-workspace llm-training-env")
	for _, text := range []string{"Jupyter", "运行中", "健康", "北京可用区A", "2x A100", "16 核", "128 GB", "5天3小时", "CUDA 12.1", "pytorch"} {
		s.WaitText("#environment-list .option", text)
	}
	s.Choose("#environment-sort", "gpuCount desc")
	s.WaitText("#environment-list .option", "llm-training-env")
	s.Choose("#filter-type", "notebook")
	s.Wait(`document.querySelectorAll("#environment-list .option").length === 2`)
	s.Choose("#filter-zone", "az-sz-a")
	s.WaitText("#environment-nomatch", "没有符合条件的环境")
	s.WaitText("#running-count", "3")
	s.WaitText("#summary", "pytorch-dev-env") // the selection is kept
}
