// Package console is the web pages of the cluster. They are static files, embedded, and speak HTTP to the API beside them:
// whoever may not read the API sees empty pages.
package console

import (
	"net/http"
	"strings"

	"golang.org/x/text/language"
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

// Handler serves the pages and their files, and leaves every other path to api.
func Handler(api http.Handler, o Options) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page := pageOf(r.URL.Path)
		asset := strings.HasPrefix(r.URL.Path, assetPrefix)
		switch {
		case page == "" && !asset && r.URL.Path != "/":
			api.ServeHTTP(w, r)
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, r.URL.Path+" is a page: it takes GET and HEAD only; the API is under /api/v1", http.StatusMethodNotAllowed)
		case asset:
			load().serveAsset(w, r)
		case page == "":
			http.Redirect(w, r, "/training-jobs", http.StatusFound)
		default:
			load().servePage(w, r, page, o)
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

var languages = language.NewMatcher([]language.Tag{language.Chinese, language.English})

// languageOf is what the user switched to, else the browser's; Chinese, as in the API, where it says neither.
func languageOf(r *http.Request) string {
	if c, err := r.Cookie("fermi_language"); err == nil && (c.Value == "zh" || c.Value == "en") {
		return c.Value
	}
	if _, i := language.MatchStrings(languages, r.Header.Get("Accept-Language")); i == 1 {
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
