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

// patience is how long a step may take on a busy machine.
const patience = time.Minute

// Keys for Tab.Press that are no characters.
const (
	Left  = kb.ArrowLeft
	Right = kb.ArrowRight
	Down  = kb.ArrowDown
	End   = kb.End
	Home  = kb.Home

	Escape = kb.Escape
)

// Tab is a page with cookies and storage of its own.
type Tab struct {
	browser *Browser
	t       testing.TB
	ctx     context.Context
	url     string
	close   context.CancelFunc

	mu         sync.Mutex
	complaints []string
	tolerated  *regexp.Regexp
	received   float64 // bytes of all answers, as they came over the wire
}

// Open opens an empty tab for the pages of a server. It closes with the test, which fails if the browser complained.
func (b *Browser) Open(t testing.TB, url string) *Tab {
	t.Helper()
	return b.open(b.start(t), t, url, chromedp.WithNewBrowserContext())
}

func (b *Browser) open(parent context.Context, t testing.TB, url string, options ...chromedp.ContextOption) *Tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(parent, options...)
	tab := &Tab{browser: b, t: t, ctx: ctx, url: url, close: cancel}
	// The first call opens the tab, for as long as its context lasts.
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	if err := chromedp.Listen(ctx, tab.listen); err != nil {
		t.Fatalf("listen to a tab: %v", err)
	}
	tab.do("prepare a tab", command(network.Enable, network.EnableParams{}), command(log.Enable, cdp.Empty{}),
		command(runtime.Enable, cdp.Empty{}),
		command(performance.Enable, performance.EnableParams{TimeDomain: performance.EnableTimeDomainThreadTicks}), chromedp.EmulateViewport(1280, 900))
	t.Cleanup(func() {
		cancel()
		for _, complaint := range tab.complaintsNow() {
			t.Errorf("the browser complains: %s", complaint)
		}
	})
	return tab
}

// complaintsNow are those that no test tolerates.
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

// Computed is how long the page's main thread has had a processor so far.
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

// Speed is how many milliseconds the page took until its first contentful paint, and until it was loaded.
func (tab *Tab) Speed() (times [2]float64) {
	tab.t.Helper()
	tab.Wait(`performance.getEntriesByName("first-contentful-paint").length > 0`)
	return Eval[[2]float64](tab, `[
		performance.getEntriesByName("first-contentful-paint")[0].startTime, performance.getEntriesByType("navigation")[0].loadEventEnd]`)
}

// Fresh opens another tab for the same pages, with nothing in its cache.
func (tab *Tab) Fresh() *Tab {
	tab.t.Helper()
	return tab.browser.Open(tab.t, tab.url)
}

// Close closes the tab before its test ends.
func (tab *Tab) Close() { tab.close() }

// Tolerate lets complaints pass that match, for tests that provoke them.
func (tab *Tab) Tolerate(pattern string) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	tab.tolerated = regexp.MustCompile(pattern)
}

// Received is how many bytes came over the wire so far.
func (tab *Tab) Received() int {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	return int(tab.received)
}

// command is a call of the browser's protocol whose answer is of no interest.
func command[P, R any](c cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, c, params)
		return err
	})
}

// do runs one step and fails the test, with what the page shows, if it can't be done in time.
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

// shown is the page's address and text, for a failure's message.
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

// Resize sets the window's size in CSS pixels.
func (tab *Tab) Resize(width, height int64) {
	tab.t.Helper()
	tab.do("resize", chromedp.EmulateViewport(width, height))
}

// Media sets what the system is said to prefer, such as prefers-color-scheme: dark.
func (tab *Tab) Media(feature, value string) {
	tab.t.Helper()
	tab.do("set "+feature, command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: feature, Value: value}},
	}))
}

// Click clicks with the mouse on the first element that matches a selector, once it is in view and stands still. A click that
// misses, since the page moved meanwhile, is repeated.
func (tab *Tab) Click(selector string) {
	tab.t.Helper()
	for deadline := time.Now().Add(patience); ; {
		tab.Wait(fmt.Sprintf("document.querySelector(%s).checkVisibility() && !document.querySelector(%[1]s).disabled", Quoted(selector)))
		at, err := evaluate[struct{ X, Y float64 }](tab, fmt.Sprintf(aim, Quoted(selector)))
		if err == nil {
			tab.do("click on "+selector, chromedp.MouseClickXY(at.X, at.Y))
			hit, err := evaluate[bool](tab, "browsertestHit")
			if hit || err != nil { // after an error the page has gone, which is what clicks on links do
				return
			}
		}
		if time.Now().After(deadline) {
			tab.t.Fatalf("click on %s: %v\n%s", selector, err, tab.shown())
		}
	}
}

// aim tells where an element stands once it does so for two frames, and notes whether it is hit.
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

// Fill replaces what is in an input, by the keyboard.
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

// Press presses keys, one after the other, wherever the focus is.
func (tab *Tab) Press(keys ...string) {
	tab.t.Helper()
	for _, key := range keys {
		tab.do(fmt.Sprintf("press %q", key), chromedp.KeyEvent(key))
	}
}

// Choose chooses an option of a select by its value, once it is there.
func (tab *Tab) Choose(selector, value string) {
	tab.t.Helper()
	tab.Wait(fmt.Sprintf(`[...document.querySelector(%s).options].some(o => o.value === %s)`, Quoted(selector), Quoted(value)))
	Eval[any](tab, fmt.Sprintf(`{ const s = document.querySelector(%s); s.value = %s;
		for (const type of ["input", "change"]) s.dispatchEvent(new Event(type, {bubbles: true})); }`, Quoted(selector), Quoted(value)))
}

// Upload chooses a file in an input for files.
func (tab *Tab) Upload(selector, path string) {
	tab.t.Helper()
	tab.do("upload to "+selector, chromedp.SetUploadFiles(chromedp.CSS(selector), []string{path}))
}

// Wait returns once a JavaScript expression is true, on this page or the next.
func (tab *Tab) Wait(expression string) {
	tab.t.Helper()
	// The page looks for a second at a time: a page that goes away takes its promises along, and one that the browser
	// complains of will not get there.
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

// WaitText returns once the first element that matches a selector can be seen and holds a text.
func (tab *Tab) WaitText(selector, text string) {
	tab.t.Helper()
	tab.Wait(fmt.Sprintf(`document.querySelector(%s).checkVisibility() && document.querySelector(%[1]s).innerText.includes(%s)`, Quoted(selector), Quoted(text)))
}

// WaitPath returns once the page at a path is loaded.
func (tab *Tab) WaitPath(path string) {
	tab.t.Helper()
	tab.Wait(fmt.Sprintf(`location.pathname === %s && document.readyState === "complete"`, Quoted(path)))
}

// Text is what an element says, seen or not.
func (tab *Tab) Text(selector string) string {
	tab.t.Helper()
	return Eval[string](tab, fmt.Sprintf("document.querySelector(%s).textContent", Quoted(selector)))
}

// Eval runs JavaScript in the page and returns its value, that of a promise once it is there.
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

// Scroll shows the page from so many pixels below its top, with the focus on nothing.
func (tab *Tab) Scroll(y int) {
	tab.t.Helper()
	Eval[any](tab, fmt.Sprintf("document.activeElement.blur(); scrollTo({top: %d, behavior: 'instant'})", y))
}

// Screenshot is a PNG of the window.
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

// Quoted is a text as a literal of JavaScript.
func Quoted(text string) string {
	json, err := json.Marshal(text)
	if err != nil {
		panic(err) // no string leads here
	}
	return string(json)
}
