package browsertest

import (
	"strings"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
)

// Before runs a script on every page of the tab from the next one on, before the page's own.
func (tab *Tab) Before(script string) {
	tab.t.Helper()
	tab.do("add a script", command(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script}))
}

// Print shows the page as on paper.
func (tab *Tab) Print() {
	tab.t.Helper()
	tab.do("print", command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}))
}

// Speak makes the browser ask for pages in these languages, as in an Accept-Language header.
func (tab *Tab) Speak(languages string) {
	tab.t.Helper()
	tab.do("speak "+languages, command(network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{
		Headers: network.Headers{"Accept-Language": languages},
	}))
}

// Beside opens another tab for the same pages, with the cookies of this one.
func (tab *Tab) Beside() *Tab {
	tab.t.Helper()
	return tab.browser.open(tab.ctx, tab.t, tab.url)
}

// Words is what can be seen of an element's text, without the breaks of lines.
func (tab *Tab) Words(selector string) string {
	tab.t.Helper()
	return strings.Join(strings.Fields(Eval[string](tab, "document.querySelector("+Quoted(selector)+").innerText")), " ")
}
