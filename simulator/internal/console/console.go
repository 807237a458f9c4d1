package console

import (
	"net/http"
	"slices"
	"strings"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/negotiate"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/text"
)

// policy is the Content-Security-Policy. A page may load and call only its own server, and scripts can't write markup.
// %s is the hash of the page's style sheet.
const policy = "default-src 'none'; script-src 'self'; style-src %s; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

const assetPrefix = "/console/"

// Options is what the pages must know before they can call the API.
type Options struct {
	// Token says that the API requires a token. The pages then ask the user for it.
	Token bool
}

// Handler serves the pages and their files, and passes the API's paths to api. For other paths it responds with an error
// page or, if the client asks for JSON, passes them to api too.
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

// pageOf returns the page at a path, or "" if there is none.
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

// ofAPI reports whether a path belongs to the API.
func ofAPI(path string) bool {
	switch path {
	case "/healthz", "/readyz", "/metrics", "/openapi.yaml":
		return true
	}
	first, _, _ := strings.Cut(strings.TrimLeft(path, "/"), "/")
	return first == "api" || first == "sim"
}

// wantsJSON reports whether a client prefers JSON to a page.
func wantsJSON(r *http.Request) bool {
	accept := r.Header.Get("Accept")
	return strings.Contains(accept, "json") && !strings.Contains(accept, "text/html")
}

// languageOf returns the language that the user chose, or else the browser's preferred one of Chinese and English. The
// default is English for a browser that accepts neither, and Chinese, as in the API, for one that states no preference.
func languageOf(r *http.Request) text.Language {
	if c, err := r.Cookie("fermi_language"); err == nil && slices.Contains(text.Languages(), text.Language(c.Value)) {
		return text.Language(c.Value)
	}
	return negotiate.PageLanguage(r.Header)
}

// themeOf returns the theme that the user chose, or "" to follow the system.
func themeOf(r *http.Request) string {
	if c, err := r.Cookie("fermi_theme"); err == nil && (c.Value == "light" || c.Value == "dark") {
		return c.Value
	}
	return ""
}
