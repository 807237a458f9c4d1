package console_test

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/console"
)

var pages = []string{"/training/create", "/training-jobs", "/training-jobs/task-001", "/cluster", "/no-such-page"}

// get requests a path from the console. The API behind it responds with 418.
func get(t *testing.T, method, path string, o console.Options, header ...string) *http.Response {
	t.Helper()
	api := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	r := httptest.NewRequest(method, path, http.NoBody)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	recorder := httptest.NewRecorder()
	console.Handler(api, o).ServeHTTP(recorder, r)
	return recorder.Result()
}

func text(t *testing.T, response *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestPaths(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/", 302}, {"HEAD", "/", 302}, {"POST", "/", 405},
		{"GET", "/training-jobs/", 200}, {"HEAD", "/cluster", 200}, {"DELETE", "/training-jobs/task-001", 405}, {"POST", "/training/create", 405},
		{"GET", "/training-jobs/a/b", 404}, {"HEAD", "/training", 404}, {"POST", "/training", 418},
		{"GET", "/api/v1/training-tasks", 418}, {"POST", "/api/v1/training-tasks", 418}, {"GET", "/api/v2/no", 418}, {"GET", "/sim/no", 418},
		{"GET", "/healthz", 418}, {"GET", "/openapi.yaml", 418}, {"GET", "/cluster/", 404}, {"GET", "//training-jobs", 404},
		{"GET", "/console/", 404}, {"GET", "/console/old/zh/create.js", 404}, {"GET", "/console/../console.go", 404}, {"PUT", "/console/x", 405},
	} {
		equal(t, c.method+" "+c.path, get(t, c.method, c.path, console.Options{}).StatusCode, c.status)
	}
	equal(t, "where / leads", get(t, "GET", "/", console.Options{}).Header.Get("Location"), "/training-jobs")
}

var (
	reference = regexp.MustCompile(`(?:href|src)="(/console/[^"]+)"`)
	imported  = regexp.MustCompile(`(?m)^(?:import|export)\b[^'"]*?from '\./([\w-]+\.js)';`)
)

var styleSheet = regexp.MustCompile(`(?s)<style>(.*?)</style>`)

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// Each page and script refers only to existing files of this server. There are no inline scripts, and the inline style
// is the one that the policy allows.
func TestPagesAreSelfContained(t *testing.T) {
	t.Parallel()
	for _, lang := range []string{"zh", "en"} {
		for _, path := range pages {
			response := get(t, "GET", path, console.Options{}, "Accept-Language", lang)
			html := text(t, response)
			equal(t, "language", response.Header.Get("Content-Language"), map[string]string{"zh": "zh-CN", "en": "en"}[lang])
			for _, want := range []string{"default-src 'none'", "script-src 'self'",
				"style-src 'sha256-" + hash(styleSheet.FindStringSubmatch(html)[1]) + "';", "frame-ancestors 'none'",
				"require-trusted-types-for 'script'"} {
				if policy := response.Header.Get("Content-Security-Policy"); !strings.Contains(policy, want) {
					t.Errorf("%s: the policy %q lacks %q", path, policy, want)
				}
			}
			for _, wrong := range []string{"//", " style=", " onclick", "javascript:", "unsafe-inline"} {
				if strings.Contains(html, wrong) {
					t.Errorf("%s has %q in it", path, wrong)
				}
			}
			equal(t, path+": style sheets", strings.Count(html, "<style"), 1)
			references := reference.FindAllStringSubmatch(html, -1)
			seen := map[string]bool{}
			for ; len(references) > 0; references = references[1:] {
				name := references[0][1]
				if seen[name] {
					continue
				}
				seen[name] = true
				file := get(t, "GET", name, console.Options{})
				for _, i := range imported.FindAllStringSubmatch(text(t, file), -1) {
					references = append(references, []string{"", name[:strings.LastIndex(name, "/")+1] + i[1]})
				}
				if file.StatusCode != 200 || !strings.Contains(file.Header.Get("Cache-Control"), "immutable") ||
					file.Header.Get("X-Content-Type-Options") != "nosniff" {
					t.Errorf("%s: %s %v", name, file.Status, file.Header)
				}
			}
			if len(seen) < 7 {
				t.Errorf("%s refers to %d files", path, len(seen))
			}
		}
	}
}

func TestFilesAreCompressed(t *testing.T) {
	t.Parallel()
	path := reference.FindStringSubmatch(text(t, get(t, "GET", "/training/create", console.Options{})))[1]
	path = path[:strings.LastIndex(path, "/")] + "/create.js"
	uncompressed := text(t, get(t, "GET", path, console.Options{}))
	response := get(t, "GET", path, console.Options{}, "Accept-Encoding", "gzip, br")
	equal(t, "encoding", response.Header.Get("Content-Encoding"), "gzip")
	unzip, err := gzip.NewReader(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(unzip)
	if err != nil || string(content) != uncompressed {
		t.Errorf("%v; the compressed file differs", err)
	}
	equal(t, "type", response.Header.Get("Content-Type"), "text/javascript; charset=utf-8")
}

func TestSwitches(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		accept, cookie, lang string
		want                 []string
	}{
		{"", "", "zh-CN", []string{`lang="zh-CN"`, "训练任务"}},
		{"fr", "", "en", nil}, {"fr-CA,de;q=0.5", "", "en", nil}, {"fr,zh;q=0.5", "", "zh-CN", nil}, {"zh-TW", "", "zh-CN", nil},
		{"*", "", "zh-CN", nil},
		{"en-GB,zh;q=0.5", "", "en", []string{`lang="en"`, "Training tasks"}},
		{"en", "fermi_language=zh", "zh-CN", nil},
		{"zh", "fermi_language=en; fermi_theme=dark", "en", []string{`data-theme="dark"`, `value="dark" selected`}},
		{"", `fermi_theme=x"><script>`, "zh-CN", nil},
	} {
		response := get(t, "GET", "/training-jobs", console.Options{}, "Accept-Language", c.accept, "Cookie", c.cookie)
		html := text(t, response)
		equal(t, c.accept+" "+c.cookie, response.Header.Get("Content-Language"), c.lang)
		for _, want := range c.want {
			if !strings.Contains(html, want) {
				t.Errorf("%q %q: no %q", c.accept, c.cookie, want)
			}
		}
		if strings.Contains(html, " data-theme=") != strings.Contains(c.cookie, "dark") || strings.Contains(html, " data-token") {
			t.Errorf("%q %q: theme or token in %s", c.accept, c.cookie, html[:200])
		}
	}
	if html := text(t, get(t, "GET", "/training-jobs", console.Options{Token: true})); !strings.Contains(html,
		"<html lang=\"zh-CN\" data-token>") {
		t.Errorf("the page doesn't know that a token is asked for: %s", html[:200])
	}
}

var (
	// t "key" in a page, t('key') and t(`prefix.${…}`) in a script
	namedText = regexp.MustCompile("\\bt(?:\\(| )[\"'`]([\\w.]+)([\"'`]|\\$\\{)")
	// keys with a variable part: printf "status.%s", word('status', …)
	namedKind = regexp.MustCompile(`printf "(\w+\.)%s"|word\('(\w+)'`)
	dotted    = regexp.MustCompile(`'(\w+(?:\.\w+)+)'`)
)

// Every text that is used exists in both languages, and every text is used.
func TestTexts(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("../text/texts.json")
	if err != nil {
		t.Fatal(err)
	}
	var texts map[string][]string
	if err := json.Unmarshal(content, &texts); err != nil {
		t.Fatal(err)
	}
	used, prefixes := map[string]bool{}, []string{}
	for _, source := range append(sources(t, "pages/*.html"), sources(t, "static/*.js")...) {
		for _, match := range namedText.FindAllStringSubmatch(source, -1) {
			if match[2] == "${" {
				prefixes = append(prefixes, match[1])
				continue
			}
			used[match[1]] = true
			if _, ok := texts[match[1]]; !ok {
				t.Errorf("texts.json has no %q", match[1])
			}
		}
		for _, match := range namedKind.FindAllStringSubmatch(source, -1) {
			prefixes = append(prefixes, strings.TrimSuffix(match[1]+match[2], ".")+".")
		}
		for _, match := range dotted.FindAllStringSubmatch(source, -1) {
			used[match[1]] = true
		}
	}
	if len(used) < 50 || len(prefixes) < 5 {
		t.Fatalf("only %d texts and %v are asked for: the patterns of this test miss them", len(used), prefixes)
	}
	for key, pair := range texts {
		if len(pair) != 2 || pair[0] == "" || pair[1] == "" {
			t.Errorf("%s has %d texts, or an empty one", key, len(pair))
		}
		if !used[key] && !slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(key, p) }) {
			t.Errorf("%s is not asked for", key)
		}
	}
}

func sources(t *testing.T, pattern string) (contents []string) {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: %v %v", pattern, names, err)
	}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		contents = append(contents, string(content))
	}
	return contents
}
