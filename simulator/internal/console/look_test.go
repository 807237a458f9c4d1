package console_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/browsertest"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// ready is a Chinese text on each page once it has its data.
var ready = map[string][2]string{
	"/training/create":        {"#environment-list", "pytorch-dev-env"},
	"/training-jobs":          {"#jobs", "task-001"},
	"/training-jobs/task-001": {"#job-facts", "task-001"},
	"/cluster":                {"#zones", "北京可用区A"},
}

// Markup in users' texts is shown as text: in the list, on the task's page, in a template and in its configuration.
func TestMarkupOfUsersStaysText(t *testing.T) {
	const attack = `<img src=x onerror="window.attacked=1"><script>window.attacked=1</script>${file("/etc/passwd")}`
	s := open(t)
	body, err := json.Marshal(map[string]any{
		"taskName": attack, "datasetId": "dataset-001", "datasetVersionId": "version-001", "launchMode": "existing",
		"description": attack, "labels": map[string]string{attack: attack},
	})
	if err != nil {
		t.Fatal(err)
	}
	call[any](s, "POST", tasks, string(body))
	template, err := json.Marshal(map[string]any{"name": attack, "config": map[string]any{"taskName": attack}})
	if err != nil {
		t.Fatal(err)
	}
	call[any](s, "POST", "/api/v1/task-templates", string(template))
	s.Go("/training-jobs")
	s.WaitText("#jobs", attack)
	s.Go("/training-jobs/task-001")
	s.WaitText("#job-name", attack)
	s.WaitText("#job-facts", attack+"="+attack)
	s.WaitText("#terraform", `$${file(\"/etc/passwd\")}`)
	s.Go(createPage)
	s.WaitText("#environment-list", "pytorch-dev-env")
	s.Click("#templates summary")
	s.WaitText("#template-list", attack)
	s.Click("#template-list .use")
	s.Wait(`document.querySelector("#task-name").value === ` + browsertest.Quoted(attack))
	s.WaitText("#terraform", `$${file(\"/etc/passwd\")}`)
	for _, path := range []string{"/training-jobs", "/training-jobs/task-001", createPage} {
		s.Go(path)
		s.Wait(`document.body.textContent.includes("onerror")`)
		if browsertest.Eval[bool](s.Tab, `window.attacked !== undefined || document.querySelector("main img, main script") !== null`) {
			t.Errorf("%s runs what a user wrote", path)
		}
	}
}

func TestLanguagesAndThemes(t *testing.T) {
	s := open(t)
	s.create("n", "az-bj-a", "A100", 1)
	s.Go("/training-jobs")
	s.WaitText("#jobs .state", "分配资源")
	background := func() string {
		return browsertest.Eval[string](s.Tab, `getComputedStyle(document.body).backgroundColor`)
	}
	s.Media("prefers-color-scheme", "light")
	light := background()
	s.Media("prefers-color-scheme", "dark")
	dark := background()
	if light == dark {
		t.Errorf("light and dark are both %s", light)
	}
	s.Choose("#theme", "light")
	equal(t, "light by choice", background(), light)
	s.Choose("#language", "en")
	s.WaitText("#jobs .state", "allocating")
	s.WaitText("h1", "Training tasks")
	equal(t, "light on the next page too", background(), light)
	s.Go("/training-jobs/task-001")
	s.WaitText("#job-timeline", "finding nodes")
	s.Tolerate("status of 404")
	s.Go("/training-jobs/task-9")
	s.WaitText("#job-gone", "there is no training task task-9") // the API's message, in English too
	s.Go(createPage)
	s.WaitText("#environment-list", "Healthy")
	s.Click("#create")
	s.WaitText("#form-error", "enter a task name")
	s.Choose("#language", "zh")
	s.WaitText("#environment-list", "健康")
	s.Choose("#theme", "")
	equal(t, "the system's again", background(), dark)
}

// Users who read neither Chinese nor English get English by default. Those who also read Chinese get Chinese.
func TestOtherLanguages(t *testing.T) {
	s := open(t)
	s.Speak("fr-CA,fr;q=0.9")
	s.Go(createPage)
	s.WaitText("h1", "Launch a training task")
	s.WaitText("#environment-list", "Running")
	s.Choose("#language", "zh")
	s.WaitText("h1", "发起训练任务")
	other := s.Fresh()
	other.Speak("fr,zh;q=0.5")
	other.Go("/cluster")
	other.WaitText("h1", "集群")
}

// Nothing is wider than a small phone, on any page and in any language.
func TestSmallScreens(t *testing.T) {
	s := open(t)
	s.Resize(375, 667)
	s.create("a name of many-many-many-many-many-many-many-many-many-many-many-many-many-words", "az-bj-a", "A100", 32)
	s.create("queued", "az-bj-a", "A100", 32)
	s.create("_"+strings.Repeat("x", 200), "az-bj-a", "A100", 32)
	for _, lang := range []string{"zh", "en"} {
		for path, mark := range ready {
			s.Go(path)
			s.WaitText(mark[0], mark[1])
			if path == createPage {
				s.Click("#mode-dynamic")
				s.WaitText("#zone-list", "A100")
			}
			if got := browsertest.Eval[int](s.Tab, `document.documentElement.scrollWidth`); got > 375 {
				t.Errorf("%s in %s is %d pixels wide: %v", path, lang, got, browsertest.Eval[[]string](s.Tab,
					`[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > 376)
						.slice(0, 5).map(e => e.outerHTML.slice(0, 120))`))
			}
		}
		s.Choose("#language", "en")
		s.Wait(`document.documentElement.lang === "en"`)
	}
}

// Texts, form fields, and the GPUs of the picture and the legend have the contrast that WCAG 2.2 requires at level AA:
// 4.5 to 1, and 3 to 1 for large text, edges and GPUs. Disabled elements are exempt.
func TestContrast(t *testing.T) {
	s := open(t)
	s.create("n", "az-bj-a", "A100", 32)
	call[any](s, "POST", "/sim/v1/nodes/az-bj-a-t4-01/fail", "")
	call[any](s, "POST", "/sim/v1/nodes/az-bj-a-t4-02/drain", "")
	s.create("queued", "az-bj-a", "A100", 32)
	for _, theme := range []string{"light", "dark"} {
		s.Media("prefers-color-scheme", theme)
		for path, mark := range ready {
			s.Go(path)
			s.WaitText(mark[0], mark[1])
			if path == createPage {
				s.dataset("n")
				s.zone("az-bj-a")
				s.WaitText("#estimate-facts", "CNY")
				s.Wait(`!document.querySelector("#estimate").hasAttribute("aria-busy")`)
				s.Wait("document.getAnimations().length === 0")
			}
			seen := browsertest.Eval[struct {
				Count int
				Weak  []string
			}](s.Tab, contrasts)
			if seen.Count < 20 || len(seen.Weak) > 0 {
				t.Errorf("%s, %s: of %d contrasts these are weak: %q", path, theme, seen.Count, seen.Weak)
			}
		}
	}
}

const contrasts = `(() => {
	const colour = (text) => text.match(/[\d.]+/g).map(Number);
	const luminance = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
		.reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
	const behind = (element) => {
		const back = colour(getComputedStyle(element).backgroundColor);
		return back[3] === 0 ? behind(element.parentElement) : back;
	};
	const ratio = (a, b) => {
		const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
		return (light + 0.05) / (dark + 0.05);
	};
	const found = { Count: 0, Weak: [] };
	const check = (element, what, front, back, want) => {
		found.Count++;
		if (ratio(front, back) < want) found.Weak.push(what + " " + ratio(front, back).toFixed(2) + " " + element.outerHTML.slice(0, 100));
	};
	for (const element of document.querySelectorAll("body *")) {
		if (!element.checkVisibility() || element.closest(":disabled, .option:has(:disabled)")) continue;
		const style = getComputedStyle(element);
		const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
		if ([...element.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
			check(element, "text", colour(style.color), behind(element), large ? 3 : 4.5);
		if (element.matches("canvas.swatch, .pool canvas")) {
			const data = element.getContext("2d").getImageData(0, 0, element.width, element.height).data;
			const opaque = new Set();
			for (let i = 0; i < data.length; i += 4) if (data[i + 3] === 255) opaque.add(data.slice(i, i + 3).join());
			for (const text of opaque) check(element, "GPU " + text, colour(text), behind(element), 3);
			if (opaque.size === 0) found.Weak.push("nothing drawn " + element.outerHTML);
		}
		if (element.matches("input:not([type=radio], [type=checkbox]), select, textarea"))
			check(element, "edge", colour(style.borderTopColor), behind(element.parentElement), 3);
	}
	return found;
})()`

// The response to an action is visible wherever on the page the action was.
func TestMessagesAreInView(t *testing.T) {
	s := open(t)
	s.Resize(375, 667)
	s.Go(createPage)
	s.WaitText("#environment-list", "pytorch-dev-env")
	s.dataset("n")
	s.Click("#templates summary")
	s.Fill("#template-name", "far down")
	browsertest.Eval[any](s.Tab, `{ document.querySelector("#template-save").click(); scrollTo({top: 1200, behavior: "instant"}); }`)
	s.WaitText("#message", "模板")
	s.Wait(`(({ top, bottom }) => scrollY >= 1000 && top >= 0 && bottom < innerHeight)(
		document.querySelector("#message").getBoundingClientRect())`)
}

// On a phone, the focused element is not covered by the node's details at the bottom.
func TestFocusIsInView(t *testing.T) {
	s := open(t, named("busy"))
	s.Resize(375, 667)
	s.Go("/cluster")
	s.WaitText("#zones", "T4")
	hidden := browsertest.Eval[[]string](s.Tab, `[...document.querySelectorAll(".pool canvas")].filter((canvas) => {
		canvas.focus();
		return canvas.getBoundingClientRect().bottom > document.querySelector(".node").getBoundingClientRect().top;
	}).map((canvas) => canvas.ariaLabel)`)
	if len(hidden) > 0 {
		t.Errorf("these have the focus where nobody sees them: %q", hidden)
	}
}

// A task can be created by keyboard.
func TestKeyboard(t *testing.T) {
	s := open(t)
	s.Go(createPage)
	s.WaitText("#environment-list", "pytorch-dev-env")
	tab := func(id string) {
		t.Helper()
		for range 60 {
			s.Press("\t")
			if browsertest.Eval[string](s.Tab, `document.activeElement.id || document.activeElement.value || ""`) == id {
				return
			}
		}
		t.Fatalf("the tab key doesn't lead to %s", id)
	}
	s.Press("\t")
	equal(t, "the first stop", browsertest.Eval[string](s.Tab, "document.activeElement.className"), "skip")
	tab("task-name")
	s.Press("b", "y", " ", "k", "e", "y")
	tab("dataset")
	s.Press(browsertest.Down)
	s.Wait(`document.querySelector("#dataset").value === "dataset-001"`)
	tab("mode-existing")
	s.Press(browsertest.Right)
	s.Wait(`document.querySelector("#dynamic").checkVisibility()`)
	tab("az-bj-a")
	s.Press(" ")
	tab("gpu-count")
	s.Press("2")
	s.Press("\r")
	s.WaitText("#message", created)
	s.WaitPath("/training-jobs")
	got := s.tasks()[0]
	equal(t, "the task", fmt.Sprint(got.TaskName, " ", got.LaunchMode, " ", got.ResourceConfig.AvailabilityZone), "by key dynamic az-bj-a")
}

// If the API requires a token, the page asks for it once per session and shows nothing without it.
func TestToken(t *testing.T) {
	s := open(t, func(o *simulator.Options) { o.Token = "the-token" })
	s.create("secret", "az-bj-a", "A100", 1)
	s.Tolerate("status of 401")
	s.Go("/training-jobs")
	s.WaitText("#token-dialog", "需要访问令牌")
	s.Fill("#token", "wrong")
	s.Press("\r")
	s.WaitText("#token-error", "令牌无效")
	if text := s.Text("main"); strings.Contains(text, "secret") {
		t.Errorf("without a token the page says %q", text)
	}
	s.Fill("#token", "the-token")
	s.Press("\r")
	s.WaitText("#jobs", "secret")
	s.create("more", "az-bj-a", "A100", 1)
	s.WaitText("#jobs", "more") // the stream has the token too
	s.Go(createPage)
	s.WaitText("#environment-list", "pytorch-dev-env")
	s.WaitText("#terraform", "FERMI_TOKEN")
	for _, path := range []string{"/training-jobs", "/cluster"} {
		s.Go(path)
		s.WaitText(ready[path][0], ready[path][1])
	}
	kept := browsertest.Eval[string](s.Tab, `JSON.stringify(localStorage) + document.cookie + document.documentElement.outerHTML`)
	if strings.Contains(kept, "the-token") {
		t.Errorf("the token is kept beyond the session, or shown: %s", kept)
	}
}

// The pages are small to load.
func TestWeight(t *testing.T) {
	s := open(t)
	s.create("n", "az-bj-a", "A100", 1)
	for path, mark := range ready {
		fresh := s.Fresh()
		fresh.Go(path)
		fresh.WaitText(mark[0], mark[1])
		if received := fresh.Received(); received < 10_000 || received > 150_000 {
			t.Errorf("%s takes %d bytes, want at most 150,000", path, received)
		}
	}
}

// Times are the cluster's and independent of the user's clock. Each says that it is UTC, also under the pointer.
func TestTimesSayTheirZone(t *testing.T) {
	s := open(t)
	s.create("n", "az-bj-a", "A100", 32)
	s.create("queued", "az-bj-a", "A100", 32)
	s.advance(time.Hour)
	for path, mark := range ready {
		s.Go(path)
		s.WaitText(mark[0], mark[1])
		if path == createPage {
			s.dataset("n")
			s.zone("az-bj-a")
			s.WaitText("#estimate-facts", "2024")
		}
		times := browsertest.Eval[[]string](s.Tab, `[document.body.innerText, ...[...document.querySelectorAll("[title]")].map(e => e.title)]
			.join("\n").match(/\d{4}-\d\d-\d\d.\d\d:\d\d.{0,12}/g)`)
		if len(times) == 0 {
			t.Errorf("%s shows no time", path)
		}
		for _, shown := range times {
			if !timeWithZone.MatchString(shown) {
				t.Errorf("%s shows the time %q without its zone", path, shown)
			}
		}
	}
}

var timeWithZone = regexp.MustCompile(`^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ| \d\d:\d\d:\d\d UTC)`)
