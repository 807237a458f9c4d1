// Package console is the web pages of the cluster. They are static files, embedded, and speak HTTP to the API beside them:
// whoever may not read the API sees empty pages.
package console

import (
	"net/http"
	"strings"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/negotiate"
)

// policy lets a page load and call nothing but its own server, and no script write markup. %s is the hash of its style sheet.
const policy = "default-src 'none'; script-src 'self'; style-src %s; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

const assetPrefix = "/console/"

// Options says what the pages must know before they can call the API.
type Options struct {
	// Token says that the API asks for one. The pages then ask their user.
	Token bool
}

// Handler serves the pages and their files. It leaves the API's paths to api, and answers others with a page that says that there
// is none, or leaves them to api too where the client asks for JSON.
func Handler(api http.Handler, o Options) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page := pageOf(r.URL.Path)
		asset := strings.HasPrefix(r.URL.Path, assetPrefix)
		reads := r.Method == http.MethodGet || r.Method == http.MethodHead
		switch {
		case page == "" && !asset && r.URL.Path != "/":
			if !reads || ofAPI(r.URL.Path) || wantsJSON(r) {
				api.ServeHTTP(w, r)
				return
			}
			load().servePage(w, r, http.StatusNotFound, "missing", o)
		case !reads:
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, r.URL.Path+" is a page: it takes GET and HEAD only; the API is under /api/v1", http.StatusMethodNotAllowed)
		case asset:
			load().serveAsset(w, r)
		case page == "":
			http.Redirect(w, r, "/training-jobs", http.StatusFound)
		default:
			load().servePage(w, r, http.StatusOK, page, o)
		}
	})
}

// pageOf returns the page at a path, "" if there is none.
func pageOf(path string) string {
	switch path {
	case "/training/create":
		return "create"
	case "/training-jobs", "/training-jobs/":
		return "jobs"
	case "/cluster":
		return "cluster"
	}
	if id, ok := strings.CutPrefix(path, "/training-jobs/"); ok && !strings.Contains(id, "/") {
		return "job"
	}
	return ""
}

// ofAPI reports whether a path belongs to the API, whose answers are for programs.
func ofAPI(path string) bool {
	switch path {
	case "/healthz", "/readyz", "/metrics", "/openapi.yaml":
		return true
	}
	first, _, _ := strings.Cut(strings.TrimLeft(path, "/"), "/")
	return first == "api" || first == "sim"
}

// wantsJSON reports whether a client asks for JSON and not for a page.
func wantsJSON(r *http.Request) bool {
	accept := r.Header.Get("Accept")
	return strings.Contains(accept, "json") && !strings.Contains(accept, "text/html")
}

// languageOf is the language the user switched to, else the browser's first choice of Chinese and English. A browser that wants
// neither gets English; one that says nothing gets Chinese, as from the API.
func languageOf(r *http.Request) string {
	if c, err := r.Cookie("fermi_language"); err == nil && (c.Value == "zh" || c.Value == "en") {
		return c.Value
	}
	if negotiate.EnglishPage(r.Header) {
		return "en"
	}
	return "zh"
}

// themeOf is what the user switched to; "" follows the system's.
func themeOf(r *http.Request) string {
	if c, err := r.Cookie("fermi_theme"); err == nil && (c.Value == "light" || c.Value == "dark") {
		return c.Value
	}
	return ""
}
