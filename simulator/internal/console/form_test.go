package console_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/browsertest"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/console"
)

var (
	ids    = regexp.MustCompile(`\b(env-\d|az-[a-z])`)
	unseen = regexp.MustCompile(`[\x00-\x09\x0b-\x1f\x7f-\x{9f}\x{61c}\x{200e}\x{200f}\x{2028}-\x{202e}\x{2066}-\x{2069}]`)
)

// openCreate opens the page and waits until it has its data.
func (s *site) openCreate(query string) {
	s.t.Helper()
	s.Go(createPage + query)
	s.WaitText("#summary", "环境名称")
	s.Wait(`document.querySelector("#dataset").options.length > 1
		&& !document.querySelector("#environment-list").hasAttribute("aria-busy")`)
}

// value returns the value of a field.
func (s *site) value(id string) string {
	s.t.Helper()
	return browsertest.Eval[string](s.Tab, fmt.Sprintf("document.getElementById(%q).value", id))
}

// chosen returns the value of the selected radio button.
func (s *site) chosen(name string) string {
	s.t.Helper()
	return browsertest.Eval[string](s.Tab, fmt.Sprintf(`document.querySelector("input[name=%s]:checked")?.value ?? ""`, name))
}

// Enter in the template's name saves the template and creates no task.
func TestEnterSavesTheTemplate(t *testing.T) {
	s := open(t)
	s.openCreate("")
	s.dataset("not yet")
	s.Click("#templates summary")
	s.Fill("#template-name", "by key")
	s.Press("\r")
	s.WaitText("#template-list", "by key")
	s.Press(browsertest.Escape)
	s.Wait(`!document.querySelector("#templates").open`)
	s.Fill("#filter-environment", "pytorch")
	s.Press("\r")
	s.Wait(`document.querySelectorAll("#environment-list .option").length === 1`)
	s.wantNothingSubmitted()
	equal(t, "the page", browsertest.Eval[string](s.Tab, "location.pathname"), createPage)
}

// A template sets every field. Fields that it omits get their default, whatever was typed before. Its labels are shown
// and sent.
func TestTemplateSetsAllFields(t *testing.T) {
	s := open(t)
	for _, body := range []string{
		`{"name":"whole","config":{"taskName":"a","description":"d","datasetId":"dataset-001","datasetVersionId":"version-002",
			"modelId":"model-002","labels":{"team":"nlp","a=b":""},"launchMode":"dynamic",
			"resourceConfig":{"availabilityZone":"az-sz-c","gpuType":"V100","gpuCount":2,"cpuCores":5,"memory":7,"image":"team/own:1"}}}`,
		`{"name":"empty","config":{}}`,
		`{"name":"env","config":{"launchMode":"existing","environmentId":"env-003","datasetId":"dataset-003"}}`,
	} {
		call[any](s, "POST", "/api/v1/task-templates", body)
	}
	s.openCreate("")
	use := func(name string) {
		t.Helper()
		s.Click("#templates summary")
		s.WaitText("#template-list", name)
		browsertest.Eval[any](s.Tab, fmt.Sprintf(
			`[...document.querySelectorAll("#template-list .use")].find((b) => b.textContent === %q).click()`, name))
		s.Wait(`!document.querySelector("#templates").open`)
	}
	form := func() string {
		t.Helper()
		labels := browsertest.Eval[string](s.Tab, `[...document.querySelectorAll("#label-rows li")]
			.map((row) => [...row.querySelectorAll("input")].map((i) => i.value).join("→")).join()`)
		return strings.Join([]string{
			s.value("task-name"), s.value("description"), s.value("dataset"), s.value("dataset-version"), s.value("model"), labels,
			s.chosen("mode"), s.chosen("environment"), s.chosen("zone"), s.chosen("gpu"),
			s.value("gpu-count"), s.value("cpu-cores"), s.value("memory"),
			s.value("image") + s.value("custom-image"),
		}, "|")
	}
	const first = "env-001||A100|4|32|256|pytorch/pytorch:2.1.0-cuda12.1"
	use("whole")
	s.WaitText("#summary", "2x V100")
	equal(t, "whole", form(), "a|d|dataset-001|version-002|model-002|a=b→,team→nlp|dynamic|env-001|az-sz-c|V100|2|5|7|team/own:1")
	use("env")
	s.WaitText("#summary", "llm-training-env")
	equal(t, "env", form(), "||dataset-003|version-001|||existing|"+strings.Replace(first, "env-001", "env-003", 1))
	use("empty")
	s.WaitText("#summary", "pytorch-dev-env")
	equal(t, "empty", form(), "||||||existing|"+first)
	use("whole")
	s.Click("#create")
	s.WaitPath("/training-jobs")
	got := call[[]struct{ Labels map[string]string }](s, "GET", tasks, "")
	if diff := cmp.Diff(map[string]string{"team": "nlp", "a=b": ""}, got[0].Labels); diff != "" {
		t.Errorf("labels of the task (-want +got):\n%s", diff)
	}
}

// The page of a task can open the form with everything that the task asked for, and nothing else.
func TestDuplicate(t *testing.T) {
	s := open(t)
	call[any](s, "POST", tasks, `{"taskName":"the one","description":"d","datasetId":"dataset-002","datasetVersionId":"version-001",
		"modelId":"model-001","labels":{"k":"v"},"launchMode":"dynamic","resourceConfig":{
		"availabilityZone":"az-sh-b","gpuType":"T4","gpuCount":3,"cpuCores":4,"memory":5,"image":"i:1"}}`)
	call[any](s, "POST", tasks, `{"taskName":"other","datasetId":"dataset-001","datasetVersionId":"version-001",
		"launchMode":"existing","environmentId":"env-002"}`)
	s.Go(createPage + "?from=task-002")
	s.WaitText("#summary", "tensorflow-workspace")
	equal(t, "mode", s.chosen("mode"), "existing")
	s.Go(createPage + "?from=task-001")
	s.WaitText("#summary", "3x T4")
	s.Click("#create")
	s.WaitPath("/training-jobs")
	type whole struct {
		TaskName, Description, DatasetID, ModelID string
		Labels                                    map[string]string
		ResourceConfig                            map[string]any
	}
	if diff := cmp.Diff(call[whole](s, "GET", tasks+"/task-001", ""), call[whole](s, "GET", tasks+"/task-003", "")); diff != "" {
		t.Errorf("the duplicate differs (-original +duplicate):\n%s", diff)
	}
	s.Tolerate("status of 404")
	s.Go(createPage + "?from=task-99")
	s.WaitText("#message", "task-99")
	s.WaitText("#summary", "pytorch-dev-env")
}

// The contents of the form are kept when the page is reloaded, shown in the other language or returned to, but not when
// it is opened anew.
func TestDrafts(t *testing.T) {
	s := open(t)
	s.openCreate("")
	s.dataset("draft")
	s.Choose("#dataset-version", "version-002")
	s.Choose("#model", "model-003")
	s.Fill("#description", "kept")
	s.Click("#more summary")
	s.Click("#label-add")
	s.Press("k", "\t", "v")
	s.Fill("#batch-count", "2")
	s.zone("az-sh-a")
	s.Click(`#gpu-list [value="V100"]`)
	s.Fill("#gpu-count", "3")
	s.Fill("#memory", "x")
	check := func(when string) {
		t.Helper()
		s.WaitText("#summary", "3x V100")
		equal(t, when, strings.Join([]string{
			s.value("task-name"), s.value("dataset"), s.value("dataset-version"), s.value("model"), s.value("description"),
			s.value("batch-count"),
			s.chosen("mode"), s.chosen("zone"), s.value("cpu-cores"),
			browsertest.Eval[string](s.Tab, `[...document.querySelectorAll("#label-rows input")].map((i) => i.value).join("=")`),
		}, "|"), "draft|dataset-001|version-002|model-003|kept|2|dynamic|az-sh-a|24|k=v")
	}
	check("at first")
	browsertest.Eval[any](s.Tab, "location.reload()")
	s.WaitText("#summary", "动态创建资源")
	check("after a reload")
	s.Choose("#language", "en")
	s.WaitText("#summary", "Create resources dynamically")
	check("in English")
	s.Click("#back")
	s.WaitPath("/training-jobs")
	browsertest.Eval[any](s.Tab, "void setTimeout(() => history.back())")
	s.WaitPath(createPage)
	check("on the way back")
	s.Go("/training-jobs")
	s.Go(createPage)
	s.WaitText("#summary", "pytorch-dev-env")
	equal(t, "name in a new form", s.value("task-name"), "")
}

// An error is shown at its field, which refers to it. On a phone it is also visible at the button, with cost and start.
func TestMistakeAtTheField(t *testing.T) {
	s := open(t)
	s.Resize(375, 667)
	s.openCreate("")
	inSight := `(() => {
		const box = document.querySelector("#form-error").getBoundingClientRect();
		const button = document.querySelector("#create").getBoundingClientRect();
		return box.height > 0 && box.top >= 0 && box.bottom <= button.top && button.bottom <= innerHeight;
	})()`
	for _, step := range []struct{ field, message string }{
		{"task-name", "请输入任务名称"}, {"dataset", "请选择数据集"}, {"environment-list", "请选择开发环境"},
	} {
		switch step.field {
		case "dataset":
			s.Fill("#task-name", "n")
		case "environment-list":
			s.Choose("#dataset", "dataset-001")
			s.Click("#environment-clear")
		}
		s.Click("#create")
		s.WaitText("#form-error", step.message)
		got := browsertest.Eval[[]string](s.Tab, fmt.Sprintf(`(() => {
			const field = document.getElementById(%q);
			const about = field.getAttribute("aria-describedby").split(" ").map((id) => document.getElementById(id).textContent);
			return [field.getAttribute("aria-invalid"), ...about];
		})()`, step.field))
		equal(t, step.field, strings.Join(got, " "), "true "+step.message)
		equal(t, step.message+" in sight", browsertest.Eval[bool](s.Tab, inSight), true)
		equal(t, "the field is not behind the bar", browsertest.Eval[bool](s.Tab,
			`document.activeElement.getBoundingClientRect().top < document.querySelector(".actions").getBoundingClientRect().top`), true)
	}
	s.Click(`#environment-list [value="env-001"]`)
	s.Wait(`document.querySelector("[aria-invalid]") === null && document.querySelector("#field-error") === null`)
	s.WaitText("#bar", "CNY")
	s.WaitText("#bar", "后开始")
}

// Suggestions are cheaper or sooner, and use the page's formats and names instead of ids. The summary doesn't promise
// two to five minutes above a queue of hours.
func TestNoContradictions(t *testing.T) {
	s := open(t)
	s.create("other", "az-bj-a", "A100", 32)
	s.openCreate("")
	s.dataset("n")
	s.zone("az-bj-a")
	s.WaitText("#startup", "需要排队")
	s.WaitText("#suggestion-list", "pytorch-dev-env")
	side := s.Words(".side")
	if strings.Contains(side, "2-5 分钟") {
		t.Errorf("the page says two to five minutes, and that the task queues: %s", side)
	}
	suggestions := browsertest.Eval[[]string](s.Tab, `[...document.querySelectorAll("#suggestion-list span")].map((e) => e.textContent)`)
	for _, text := range suggestions {
		if !strings.Contains(text, "节省 CNY") && !strings.Contains(text, "提前 ") || ids.MatchString(text) {
			t.Errorf("suggestion %q", text)
		}
	}
	s.Click(`#zone-list [value="az-bj-b"]`)
	s.WaitText("#startup", "预计 2-5 分钟完成资源分配")
	s.WaitText("#verdict", "资源充足")
	// If the task would never end, nothing can be said to end sooner.
	for _, node := range []string{"01", "02"} {
		call[any](s, "POST", "/sim/v1/nodes/az-bj-b-a100-"+node+"/fail", "")
	}
	s.WaitText("#startup", "180 天内不会开始训练")
	s.WaitText("#suggestion-list", "可在预测期内完成")
	equal(t, "days sooner", strings.Contains(s.Words("#suggestion-list"), "提前"), false)
}

// Whatever is typed, the configuration is HCL with the same meaning. Comments state what is missing.
func TestConfigurationIsHCL(t *testing.T) {
	s := open(t)
	s.openCreate("")
	parse := func() *hclsyntax.Body {
		t.Helper()
		text := s.Text("#terraform")
		file, diags := hclsyntax.ParseConfig([]byte(text), "page.tf", hcl.InitialPos)
		if diags.HasErrors() {
			t.Fatalf("%v in\n%s", diags, text)
		}
		if unseen.MatchString(text) {
			t.Errorf("control or bidirectional characters in\n%q", text)
		}
		body, ok := file.Body.(*hclsyntax.Body)
		if !ok {
			t.Fatalf("the body is a %T", file.Body)
		}
		return body.Blocks[2].Body
	}
	parse()
	for _, missing := range []string{"# task_name: 请输入任务名称", "# dataset_id: 请选择数据集"} {
		s.WaitText("#terraform", missing)
	}
	s.zone("az-bj-a")
	s.Fill("#gpu-count", "0")
	s.WaitText("#terraform", "# gpu_count: GPU数量须为")
	parse()
	s.Fill("#gpu-count", "1")
	s.Choose("#dataset", "dataset-001")
	for _, text := range []string{
		`plain "quoted" \ back`, "${a} $${b} $$${c} %{d} %%{e} $%{f} $", "bidi \u202e right \u2066 isolate \u200f \u061c",
		"line\nbreak\ttab \u0007 \u0085 \u2028 end", "\U0001f600 表情",
	} {
		set, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		browsertest.Eval[any](s.Tab, fmt.Sprintf(`for (const id of ["task-name", "description"]) {
			const field = document.getElementById(id);
			field.value = %s;
			field.dispatchEvent(new Event("input", { bubbles: true }));
		}`, set))
		body := parse()
		for _, name := range []string{"task_name", "description"} {
			value, diags := body.Attributes[name].Expr.Value(nil)
			want := text
			if name == "task_name" {
				want = strings.ReplaceAll(text, "\n", "") // an input has a single line
			}
			if diags.HasErrors() || value.AsString() != want {
				t.Errorf("%s: %v, got %q, want %q", name, diags, value, want)
			}
		}
	}
	// Several tasks, also with equal names.
	for _, list := range []string{"a\nb ${c}", "a\na"} {
		browsertest.Eval[any](s.Tab, fmt.Sprintf(`{
			const field = document.querySelector("#batch-names");
			field.value = %s;
			field.dispatchEvent(new Event("input", { bubbles: true }));
		}`, browsertest.Quoted(list)))
		parse()
	}
}

// Names in right-to-left scripts or with directional characters don't affect the text around them.
func TestNamesAreIsolated(t *testing.T) {
	s := open(t)
	call[any](s, "POST", "/api/v1/task-templates", `{"name":"שלום 123"}`)
	s.openCreate("")
	s.Click("#templates summary")
	s.WaitText("#template-list", "שלום")
	equal(t, "isolation", browsertest.Eval[string](s.Tab,
		`getComputedStyle(document.querySelector("#template-list .use")).unicodeBidi`), "isolate")
	equal(t, "in a sentence", browsertest.Eval[string](s.Tab,
		`document.querySelector("#template-list .remove").ariaLabel`), "删除模板 \u2068שלום 123\u2069")
}

// A path without a page shows an error page in the user's language with links. A program gets the API's response.
func TestMissingPage(t *testing.T) {
	s := open(t)
	s.Tolerate("status of 404")
	s.Go("/training/no-such-page")
	s.WaitText("h1", "页面不存在")
	s.Choose("#language", "en")
	s.WaitText("h1", "There is no such page")
	s.Click(`.ways a[href="/training/create"]`)
	s.WaitPath(createPage)
	response := get(t, "GET", "/no", console.Options{}, "Accept", "application/json")
	equal(t, "for a program", response.StatusCode, 418)
	response = get(t, "GET", "/no", console.Options{})
	equal(t, "for others", response.Header.Get("Content-Type")+fmt.Sprint(response.StatusCode), "text/html; charset=utf-8404")
}
