package console_test

import (
	"fmt"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/browsertest"
)

const createPage = "/training/create"

// dataset fills in the required fields, once the page is ready.
func (s *site) dataset(name string) {
	s.t.Helper()
	s.Fill("#task-name", name)
	s.Choose("#dataset", "dataset-001")
}

// zone chooses dynamic resources in a zone.
func (s *site) zone(id string) {
	s.t.Helper()
	s.Click("#mode-dynamic")
	s.Click(fmt.Sprintf(`#zone-list [value=%q]`, id))
}

// The test cases of the source document.
func TestSourceCases(t *testing.T) {
	t.Run("TC01", func(t *testing.T) {
		s := open(t)
		s.Go(createPage)
		s.WaitText("#running-count", "3")
		s.dataset("test-task-001")
		s.Click("#mode-existing")
		s.Click(`#environment-list [value="env-001"]`)
		s.Click("#create")
		s.WaitText("#message", created)
		s.WaitText("#message", "使用环境: pytorch-dev-env")
		s.WaitPath("/training-jobs")
		s.WaitText("#jobs", "test-task-001")
		s.WaitText("#message", created)
		got := s.tasks()
		equal(t, "tasks", len(got), 1)
		equal(t, "the task", got[0].TaskName+" "+got[0].LaunchMode+" "+got[0].EnvironmentID, "test-task-001 existing env-001")
	})
	t.Run("TC02", func(t *testing.T) {
		s := open(t)
		s.Go(createPage)
		s.dataset("test-task-002")
		s.zone("az-bj-a")
		s.Click(`#gpu-list [value="A100"]`)
		s.Fill("#gpu-count", "4")
		s.Click("#create")
		s.WaitText("#message", created)
		s.WaitText("#message", "已在 北京可用区A 动态创建资源")
		s.WaitPath("/training-jobs")
		s.WaitText("#jobs", "test-task-002")
		got := s.tasks()[0]
		equal(t, "the task", fmt.Sprint(got.LaunchMode, *got.ResourceConfig),
			"dynamic{az-bj-a A100 pytorch/pytorch:2.1.0-cuda12.1 4 32 256}")
	})
	t.Run("TC03", func(t *testing.T) {
		s := open(t)
		s.stop("env-001", "env-002", "env-003")
		s.Go(createPage)
		s.WaitText("#no-environment", "暂无运行中的开发环境")
		equal(t, "existing is disabled, dynamic chosen", fmt.Sprint(
			browsertest.Eval[bool](s.Tab, `document.querySelector("#mode-existing").disabled`),
			browsertest.Eval[bool](s.Tab, `document.querySelector("#mode-dynamic").checked`)), "true true")
		s.WaitText("#zone-list", "北京可用区A")
	})
	t.Run("TC04", func(t *testing.T) {
		s := open(t)
		s.Go(createPage)
		s.WaitText("#environment-list", "pytorch-dev-env")
		s.dataset("  ")
		s.Click("#create")
		s.WaitText("#form-error", "请输入任务名称")
		s.wantNothingSubmitted()
	})
	t.Run("TC05", func(t *testing.T) {
		s := open(t)
		s.Go(createPage)
		s.WaitText("#environment-list", "pytorch-dev-env")
		s.dataset("test-task-005")
		s.Click("#environment-clear")
		s.Click("#create")
		s.WaitText("#form-error", "请选择开发环境")
		s.wantNothingSubmitted()
	})
}

// Going back after a creation allows creating another task of the same kind.
func TestCreateAgain(t *testing.T) {
	s := open(t)
	s.Go(createPage)
	s.WaitText("#environment-list", "pytorch-dev-env")
	for n := range 2 {
		// Don't type: the browser's protocol finds no input on a page restored from its cache.
		browsertest.Eval[any](s.Tab, `document.querySelector("#task-name").value = "again"`)
		s.Choose("#dataset", "dataset-001")
		s.Click("#create")
		s.WaitPath("/training-jobs")
		s.Wait(fmt.Sprintf(`document.querySelectorAll("#jobs tr").length === %d`, n+1))
		browsertest.Eval[any](s.Tab, "void setTimeout(() => history.back())")
		s.WaitPath(createPage)
		s.WaitText("#environment-list", "pytorch-dev-env")
	}
	equal(t, "tasks", len(s.tasks()), 2)
}

// Errors are shown one at a time and corrected: the four of the source document, in its order.
func TestMistakesInTheirOrder(t *testing.T) {
	s := open(t)
	s.Go(createPage)
	s.WaitText("#environment-list", "pytorch-dev-env")
	s.Click("#mode-dynamic")
	for _, step := range []struct {
		message, focus string
		repair         func()
	}{
		{"请输入任务名称", "task-name", func() { s.Fill("#task-name", "n") }},
		{"请选择数据集", "dataset", func() { s.Choose("#dataset", "dataset-001"); s.Choose("#dataset-version", "") }},
		{"请选择数据集", "dataset-version", func() { s.Choose("#dataset-version", "version-002") }},
		{"请选择可用区", "", func() { s.Click(`#zone-list [value="az-sh-b"]`); s.Fill("#gpu-count", "0") }},
		{"GPU数量须为不小于 1 的整数", "gpu-count", func() { s.Fill("#gpu-count", "999") }},
		{"超出可用区 az-sh-b 的", "gpu-count", nil}, // the message of the API
	} {
		s.Tolerate("status of 422")
		s.Click("#create")
		s.WaitText("#form-error", step.message)
		if step.focus != "" {
			equal(t, "focus", browsertest.Eval[string](s.Tab, "document.activeElement.id"), step.focus)
		}
		if step.repair != nil {
			s.wantNothingSubmitted()
			step.repair()
			s.Wait(`document.querySelector("#form-error").hidden && document.querySelector("[aria-invalid]") === null`)
		}
	}
	equal(t, "tasks", len(s.tasks()), 0)
}

// A running environment is selected, and when it stops, another one.
func TestSmartSwitching(t *testing.T) {
	s := open(t)
	s.Go(createPage)
	s.WaitText("#summary", "pytorch-dev-env")
	equal(t, "chosen", browsertest.Eval[string](s.Tab, `document.querySelector("[name=environment]:checked").value`), "env-001")
	s.stop("env-001")
	s.WaitText("#message", "开发环境 pytorch-dev-env 已停止运行")
	s.WaitText("#summary", "tensorflow-workspace")
	s.WaitText("#running-count", "2")
	s.stop("env-002", "env-003")
	s.WaitText("#no-environment", "暂无运行中的开发环境")
	s.WaitText("#summary", "动态创建资源")
}

// The stock is live, the estimate follows the form, and a suggestion can be applied by a click.
func TestEstimateAndSuggestions(t *testing.T) {
	s := open(t)
	s.Go(createPage)
	s.WaitText("#verdict", "请选择数据集")
	s.dataset("n")
	s.zone("az-bj-a")
	s.Fill("#gpu-count", "8")
	s.WaitText("#verdict", "资源充足")
	s.WaitText("#estimate-facts", "CNY")
	s.create("other", "az-bj-a", "A100", 32)
	s.WaitText(`#zone-list label`, "A100 0/32")
	s.WaitText("#verdict", "需要排队")
	s.WaitText("#estimate-facts", "北京可用区B")
	s.WaitText("#suggestion-list", "改用北京可用区B")
	browsertest.Eval[any](s.Tab, `[...document.querySelectorAll("#suggestion-list li")]
		.find(li => li.textContent.includes("改用北京可用区B")).querySelector("button").click()`)
	s.WaitText("#summary", "北京可用区B")
	s.WaitText("#verdict", "资源充足")
	s.Click("#create")
	s.WaitText("#message", "已在 北京可用区B 动态创建资源")
}

// An environment that stops is no longer suggested.
func TestSuggestionsFollowEnvironments(t *testing.T) {
	s := open(t)
	s.create("other", "az-bj-a", "A100", 32)
	s.Go(createPage)
	s.WaitText("#running-count", "3")
	s.dataset("n")
	s.zone("az-bj-a")
	s.WaitText("#suggestion-list", "pytorch-dev-env")
	s.stop("env-001")
	s.Wait(`!document.querySelector("#suggestion-list").textContent.includes("pytorch-dev-env")`)
}

func TestTemplates(t *testing.T) {
	s := open(t)
	s.Go(createPage)
	s.WaitText("#environment-list", "pytorch-dev-env")
	s.dataset("from-template")
	s.zone("az-sz-c")
	s.Fill("#gpu-count", "3")
	s.Choose("#image", "")
	s.Fill("#custom-image", "registry.example.com/a:1")
	s.Click("#templates summary")
	s.WaitText("#template-none", "还没有模板")
	s.Fill("#template-name", "plain")
	s.Click("#template-save")
	s.WaitText("#template-list", "plain")
	s.Fill("#template-name", "best <b>")
	s.Click("#template-favorite")
	s.Click("#template-save")
	s.WaitText("#template-list li:first-child", "best <b>")
	s.WaitText("#template-list li:first-child", "★")

	s.Go(createPage)
	s.WaitText("#running-count", "3")
	s.Click("#templates summary")
	s.WaitText("#template-list", "plain")
	s.Click("#template-list li:first-child .use")
	s.WaitText("#terraform", "registry.example.com/a:1")
	s.WaitText("#summary", "3x A100")
	s.Click("#templates summary")
	equal(t, "name", browsertest.Eval[string](s.Tab, `document.querySelector("#task-name").value`), "from-template")
	s.Click("#template-list li:last-child .star")
	s.WaitText("#template-list li:last-child", "★")
	s.Click("#template-list li:first-child .remove")
	s.Click("dialog[open] [value=yes]")
	s.Wait(`document.querySelectorAll("#template-list li").length === 1`)
	equal(t, "templates", len(call[[]any](s, "GET", "/api/v1/task-templates", "")), 1)
	call[any](s, "POST", "/api/v1/task-templates", `{"name":"from elsewhere","config":{"taskName":"n"}}`)
	s.WaitText("#template-list", "from elsewhere")
}
