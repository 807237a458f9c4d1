package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// patience is the time limit of a step, long enough for a busy machine.
const patience = time.Minute

// Keys for Tab.Press that are not characters.
const (
	Left  = kb.ArrowLeft
	Right = kb.ArrowRight
	Down  = kb.ArrowDown
	End   = kb.End
	Home  = kb.Home

	Escape = kb.Escape
)

// Tab is a browser tab with its own cookies and storage.
type Tab struct {
	browser *Browser
	t       testing.TB
	ctx     context.Context
	url     string
	close   context.CancelFunc

	mu         sync.Mutex
	complaints []string
	tolerated  *regexp.Regexp
	received   float64 // total size of all responses as received
}

// Open opens an empty tab for the pages of a server. At the end of the test it closes the tab, and fails the test if the
// browser reported errors.
func (b *Browser) Open(t testing.TB, url string) *Tab {
	t.Helper()
	return b.open(b.start(t), t, url, chromedp.WithNewBrowserContext())
}

func (b *Browser) open(parent context.Context, t testing.TB, url string, options ...chromedp.ContextOption) *Tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(parent, options...)
	tab := &Tab{browser: b, t: t, ctx: ctx, url: url, close: cancel}
	// The first call opens the tab, which stays open as long as its context.
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	if err := chromedp.Listen(ctx, tab.listen); err != nil {
		t.Fatalf("listen to a tab: %v", err)
	}
	tab.do("prepare a tab", command(network.Enable, network.EnableParams{}), command(log.Enable, cdp.Empty{}),
		command(runtime.Enable, cdp.Empty{}),
		command(performance.Enable, performance.EnableParams{TimeDomain: performance.EnableTimeDomainThreadTicks}),
		chromedp.EmulateViewport(1280, 900))
	t.Cleanup(func() {
		cancel()
		for _, complaint := range tab.complaintsNow() {
			t.Errorf("the browser complains: %s", complaint)
		}
	})
	return tab
}

// complaintsNow returns the reported errors that are not tolerated.
func (tab *Tab) complaintsNow() (serious []string) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	for _, complaint := range tab.complaints {
		if tab.tolerated == nil || !tab.tolerated.MatchString(complaint) {
			serious = append(serious, complaint)
		}
	}
	return serious
}

func (tab *Tab) listen(event any) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		text := e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			text += " " + e.ExceptionDetails.Exception.Description
		}
		tab.complaints = append(tab.complaints, text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			text, _ := json.Marshal(e.Args)
			tab.complaints = append(tab.complaints, string(text))
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			tab.complaints = append(tab.complaints, fmt.Sprintf("%s %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL))
		}
	case *network.EventLoadingFinished:
		tab.received += e.EncodedDataLength
	case *page.EventJavascriptDialogOpening:
		tab.complaints = append(tab.complaints, "a script opened a dialog: "+e.Message)
	}
}

// Computed returns the processor time that the page's main thread has used.
func (tab *Tab) Computed() time.Duration {
	tab.t.Helper()
	var seconds float64
	tab.do("read the metrics", chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		result, err := cdp.Call(ctx, target, performance.GetMetrics, cdp.Empty{})
		for _, metric := range result.Metrics {
			if metric.Name == "TaskDuration" {
				seconds = metric.Value
			}
		}
		return err
	}))
	return time.Duration(seconds * float64(time.Second))
}

// Speed returns the time until the first contentful paint and until the page was loaded, in milliseconds.
func (tab *Tab) Speed() (times [2]float64) {
	tab.t.Helper()
	tab.Wait(`performance.getEntriesByName("first-contentful-paint").length > 0`)
	return Eval[[2]float64](tab, `[
		performance.getEntriesByName("first-contentful-paint")[0].startTime, performance.getEntriesByType("navigation")[0].loadEventEnd]`)
}

// Fresh opens another tab for the same pages, with an empty cache.
func (tab *Tab) Fresh() *Tab {
	tab.t.Helper()
	return tab.browser.Open(tab.t, tab.url)
}

// Close closes the tab before the end of its test.
func (tab *Tab) Close() { tab.close() }

// Tolerate ignores reported errors that match the pattern, for tests that provoke them.
func (tab *Tab) Tolerate(pattern string) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	tab.tolerated = regexp.MustCompile(pattern)
}

// Received returns the number of bytes received so far.
func (tab *Tab) Received() int {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	return int(tab.received)
}

// command calls a method of the browser's protocol and ignores its result.
func command[P, R any](c cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, c, params)
		return err
	})
}

// do runs a step. If that fails or takes too long, it fails the test and shows the page's text.
func (tab *Tab) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	tab.t.Helper()
	if err := tab.try(actions...); err != nil {
		tab.t.Fatalf("%s: %v\n%s", what, err, tab.shown())
	}
}

func (tab *Tab) try(actions ...chromedp.Action[chromedp.Void]) error {
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	return chromedp.Do(ctx, actions...)
}

// shown returns the page's address and text, for failure messages.
func (tab *Tab) shown() string {
	text, err := evaluate[string](tab, `location.href + "\n" + document.body.innerText`)
	if err != nil {
		text = err.Error()
	}
	return text + "\n" + strings.Join(tab.complaintsNow(), "\n")
}

// Go opens a page of the server and returns when it is loaded.
func (tab *Tab) Go(path string) {
	tab.t.Helper()
	tab.do("open "+path, chromedp.Navigate(tab.url+path))
}

// Resize sets the size of the window in CSS pixels.
func (tab *Tab) Resize(width, height int64) {
	tab.t.Helper()
	tab.do("resize", chromedp.EmulateViewport(width, height))
}

// Media sets a media feature, such as prefers-color-scheme: dark.
func (tab *Tab) Media(feature, value string) {
	tab.t.Helper()
	tab.do("set "+feature, command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: feature, Value: value}},
	}))
}

// Click clicks on the first element that matches the selector, once it is visible and no longer moves. It repeats a
// click that misses because the page has moved.
func (tab *Tab) Click(selector string) {
	tab.t.Helper()
	for deadline := time.Now().Add(patience); ; {
		tab.Wait(fmt.Sprintf("document.querySelector(%s).checkVisibility() && !document.querySelector(%[1]s).disabled", Quoted(selector)))
		at, err := evaluate[struct{ X, Y float64 }](tab, fmt.Sprintf(aim, Quoted(selector)))
		if err == nil {
			tab.do("click on "+selector, chromedp.MouseClickXY(at.X, at.Y))
			hit, err := evaluate[bool](tab, "browsertestHit")
			if hit || err != nil { // after an error the page is gone: the click followed a link
				return
			}
		}
		if time.Now().After(deadline) {
			tab.t.Fatalf("click on %s: %v\n%s", selector, err, tab.shown())
		}
	}
}

// aim returns the position of an element once it is the same in two frames, and records whether the element is clicked.
const aim = `(async () => {
	const element = document.querySelector(%s);
	window.browsertestHit = false;
	element.addEventListener("click", () => { window.browsertestHit = true; }, {once: true, capture: true});
	element.scrollIntoView({block: "center", behavior: "instant"});
	for (let before = ""; ; ) {
		await new Promise(requestAnimationFrame);
		const { x, y, width, height } = element.getBoundingClientRect();
		const now = [x, y, width, height].join();
		if (now === before) return { X: x + width / 2, Y: y + height / 2 };
		before = now;
	}
})()`

// Fill replaces the contents of an input by typing.
func (tab *Tab) Fill(selector, text string) {
	tab.t.Helper()
	tab.do("fill "+selector, chromedp.Focus(chromedp.CSS(selector)),
		chromedp.Evaluate[chromedp.Void](fmt.Sprintf("document.querySelector(%s).select()", Quoted(selector))), chromedp.KeyEvent(orDelete(text)))
}

func orDelete(text string) string {
	if text == "" {
		return "\b"
	}
	return text
}

// Press presses keys one after the other.
func (tab *Tab) Press(keys ...string) {
	tab.t.Helper()
	for _, key := range keys {
		tab.do(fmt.Sprintf("press %q", key), chromedp.KeyEvent(key))
	}
}

// Choose waits for an option of a select element and chooses it by value.
func (tab *Tab) Choose(selector, value string) {
	tab.t.Helper()
	tab.Wait(fmt.Sprintf(`[...document.querySelector(%s).options].some(o => o.value === %s)`, Quoted(selector), Quoted(value)))
	Eval[any](tab, fmt.Sprintf(`{ const s = document.querySelector(%s); s.value = %s;
		for (const type of ["input", "change"]) s.dispatchEvent(new Event(type, {bubbles: true})); }`, Quoted(selector), Quoted(value)))
}

// Upload chooses a file in a file input.
func (tab *Tab) Upload(selector, path string) {
	tab.t.Helper()
	tab.do("upload to "+selector, chromedp.SetUploadFiles(chromedp.CSS(selector), []string{path}))
}

// Wait waits until a JavaScript expression is true, on this page or the next.
func (tab *Tab) Wait(expression string) {
	tab.t.Helper()
	// The script polls for a second at a time. A page that is left drops its promises, and after an error the expression
	// may never become true.
	script := fmt.Sprintf(`new Promise((resolve) => {
		const end = performance.now() + 1000;
		const check = () => {
			try { if (%s) return resolve(true); } catch {}
			if (performance.now() > end) resolve(false);
			else setTimeout(check, 20);
		};
		check();
	})`, expression)
	for deadline := time.Now().Add(patience); ; {
		is, err := evaluate[bool](tab, script)
		if is {
			return
		}
		if time.Now().After(deadline) || len(tab.complaintsNow()) > 0 {
			tab.t.Fatalf("wait until %s: %v\n%s", expression, err, tab.shown())
		}
	}
}

// WaitText waits until the first element that matches the selector is visible and contains the text.
func (tab *Tab) WaitText(selector, text string) {
	tab.t.Helper()
	tab.Wait(fmt.Sprintf(`document.querySelector(%s).checkVisibility() && document.querySelector(%[1]s).innerText.includes(%s)`,
		Quoted(selector), Quoted(text)))
}

// WaitPath waits until the page at the path is loaded.
func (tab *Tab) WaitPath(path string) {
	tab.t.Helper()
	tab.Wait(fmt.Sprintf(`location.pathname === %s && document.readyState === "complete"`, Quoted(path)))
}

// Text returns the text of an element, whether visible or not.
func (tab *Tab) Text(selector string) string {
	tab.t.Helper()
	return Eval[string](tab, fmt.Sprintf("document.querySelector(%s).textContent", Quoted(selector)))
}

// Eval evaluates JavaScript in the page and returns its value. It waits for promises.
func Eval[T any](tab *Tab, script string) T {
	tab.t.Helper()
	value, err := evaluate[T](tab, script)
	if err != nil {
		tab.t.Fatalf("evaluate %s: %v\n%s", script, err, tab.shown())
	}
	return value
}

func evaluate[T any](tab *Tab, script string) (T, error) {
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
}

// Scroll scrolls the page to y pixels and removes the focus.
func (tab *Tab) Scroll(y int) {
	tab.t.Helper()
	Eval[any](tab, fmt.Sprintf("document.activeElement.blur(); scrollTo({top: %d, behavior: 'instant'})", y))
}

// Screenshot returns a PNG of the window.
func (tab *Tab) Screenshot() []byte {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		tab.t.Fatalf("take a screenshot: %v", err)
	}
	return png
}

// Quoted returns text as a JavaScript literal.
func Quoted(text string) string {
	json, err := json.Marshal(text)
	if err != nil {
		panic(err) // no string leads here
	} // can't happen for a string
	return string(json)
}
