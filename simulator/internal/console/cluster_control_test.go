package console_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/browsertest"
)

// confirm checks the text of the open dialog and answers it.
func (s *site) confirm(says string, yes bool) {
	s.t.Helper()
	s.WaitText("dialog[open]", says)
	s.Click(fmt.Sprintf("dialog[open] [value=%s]", map[bool]string{true: "yes", false: "no"}[yes]))
	s.Wait(`![...document.querySelectorAll("dialog[open] p")].some((p) => p.textContent.includes(` + browsertest.Quoted(says) + `))`)
}

// The selected node is drained, failed and restored. Only failing it, which costs others their GPUs, needs confirmation.
func TestNodesAreOperated(t *testing.T) {
	s := open(t)
	const node = "az-bj-a-a100-01"
	state := func() string {
		for _, n := range call[struct{ Nodes []struct{ ID, State string } }](s, "GET", "/sim/v1/state", "").Nodes {
			if n.ID == node {
				return n.State
			}
		}
		return ""
	}
	s.create("first", "az-bj-a", "A100", 32)
	s.Go("/cluster?node=" + node)
	s.WaitText("#node-name", node+" · 8 × A100 · 正常")
	equal(t, "restoring is offered", browsertest.Eval[bool](s.Tab, `!document.querySelector("[data-action=restore]").disabled`), false)
	s.Click("[data-action=drain]")
	s.WaitText("#node-name", "排空")
	equal(t, "drained", state(), "draining")
	s.Click("[data-action=restore]")
	s.WaitText("#node-name", "正常")
	s.Click("[data-action=fail]")
	s.confirm("使节点 "+node+" 故障", false)
	equal(t, "not failed", state(), "up")
	s.Click("[data-action=fail]")
	s.confirm("使节点 "+node+" 故障", true)
	s.WaitText("#node-name", "故障")
	equal(t, "failed", state(), "failed")
	equal(t, "its task", s.tasks()[0].Status, "failed")
	s.Click("#node-leave")
	s.WaitText("#node-name", "指向节点")
	s.Wait(`!document.querySelector("#node-actions").checkVisibility() && location.search === ""`)
}

// Environments are found by name, stopped and started. Stopping one whose tasks will fail needs confirmation.
func TestEnvironmentsAreOperated(t *testing.T) {
	s := open(t)
	call[any](s, "POST", tasks, `{"taskName":"n","datasetId":"dataset-001","datasetVersionId":"version-001","environmentId":"env-001"}`)
	s.Go("/cluster")
	s.WaitText("#switches-list", "llm-training-env")
	s.Fill("#switches-search", "PYTORCH")
	s.Wait(`document.querySelectorAll("#switches-list li").length === 1`)
	s.WaitText("#switches-list", "pytorch-dev-env")
	s.Click("#switches-list button")
	s.confirm("停止 pytorch-dev-env？其中的 1 个任务会失败", false)
	equal(t, "the task", s.tasks()[0].Status, "starting")
	s.Click("#switches-list button")
	s.confirm("停止 pytorch-dev-env？", true)
	s.WaitText("#switches-list .badge", "已停止")
	equal(t, "the task", s.tasks()[0].Status, "failed")
	s.Click("#switches-list button")
	s.WaitText("#switches-list .badge", "运行中")
	call[any](s, "POST", "/sim/v1/dev-environments/env-001/stop", "") // by someone else
	s.WaitText("#switches-list .badge", "已停止")
	s.Fill("#switches-search", "nothing of this name")
	s.WaitText("#switches-more", "没有符合条件的环境")
}

// Only fifty of a thousand environments are shown, but all can be found.
func TestEnvironmentSearch(t *testing.T) {
	s := open(t, thousand())
	s.Go("/cluster")
	s.WaitText("#switches-more", "另有 950 个")
	s.Fill("#switches-search", "name-0777")
	s.Wait(`document.querySelectorAll("#switches-list li").length === 1`)
	s.WaitText("#switches-list", "name-0777")
}

// Faults are added, listed with their hits, and removed. Errors are shown at their field.
func TestFaultsAreOperated(t *testing.T) {
	s := open(t)
	s.Tolerate("status of (400|418)")
	s.Go("/cluster")
	s.WaitText("#fault-none", "没有故障")
	s.Click("#fault-form button")
	s.Wait(`document.querySelector("#fault-error").checkVisibility()`)
	s.Fill("[name=delay]", "soon")
	s.Click("#fault-form button")
	s.Wait(`document.activeElement.name === "delay" && document.activeElement.getAttribute("aria-invalid") === "true"`)
	s.Fill("[name=delay]", "")
	s.Choose("[name=method]", "POST")
	s.Fill("[name=path]", "/api/v1/task-templates")
	s.Fill("[name=status]", "418")
	s.Fill("[name=count]", "5")
	s.Fill("[name=probability]", "1")
	s.Click("#fault-form button")
	s.WaitText("#fault-list", "POST /api/v1/task-templates → 应答 418 · 100% · 命中 0/5 次")
	equal(t, "what was wrong is forgotten", browsertest.Eval[bool](s.Tab,
		`document.querySelector("#fault-error").hidden && !document.querySelector("#fault-form [aria-invalid]")`), true)
	s.Fill("[name=delay]", "1ms")
	s.Choose("[name=cut]", "after")
	s.Fill("[name=path]", "/api/v1/models")
	s.Click("#fault-form button")
	s.WaitText("#fault-list", "全部 /api/v1/models → 延迟 1ms, 更改后切断")
	s.Click("#fault-list li:first-child button")
	s.Wait(`document.querySelectorAll("#fault-list li").length === 1`)
	equal(t, "faults", len(call[[]any](s, "GET", "/sim/v1/faults", "")), 1)
	s.Fill("[name=status]", "500")
	s.Fill("[name=path]", "/api/v1/images")
	s.Click("#fault-form button")
	s.Click("#fault-clear")
	s.WaitText("#fault-none", "没有故障")
	equal(t, "faults in the end", len(call[[]any](s, "GET", "/sim/v1/faults", "")), 0)
}

// A scenario is loaded from text or a file. Its errors are listed and change nothing. A reset needs confirmation.
func TestScenarioAndReset(t *testing.T) {
	s := open(t)
	s.Tolerate("status of 422")
	cluster := func() string { return call[struct{ ID string }](s, "GET", "/api/v1/cluster", "").ID }
	first := cluster()
	s.create("first", "az-bj-a", "A100", 16)
	s.Go("/cluster")
	s.WaitText("#zones .pool", "占用 16/32")
	equal(t, "without a text", browsertest.Eval[bool](s.Tab, `document.querySelector("#scenario-load").disabled`), true)
	s.Fill("#scenario-text", "extends: default\nzoness: []")
	s.Click("#scenario-load")
	s.confirm("载入此场景？", true)
	s.WaitText("#scenario-problems", "2:1")
	equal(t, "the cluster", cluster(), first)

	file := filepath.Join(t.TempDir(), "small.yaml")
	const two = "extends: default\nenvironments: []\nnode_pools:\n  - {zone: az-bj-b, gpu_type: T4, count: 2}\n"
	if err := os.WriteFile(file, []byte(two), 0o600); err != nil {
		t.Fatal(err)
	}
	s.Upload("#scenario-file", file)
	s.Wait(`document.querySelector("#scenario-text").value.startsWith("extends: default\nenvironments: []")`)
	s.Click("#scenario-load")
	s.confirm("载入此场景？", true)
	s.WaitText("#message", "场景已载入")
	s.WaitText("#use-now", "（0/8 ")
	s.WaitText("#switches-more", "没有开发环境")
	second := cluster()
	if second == first {
		t.Error("it is the same cluster")
	}

	s.create("second", "az-bj-b", "T4", 2)
	s.WaitText("#use-now", "（2/8 ")
	s.Click("#reset")
	s.confirm("重置集群？", false)
	s.Click("#reset")
	s.confirm("重置集群？", true)
	s.confirm("确定吗？", false)
	equal(t, "the cluster", cluster(), second)
	s.Click("#reset")
	s.confirm("重置集群？", true)
	s.confirm("确定吗？", true)
	s.WaitText("#message", "集群已重置")
	s.WaitText("#use-now", "（0/8 ")
	equal(t, "tasks", len(s.tasks()), 0)
}
