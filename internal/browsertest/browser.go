// Package browsertest opens pages in a real browser. A test fails if the browser reports an error, such as an uncaught
// exception or a violation of the Content-Security-Policy.
package browsertest

import (
	"context"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// Variable is the environment variable with the path of the browser. If it is set, as by make test, the browser must
// work. Otherwise a browser from the PATH is used, and tests are skipped if there is none.
const Variable = "FERMI_BROWSER"

// names are the names of the executables of Chromium-based browsers.
var names = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"}

// Browser is a browser process for many tabs. The first tab starts it. The zero value is ready to use, also by parallel
// tests.
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
			chromedp.Flag("no-sandbox", os.Getuid() == 0), // Chromium has no sandbox as root
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
