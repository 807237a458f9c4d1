// Package browsertest opens pages in a real browser, in tests. What the browser complains of, such as a script's error or a
// violated Content-Security-Policy, fails the test.
package browsertest

import (
	"context"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// Variable names the environment variable with the browser's path. Where it is set, as `make test` does, the browser must work;
// else one from the PATH is taken, and tests skip where there is none.
const Variable = "FERMI_BROWSER"

// names are what browsers of Chromium's family are called.
var names = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"}

// Browser is one process for many tabs; it starts with the first. The zero value is ready for use, by parallel tests too.
type Browser struct {
	once   sync.Once
	ctx    context.Context
	cancel context.CancelFunc
	err    error
}

// Close ends the process.
func (b *Browser) Close() {
	if b.cancel != nil {
		b.cancel()
	}
}

// start returns the browser's context.
func (b *Browser) start(t testing.TB) context.Context {
	t.Helper()
	path := os.Getenv(Variable)
	if path == "" {
		for _, name := range names {
			if found, err := exec.LookPath(name); err == nil {
				path = found
				break
			}
		}
	}
	if path == "" {
		t.Skipf("no browser on the PATH: install chromium, or run make test, or name a browser's path in %s", Variable)
	}
	b.once.Do(func() {
		flags := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path),
			chromedp.Flag("no-sandbox", os.Getuid() == 0), // root has none in a container
			chromedp.Flag("accept-lang", "zh-CN,zh"), chromedp.Flag("hide-scrollbars", true))
		allocator, stop := chromedp.NewExecAllocator(context.Background(), flags...)
		ctx, cancel := chromedp.NewContext(allocator)
		b.ctx, b.cancel = ctx, func() { cancel(); stop() }
		b.err = chromedp.Do(ctx)
	})
	if b.err != nil {
		t.Fatalf("start the browser %s: %v", path, b.err)
	}
	return b.ctx
}
