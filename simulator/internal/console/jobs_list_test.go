package console_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/browsertest"
)

// createMany creates tasks of a GPU type in batches of a hundred. name returns the name of each.
func (s *site) createMany(n int, gpuType string, gpus int, name func(int) string) {
	s.t.Helper()
	all := make([]map[string]any, n)
	for i := range all {
		all[i] = map[string]any{
			"taskName": name(i), "datasetId": "dataset-001", "datasetVersionId": "version-001", "launchMode": "dynamic",
			"resourceConfig": map[string]any{
				"availabilityZone": "az-bj-a", "gpuType": gpuType, "gpuCount": gpus, "cpuCores": gpus, "memory": gpus,
				"image": "pytorch/pytorch:2.1.0-cuda12.1",
			},
		}
	}
	for batch := range slices.Chunk(all, 100) {
		body, err := json.Marshal(map[string]any{"tasks": batch})
		if err != nil {
			s.t.Fatal(err)
		}
		call[any](s, "POST", tasks+"/batch", string(body))
	}
}

// total returns how many tasks the API lists for a query.
func (s *site) total(query string) int {
	s.t.Helper()
	recorder := httptest.NewRecorder()
	s.sim.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, tasks+"?"+query, http.NoBody))
	var answer struct{ Page struct{ Total int } }
	if err := json.Unmarshal(recorder.Body.Bytes(), &answer); err != nil {
		s.t.Fatalf("%s: %v", recorder.Body, err)
	}
	return answer.Page.Total
}

// waitTab waits until the tab of a status shows a count.
func (s *site) waitTab(status string, n int) {
	s.t.Helper()
	s.Wait(fmt.Sprintf(`document.querySelector("#jobs-tabs [data-status='%s'] .count").textContent.replace(",", "") === "%d"`, status, n))
}

// waitURL waits until the URL has a query and the list shows its results.
func (s *site) waitURL(query string) {
	s.t.Helper()
	s.Wait(fmt.Sprintf(`location.search === %q && !document.querySelector(".jobs").hasAttribute("aria-busy")`, query))
}

func (s *site) columns() []float64 {
	s.t.Helper()
	return browsertest.Eval[[]float64](s.Tab,
		`[...document.querySelectorAll(".jobs th")].map(th => Math.round(th.getBoundingClientRect().width))`)
}

const whole = "a-name-that-is-longer-than-its-column-however-wide-the-window-may-be-" +
	"since-people-put-all-of-their-parameters-into-the-names-of-their-tasks-learning-rate-0.0001-batch-size-4096-warm-up-2000-steps"

// A thousand tasks are shown in pages. The columns have fixed widths, and each page is shown from its top.
func TestThousandTasks(t *testing.T) {
	s := open(t)
	s.createMany(1000, "T4", 4, func(i int) string {
		if i == 999 {
			return whole
		}
		return fmt.Sprintf("task-%03d", i)
	})
	s.advance(time.Minute)
	s.Go("/training-jobs")
	s.WaitText("#jobs tr:nth-child(2)", "task-998")
	s.WaitText("#jobs-pager", "第 1/20 页，共 1000 项")
	for _, status := range []string{"queued", "allocating", "starting", "running", "succeeded", "failed", "stopped"} {
		s.waitTab(status, s.total("status="+status))
	}
	s.waitTab("", 1000)
	first := s.columns()

	// A name that doesn't fit is truncated, and shown in full under the pointer.
	name := browsertest.Eval[struct {
		Shown, Wanted int
		Lines         float64
		Title, Style  string
	}](s.Tab, `(() => {
		const a = document.querySelector("#jobs a");
		const style = getComputedStyle(a);
		const lines = a.clientHeight / parseFloat(style.lineHeight);
		return { Shown: a.clientWidth, Wanted: a.scrollWidth, Lines: lines, Title: a.title, Style: style.textOverflow };
	})()`)
	if name.Shown >= name.Wanted || name.Lines > 1.2 || name.Title != whole || name.Style != "ellipsis" {
		t.Errorf("the long name: %+v", name)
	}

	s.Click("#jobs-pager [data-step=on]") // scrolls down to it
	s.WaitText("#jobs tr:nth-child(1)", "task-949")
	s.Wait("scrollY === 0")
	equal(t, "focus", browsertest.Eval[string](s.Tab, "document.activeElement.dataset.step"), "on")
	equal(t, "columns on the next page", fmt.Sprint(s.columns()), fmt.Sprint(first))
	s.waitURL("?page=2")
	s.Press("\r") // the focus is still on the button
	s.waitURL("?page=3")
	s.Wait("scrollY === 0")

	s.Go("/training-jobs?page=20")
	s.WaitText("#jobs tr:nth-child(50)", "task-000")
	equal(t, "columns on the last page", fmt.Sprint(s.columns()), fmt.Sprint(first))
	s.Go("/training-jobs?page=21") // doesn't exist
	s.waitURL("?page=20")
	s.Click("#jobs-pager [data-step=back]")
	s.waitURL("?page=19")
	s.Click("#jobs-pager [data-step=on]") // does nothing there
	s.waitURL("?page=20")
	equal(t, "focus at the end", browsertest.Eval[string](s.Tab, "document.activeElement.dataset.step"), "back")

	s.Resize(1920, 1080)
	if width := browsertest.Eval[float64](s.Tab, `document.querySelector(".jobs").getBoundingClientRect().width`); width < 1800 {
		t.Errorf("of 1920 pixels the table has %v", width)
	}
	s.Resize(375, 667)
	s.Go("/training-jobs")
	s.WaitText("#jobs tr:nth-child(2)", "task-998")
	equal(t, "width", browsertest.Eval[int](s.Tab, "document.documentElement.scrollWidth"), 375)
	// There is no pointer on a phone, so the name is shown in full.
	s.Wait(`document.querySelector("#jobs a").scrollWidth <= document.querySelector("#jobs a").clientWidth`)
}

// A view is in the URL, so that it can be shared and is part of the history.
func TestViewsAreInTheURL(t *testing.T) {
	s := open(t)
	s.createMany(120, "A100", 32, func(i int) string { return fmt.Sprintf("sweep-%03d", i) })
	s.create("other", "az-sh-a", "V100", 1)
	s.Go("/training-jobs?status=queued&name=sweep&sort=taskName&order=asc&page=2")
	s.WaitText("#jobs tr:nth-child(1)", "sweep-051")
	s.WaitText("#jobs-pager", "第 2/3 页，共 119 项")
	equal(t, "the name's filter", browsertest.Eval[string](s.Tab, `document.querySelector("#filter-name").value`), "sweep")
	equal(t, "the tab", s.Text("#jobs-tabs [aria-current]"), "排队中 119")
	equal(t, "the sorting", browsertest.Eval[string](s.Tab,
		`[...document.querySelectorAll("th[aria-sort]")].map(th => th.innerText + " " + th.ariaSort).join()`), "任务名称 ascending")
	s.stay()

	s.Click("#jobs-tabs [data-status='']")
	s.waitURL("?name=sweep&sort=taskName&order=asc")
	s.Fill("#filter-name", "sweep-11")
	s.waitURL("?name=sweep-11&sort=taskName&order=asc")
	s.Fill("#filter-name", "sweep-119") // typing a word is a single step
	s.waitURL("?name=sweep-119&sort=taskName&order=asc")
	s.Wait(`document.querySelectorAll("#jobs tr").length === 1`)
	s.waitTab("queued", 1)
	s.waitTab("running", 0)
	s.Choose("#filter-mode", "existing")
	s.waitURL("?launchMode=existing&name=sweep-119&sort=taskName&order=asc")
	s.WaitText("#jobs-none", "没有训练任务")

	back := func(query string) {
		t.Helper()
		browsertest.Eval[any](s.Tab, "history.back()")
		s.waitURL(query)
	}
	back("?name=sweep-119&sort=taskName&order=asc")
	s.Wait(`document.querySelectorAll("#jobs tr").length === 1 && document.querySelector("#filter-mode").value === ""`)
	back("?name=sweep&sort=taskName&order=asc")
	s.WaitText("#jobs-pager", "第 1/3 页，共 120 项")
	equal(t, "the filter again", browsertest.Eval[string](s.Tab, `document.querySelector("#filter-name").value`), "sweep")
	back("?status=queued&name=sweep&sort=taskName&order=asc&page=2")
	s.WaitText("#jobs tr:nth-child(1)", "sweep-051")
	browsertest.Eval[any](s.Tab, "history.forward()")
	s.waitURL("?name=sweep&sort=taskName&order=asc")
	s.stayed()

	// The page of a task links back to the view.
	s.Click("#jobs tr:nth-child(1) a")
	s.WaitPath("/training-jobs/task-001")
	s.Click("#job-back")
	s.WaitPath("/training-jobs")
	s.waitURL("?name=sweep&sort=taskName&order=asc")
	s.WaitText("#jobs-pager", "共 120 项")

	// Invalid values give the default view.
	s.Go("/training-jobs?status=lost&sort=cost&order=up&page=-1&launchMode=&name=+&else=1")
	s.WaitText("#jobs tr:nth-child(1)", "other")
	s.WaitText("#jobs-pager", "第 1/3 页，共 121 项")

	// A tab is a link to its view, so that it can be opened in another window.
	equal(t, "a tab's link", browsertest.Eval[string](s.Tab,
		`document.querySelector("[data-status=failed]").getAttribute("href")`), "/training-jobs?status=failed")
}

// The list is sorted by its column headers, by keyboard and mouse. Without headers there is a select.
func TestJobsAreSorted(t *testing.T) {
	s := open(t)
	for _, name := range []string{"b", "c", "a"} {
		s.create(name, "az-bj-a", "A100", 32)
	}
	names := func(want string) {
		t.Helper()
		s.Wait(fmt.Sprintf(`[...document.querySelectorAll("#jobs a")].map(a => a.textContent).join("") === %q`, want))
	}
	s.Go("/training-jobs")
	names("acb")
	s.Click("[data-sort=createdAt]")
	names("bca")
	s.Click("[data-sort=taskName]")
	names("abc")
	s.Press("\r")
	names("cba")
	equal(t, "sorted", browsertest.Eval[string](s.Tab, `document.querySelector("[data-sort=taskName]").closest("th").ariaSort`), "descending")
	s.Click("[data-sort=status]")
	s.waitURL("?sort=status&order=asc")
	names("cab")
	s.Resize(375, 667)
	s.Choose("#jobs-sort", "taskName asc")
	s.waitURL("?sort=taskName&order=asc")
	names("abc")
	equal(t, "the heads are not seen", browsertest.Eval[bool](s.Tab, `document.querySelector("thead").checkVisibility()`), false)
	equal(t, "the choice is", browsertest.Eval[bool](s.Tab, `document.querySelector("#jobs-sort").checkVisibility()`), true)
}

// The counts on the tabs follow events and filters.
func TestTabsCount(t *testing.T) {
	s := open(t)
	s.Go("/training-jobs")
	s.waitTab("", 0)
	s.stay()
	id := s.create("one", "az-bj-a", "A100", 32)
	s.create("two", "az-bj-a", "A100", 32)
	s.waitTab("", 2)
	s.waitTab("queued", 1)
	s.waitTab("allocating", 1)
	s.Click("#jobs-tabs [data-status=queued]")
	s.Wait(`document.querySelectorAll("#jobs tr").length === 1`)
	call[any](s, "POST", tasks+"/"+id+"/stop", "")
	s.waitTab("queued", 0)
	s.waitTab("stopped", 1)
	s.WaitText("#jobs-none", "没有训练任务")
	s.stayed()
}

// Times are relative to the cluster's clock, with UTC under the pointer. Zones are shown by name.
func TestRelativeTimes(t *testing.T) {
	s := open(t)
	s.create("first", "az-bj-a", "A100", 32)
	s.create("second", "az-bj-a", "A100", 1)
	s.Go("/training-jobs")
	s.WaitText("#jobs tr:nth-child(1) .created", "刚刚")
	s.WaitText("#jobs tr:nth-child(1) .where", "北京可用区A · 1 × A100")
	equal(t, "the zone's id", browsertest.Eval[string](s.Tab,
		`document.querySelector("#jobs .where .text").title`), "北京可用区A · 1 × A100 (az-bj-a)")
	s.advance(3*time.Minute + 10*time.Second)
	s.WaitText("#jobs tr:nth-child(1) .created", "3分钟前")
	s.WaitText("#jobs tr:nth-child(1) .ran", "预计")
	equal(t, "under the pointer", browsertest.Eval[string](s.Tab, `document.querySelector("#jobs time").title`), "2024-12-08 10:00:00 UTC")
	equal(t, "for programs", browsertest.Eval[string](s.Tab, `document.querySelector("#jobs time").dateTime`), "2024-12-08T10:00:00Z")
	s.advance(time.Hour)
	s.WaitText("#jobs tr:nth-child(2) .ran", "分")
	s.Choose("#language", "en")
	s.WaitText("#jobs tr:nth-child(2) .created", "63 minutes ago")
	s.WaitText("#jobs tr:nth-child(1) .ran", "starts in ")
	equal(t, "all of it fits", browsertest.Eval[bool](s.Tab,
		`[...document.querySelectorAll("#jobs .text")].every(e => e.scrollWidth <= e.clientWidth)`), true)

	// Time passes even if nothing is scheduled to happen.
	for _, id := range []string{"task-001", "task-002"} {
		call[any](s, "POST", tasks+"/"+id+"/stop", "")
	}
	s.WaitText("#jobs tr:nth-child(1) .state", "stopped")
	s.advance(72 * time.Hour)
	s.WaitText("#jobs tr:nth-child(1) .created", "3 days ago")
}

// Several tasks are stopped or deleted at once, on one page or on all.
func TestSeveralTasks(t *testing.T) {
	s := open(t)
	s.createMany(60, "A100", 32, func(i int) string { return fmt.Sprintf("sweep-%02d", i) })
	call[any](s, "POST", tasks+"/task-060/stop", "")
	s.Go("/training-jobs")
	s.WaitText("#jobs-pager", "共 60 项")
	s.WaitText("#jobs tr:nth-child(1) .state", "已停止")
	pick := func(n int) { s.Click(fmt.Sprintf("#jobs tr:nth-child(%d) .pick input", n)) }
	disabled := func(want bool) {
		t.Helper()
		equal(t, "stop can't be pressed", browsertest.Eval[bool](s.Tab, `document.querySelector("#selected-stop").disabled`), want)
	}
	disabled(true)
	pick(1)
	disabled(true) // it has ended
	pick(2)
	pick(3)
	s.WaitText("#selected-count", "已选 3 项")
	equal(t, "the box is named", browsertest.Eval[string](s.Tab,
		`document.querySelector("#jobs tr:nth-child(2) .pick input").ariaLabel`), "选择 sweep-58")
	s.Wait(`document.querySelector("#select-page").indeterminate`)
	s.Click("#jobs-pager [data-step=on]") // the selection is kept across pages
	s.waitURL("?page=2")
	s.WaitText("#selected-count", "已选 3 项")
	s.Click("#selected-stop")
	s.WaitText("dialog[open]", "停止 2 个任务？GPU 将被释放。")
	s.WaitText("dialog[open]", "sweep-58")
	s.Click("dialog[open] [value=no]")
	s.Wait(`!document.querySelector("dialog[open]")`)
	equal(t, "stopped", s.total("status=stopped"), 1)
	s.Click("#selected-stop")
	s.Click("dialog[open] [value=yes]")
	s.WaitText("#message", "已停止 2 个任务")
	equal(t, "stopped", s.total("status=stopped"), 3)
	s.WaitText("#selected-count", "已选 1 项") // the one that had already ended

	// A task that is deleted is no longer selected. Another filter clears the selection.
	call[any](s, "DELETE", tasks+"/task-060", "")
	s.WaitText("#selected-count", "已选 0 项")
	pick(1)
	s.WaitText("#selected-count", "已选 1 项")
	s.Click("#jobs-tabs [data-status=queued]")
	s.WaitText("#selected-count", "已选 0 项")
	s.waitURL("?status=queued")

	// All tasks of the page, then all that match. One can't be deleted, another is already gone.
	s.Click("#select-page")
	s.WaitText("#selected-count", "已选 50 项")
	s.Click("#selected-all")
	s.WaitText("#selected-count", fmt.Sprintf("已选 %d 项", s.total("status=queued")))
	s.Tolerate("status of 503")
	call[any](s, "POST", "/sim/v1/faults", `{"method":"DELETE","path":"`+tasks+`/task-020","status":503,"count":100}`)
	s.Click("#selected-delete")
	s.WaitText("dialog[open]", "删除 56 个任务？它们会先停止，记录也会清除。")
	s.WaitText("dialog[open]", "等，另有 51 个")
	s.Click("dialog[open] [value=yes]")
	s.WaitText("#message", "已删除 55 个任务，1 个未能删除")
	s.WaitText("#message", "sweep-19")
	equal(t, "left", s.total(""), 4)
	s.WaitText("#selected-count", "已选 1 项")
	call[any](s, "DELETE", "/sim/v1/faults", "")
	s.Click("#selected-delete")
	s.Click("dialog[open] [value=yes]")
	s.WaitText("#message", "已删除 1 个任务")
	equal(t, "left", s.total(""), 3)
	s.Click("#jobs-tabs [data-status='']")
	s.Wait(`document.querySelectorAll("#jobs tr").length === 3`)

	// By keyboard: the checkbox, then the button.
	browsertest.Eval[any](s.Tab, `document.querySelector("#jobs .pick input").focus()`)
	s.Press(" ")
	s.WaitText("#selected-count", "已选 1 项")
	s.Click("#selected-clear")
	s.WaitText("#selected-count", "已选 0 项")

	s.Choose("#language", "en")
	s.WaitText("#selected-count", "0 selected")
	s.Resize(375, 667)
	s.Click("#jobs .pick input")
	s.Click("#selected-delete")
	s.WaitText("dialog[open]", "Delete the selected tasks (1)? They are stopped first")
	s.Click("dialog[open] [value=yes]")
	s.WaitText("#message", "Tasks deleted: 1")
	if text := s.Text("main"); strings.Contains(text, "已选") {
		t.Errorf("the English page says %q", text)
	}
}

// Targets are large enough for a finger, and don't move while the page loads.
func TestTargetsKeepTheirPlace(t *testing.T) {
	s := open(t)
	s.createMany(60, "A100", 32, func(i int) string { return fmt.Sprintf("sweep-%02d", i) })
	s.advance(30 * time.Minute)
	for _, width := range []int64{1280, 375} {
		s.Resize(width, 800)
		for path, last := range map[string]string{
			"/training-jobs":          "#jobs .state .badge",
			"/training-jobs/task-001": "#job-cost .equal:not(:empty)",
			"/training-jobs/task-030": "#job-cost .equal:not(:empty)",
		} {
			s.Go(path)
			s.Wait(fmt.Sprintf("document.querySelector(%q)", last))
			small := browsertest.Eval[[]string](s.Tab, `[...document.querySelectorAll(
				"main :is(button, select, input, summary, .check, .tabs a, a.button, td a)")].filter((e) => {
				if (!e.checkVisibility() || e.matches(".check input")) return false; // its label is the target
				const { width, height } = e.getBoundingClientRect();
				return Math.min(width, height) < 24;
			}).map((e) => e.outerHTML.slice(0, 100))`)
			if len(small) > 0 {
				t.Errorf("%s at %d pixels: these are small: %q", path, width, small)
			}
			if shift := browsertest.Eval[float64](s.Tab, shifts); shift >= 0.05 {
				t.Errorf("%s at %d pixels shifts by %.3f", path, width, shift)
			}
		}
	}
}

// shifts returns the page's cumulative layout shift so far.
const shifts = `new Promise((resolve) => {
	let sum = 0;
	new PerformanceObserver((list) => {
		for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
	}).observe({ type: "layout-shift", buffered: true });
	requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => resolve(sum))));
})`
