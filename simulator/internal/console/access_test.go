package console_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/browsertest"
)

// axeVariable is the environment variable with the path of axe.min.js; see tools/axe.
const axeVariable = "FERMI_AXE"

// states are the states of the pages and how to reach them.
var states = []struct {
	name, path string
	reach      func(s *site)
}{
	{"create, existing", createPage, func(s *site) { s.WaitText("#environment-list", "pytorch-dev-env") }},
	{"create, dynamic", createPage, func(s *site) {
		s.WaitText("#running-count", "3")
		s.dataset("n")
		s.zone("az-bj-a")
		s.WaitText("#suggestion-list", "CNY")
		s.Wait(`!document.querySelector("#estimate").hasAttribute("aria-busy")`)
	}},
	{"create, a mistake", createPage, func(s *site) {
		s.WaitText("#running-count", "3")
		s.Click("#more summary")
		s.Click("#label-add")
		s.Click("#create")
		s.Wait(`!document.querySelector("#form-error").hidden`)
	}},
	{"create, templates", createPage, func(s *site) {
		s.WaitText("#running-count", "3")
		s.Click("#templates summary")
		s.WaitText("#template-list", "saved")
	}},
	{"create, limits", createPage, func(s *site) {
		s.WaitText("#running-count", "3")
		s.Click("#more summary")
		s.Fill("#max-duration", "soon")
		s.dataset("n")
		s.Click("#create")
		s.Wait(`!document.querySelector("#form-error").hidden`)
	}},
	{"jobs", "/training-jobs", func(s *site) { s.WaitText("#jobs", "task-001") }},
	{"job", "/training-jobs/task-001", func(s *site) { s.WaitText("#job-facts", "task-001") }},
	{"job, preempted", "/training-jobs/task-003", func(s *site) { s.WaitText("#job-timeline", "task-004") }},
	{"cluster", "/cluster", func(s *site) { s.WaitText("#zones", "北京可用区A") }},
	{"no page", "/no-such-page", func(s *site) { s.WaitText("h1", "") }},
}

// everyState calls f in every state of every page, in both languages and themes, on a desktop and a phone.
func everyState(t *testing.T, f func(s *site, state string)) {
	for _, lang := range []string{"zh", "en"} {
		for _, theme := range []string{"light", "dark"} {
			for _, width := range []int64{1280, 375} {
				t.Run(fmt.Sprintf("%s, %s, %d", lang, theme, width), func(t *testing.T) {
					s := open(t)
					s.Tolerate("status of 404")
					s.create("running", "az-bj-a", "A100", 32)
					s.create("queued", "az-bj-a", "A100", 8)
					s.preempted("az-sh-a", 24, 0)
					call[any](s, "POST", "/api/v1/task-templates", `{"name":"saved"}`)
					s.Resize(width, 900)
					s.Media("prefers-color-scheme", theme)
					s.Go("/no-such-page")
					s.Choose("#language", lang)
					s.Wait(fmt.Sprintf("document.documentElement.lang.startsWith(%q)", lang))
					for _, state := range states {
						s.Go(state.path)
						state.reach(s)
						s.Wait("document.getAnimations().length === 0")
						f(s, state.name)
					}
				})
			}
		}
	}
}

// In every state of every page, targets are at least 24 pixels large, except for links within text (WCAG 2.2, 2.5.8). If
// axe is available, it must find no violation of WCAG.
func TestAccessibility(t *testing.T) {
	axe := axeSource(t)
	everyState(t, func(s *site, state string) {
		small := browsertest.Eval[[]string](s.Tab, smallTargets)
		if len(small) > 0 {
			s.t.Errorf("%s: small targets: %s", state, strings.Join(small, "\n"))
		}
		if axe == "" {
			return
		}
		browsertest.Eval[any](s.Tab, axe+"\nnull")
		result := browsertest.Eval[struct {
			Passes     int
			Violations []string
		}](s.Tab, runAxe)
		if result.Passes < 10 || len(result.Violations) > 0 {
			s.t.Errorf("%s: %d rules pass; violations: %s", state, result.Passes, strings.Join(result.Violations, "\n"))
		}
	})
}

// axeSource returns axe's script, or "" if its path is not set.
func axeSource(t *testing.T) string {
	t.Helper()
	path := os.Getenv(axeVariable)
	if path == "" {
		t.Logf("axe's rules are not checked: name the path of axe.min.js in %s, which go run ./tools/axe prints", axeVariable)
		return ""
	}
	axe, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(axe)
}

const runAxe = `axe.run(document, {
	runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}).then(({ passes, violations }) => ({
	Passes: passes.length,
	Violations: violations.flatMap(({ id, nodes }) =>
		nodes.map(({ html, failureSummary }) => id + ": " + html.slice(0, 200) + " " + failureSummary)),
}))`

const smallTargets = `[...document.querySelectorAll("main :is(a, button, input, select, textarea, summary), .top :is(a, button, select)")]
	.filter((e) => e.checkVisibility() && !e.disabled)
	.map((e) => [e, (e.matches("input") && e.closest("label") || e).getBoundingClientRect()])
	.filter(([e, { width, height }]) => width > 0 && (width < 24 || height < 24))
	.map(([e, { width, height }]) => [width, height, e.outerHTML.slice(0, 120)].join(" "))`

// countShifts sums up the unexpected layout shifts since the first paint.
const countShifts = `{
	window.shifted = 0;
	new PerformanceObserver((list) => {
		for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) window.shifted += value;
	}).observe({ type: "layout-shift", buffered: true });
}`

// shift returns the sum for the page as it is, including its latest frames.
func (s *site) shift() float64 {
	s.t.Helper()
	return browsertest.Eval[float64](s.Tab, `new Promise((resolve) => {
		const frames = (n) => (n === 0 ? setTimeout(() => resolve(window.shifted)) : requestAnimationFrame(() => frames(n - 1)));
		frames(3);
	})`)
}

// slow delays responses, each kind by a different time, as on a real network.
func (s *site) slow() {
	s.t.Helper()
	for _, fault := range []string{
		`{"path":"/api/v1/dev-environments","status":503,"count":1}`,
		`{"path":"/api/v1/dev-environments","delay":"250ms"}`, `{"path":"/api/v1/training-tasks/*/*","delay":"450ms"}`,
		`{"path":"/api/v1/training-tasks/*","delay":"350ms"}`, `{"path":"/api/v1/training-tasks","delay":"400ms"}`,
		`{"path":"/api/v1/availability-zones","delay":"150ms"}`, `{"path":"/api/v1/history","delay":"700ms"}`,
		`{"path":"/sim/v1/timeline","delay":"550ms"}`, `{"path":"/sim/v1/clock","delay":"100ms"}`, `{"path":"/sim/v1/state","delay":"300ms"}`,
	} {
		call[any](s, "POST", "/sim/v1/faults", fault)
	}
}

// loaded is true once a page has shown everything that it loads when it opens.
var loaded = []struct{ name, path, script string }{
	{"create", createPage, `!document.querySelector("#environment-list").hasAttribute("aria-busy")
		&& document.querySelector("#verdict").textContent
		&& document.querySelector("#message").hidden`},
	{"jobs", "/training-jobs", `document.querySelector("#jobs a") && document.querySelector("#jobs-tabs .count").textContent`},
	{"a job that trains", "/training-jobs/task-001",
		`document.querySelector("#job-cost .equal").textContent && document.querySelector("#job-loss path")`},
	{"a job that waits", "/training-jobs/task-002",
		`document.querySelector("#job-cost .equal").textContent && document.querySelector("#waiting-holders a")`},
	{"cluster", "/cluster", `document.querySelector("#zones canvas") && document.querySelector("#use-from").textContent
		&& document.querySelector("#timeline-to").textContent
		&& document.querySelector("#switches-list li")`},
}

// Nothing visible moves while a page loads, however late the responses are: the sum of all layout shifts is below 0.05.
func TestLayoutShift(t *testing.T) {
	for _, world := range []struct {
		name    string
		stopped []string
	}{{"environments run", nil}, {"none runs", []string{"env-001", "env-002", "env-003"}}} {
		for _, width := range []int64{1280, 375} {
			t.Run(fmt.Sprintf("%s, %d", world.name, width), func(t *testing.T) {
				s := open(t)
				s.Tolerate("status of 50")
				s.stop(world.stopped...)
				s.create("running", "az-bj-a", "A100", 32)
				s.advance(20 * time.Minute)
				s.create("queued", "az-bj-a", "A100", 8)
				s.Resize(width, 900)
				s.Before(countShifts)
				for _, lang := range []string{"zh", "en"} {
					for _, page := range loaded {
						if page.path != createPage && world.stopped != nil {
							continue // they show the same
						}
						call[any](s, "DELETE", "/sim/v1/faults", "")
						s.slow()
						s.Go(page.path)
						s.Wait(page.script)
						if shift := s.shift(); shift >= 0.05 {
							t.Errorf("%s in %s shifts by %.3f", page.name, lang, shift)
						}
					}
					s.Choose("#language", "en")
					s.Wait(`document.documentElement.lang === "en"`)
				}
			})
		}
	}
}

// With forced colors, selected elements have a border that others don't have.
func TestForcedColours(t *testing.T) {
	s := open(t)
	s.Media("forced-colors", "active")
	s.Go(createPage)
	s.WaitText("#environment-list", "pytorch-dev-env")
	s.zone("az-bj-a")
	frames := browsertest.Eval[map[string]int](s.Tab, `(() => {
		const found = {};
		for (const card of document.querySelectorAll(".option")) {
			if (!card.checkVisibility() || card.querySelector(":focus-visible")) continue;
			const { outlineStyle, outlineWidth } = getComputedStyle(card);
			const key = card.querySelector(":checked") ? "chosen" : "other";
			found[key + (outlineStyle === "none" ? " bare" : " framed " + outlineWidth)] = 1 + (found[key] ?? 0);
		}
		return found;
	})()`)
	for key := range frames {
		if key != "chosen framed 3px" && key != "other bare" {
			t.Errorf("cards: %v", frames)
		}
	}
	equal(t, "kinds of cards", len(frames), 2)
}

// A printed page is light whatever the theme, and has no navigation.
func TestPrint(t *testing.T) {
	s := open(t)
	s.create("n", "az-bj-a", "A100", 1)
	for path, mark := range ready {
		s.Go(path)
		s.Choose("#theme", "dark")
		s.WaitText(mark[0], mark[1])
		s.Print()
		equal(t, path+": scheme", browsertest.Eval[string](s.Tab, `getComputedStyle(document.documentElement).colorScheme`), "light")
		seen := browsertest.Eval[[]string](s.Tab, `[...document.querySelectorAll("nav, .top, button, .messages")]
			.filter((e) => e.checkVisibility()).map((e) => e.outerHTML.slice(0, 100))`)
		if len(seen) > 0 {
			t.Errorf("%s: on paper stand %q", path, seen)
		}
		s.Media("prefers-color-scheme", "light")
	}
}
