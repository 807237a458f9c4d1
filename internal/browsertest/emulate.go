package browsertest

import (
	"strings"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
)

// Before runs a script on every page that the tab loads from now on, before the page's own scripts.
func (tab *Tab) Before(script string) {
	tab.t.Helper()
	tab.do("add a script", command(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script}))
}

// Print renders the page as for printing.
func (tab *Tab) Print() {
	tab.t.Helper()
	tab.do("print", command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}))
}

// Speak sets the Accept-Language header of the browser.
func (tab *Tab) Speak(languages string) {
	tab.t.Helper()
	tab.do("speak "+languages, command(network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{
		Headers: network.Headers{"Accept-Language": languages},
	}))
}

// Beside opens another tab for the same pages that shares this one's cookies.
func (tab *Tab) Beside() *Tab {
	tab.t.Helper()
	return tab.browser.open(tab.ctx, tab.t, tab.url)
}

// Words returns the visible text of an element, with line breaks replaced by spaces.
func (tab *Tab) Words(selector string) string {
	tab.t.Helper()
	return strings.Join(strings.Fields(Eval[string](tab, "document.querySelector("+Quoted(selector)+").innerText")), " ")
}
