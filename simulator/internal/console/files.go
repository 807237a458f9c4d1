package console

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/negotiate"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/text"
)

//go:embed pages static
var embedded embed.FS

// files holds everything that is served. It is created once per process.
type files struct {
	// assets are the scripts and images by language and name, such as zh/create.js. Only texts.js differs by language.
	assets map[string]asset
	pages  map[string]*template.Template // by language and name
	styles map[string]style              // by page
	// version identifies the content. What is served under a version never changes.
	version string
}

// style is the style sheet of a page. It is inlined, because a browser paints nothing before it has the style sheet.
// hash identifies it in the Content-Security-Policy.
type style struct {
	text template.CSS
	hash string
}

type asset struct {
	contentType      string
	content, gzipped []byte
}

// load creates the files at the first request for one. Compressing them takes longer than the rest of the simulator's
// start, and most simulators serve no page. It panics if the embedded files are inconsistent, which every test would
// show.
var load = sync.OnceValue(func() *files {
	f, err := read()
	if err != nil {
		panic(fmt.Sprintf("console: %v", err))
	}
	return f
})

func read() (*files, error) {
	f := &files{assets: map[string]asset{}, pages: map[string]*template.Template{}, styles: map[string]style{}}
	texts, err := text.Pages()
	if err != nil {
		return nil, err
	}
	static, err := embedded.ReadDir("static")
	if err != nil {
		return nil, err
	}
	// Reuse the writer: creating one takes longer than compressing a file.
	zip, err := gzip.NewWriterLevel(nil, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	for _, entry := range static {
		if path.Ext(entry.Name()) == ".css" {
			continue // inlined in the pages
		}
		content, err := embedded.ReadFile("static/" + entry.Name())
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(sum, "%s %d\n%s", entry.Name(), len(content), content)
		a, err := newAsset(zip, entry.Name(), content)
		if err != nil {
			return nil, err
		}
		for lang := range texts {
			f.assets[string(lang)+"/"+entry.Name()] = a
		}
	}
	for _, lang := range slices.Sorted(maps.Keys(texts)) {
		content, err := json.Marshal(texts[lang])
		if err != nil {
			return nil, err
		}
		sum.Write(content)
		content = fmt.Appendf(nil, "export const language = %q;\nexport const texts = %s;\n", lang, content)
		if f.assets[string(lang)+"/texts.js"], err = newAsset(zip, "texts.js", content); err != nil {
			return nil, err
		}
	}
	f.version = hex.EncodeToString(sum.Sum(nil))[:12]
	for _, page := range []string{"create", "jobs", "job", "cluster", "missing"} {
		if f.styles[page], err = styleOf(page); err != nil {
			return nil, err
		}
		for lang, dictionary := range texts {
			translate := func(key string) (string, error) {
				words, ok := dictionary[key]
				if !ok {
					return "", fmt.Errorf("texts.json has no %q", key)
				}
				return words, nil
			}
			t, err := template.New("layout.html").Funcs(template.FuncMap{
				"t": translate, "statuses": func() []string { return statuses }, "gpuStates": func() []string { return gpuStates },
				"timelineKinds": func() []string { return timelineKinds },
			}).ParseFS(embedded, "pages/layout.html", "pages/"+page+".html")
			if err != nil {
				return nil, err
			}
			f.pages[string(lang)+"/"+page] = t
		}
	}
	return f, nil
}

// styleOf returns the style sheet of a page: the common one, followed by the page's own. The page of a task uses that of
// the list.
func styleOf(page string) (style, error) {
	names := []string{"style", page}
	switch page {
	case "job":
		names[1] = "jobs"
	case "missing":
		names = names[:1]
	}
	var sheet []byte
	for _, name := range names {
		content, err := embedded.ReadFile("static/" + name + ".css")
		if err != nil {
			return style{}, err
		}
		sheet = append(sheet, content...)
	}
	sum := sha256.Sum256(sheet)
	return style{template.CSS(sheet), "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"}, nil
}

func newAsset(zip *gzip.Writer, name string, content []byte) (asset, error) {
	var gzipped bytes.Buffer
	zip.Reset(&gzipped)
	if _, err := zip.Write(content); err != nil {
		return asset{}, err
	}
	if err := zip.Close(); err != nil {
		return asset{}, err
	}
	contentType := map[string]string{
		".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml",
	}[path.Ext(name)]
	return asset{contentType, content, gzipped.Bytes()}, nil
}

// serveAsset serves /console/VERSION/LANGUAGE/NAME.
func (f *files) serveAsset(w http.ResponseWriter, r *http.Request) {
	version, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, assetPrefix), "/")
	a, ok := f.assets[name]
	if !ok || version != f.version {
		http.Error(w, r.URL.Path+" is no file of these pages; reload the page", http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Set("Content-Type", a.contentType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	send(w, r, http.StatusOK, a)
}

// send sends an asset, compressed if the client accepts it.
func send(w http.ResponseWriter, r *http.Request, status int, a asset) {
	body := a.content
	if a.gzipped != nil && negotiate.Gzip(r.Header) {
		w.Header().Set("Content-Encoding", "gzip")
		body = a.gzipped
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

// zipped compresses a page quickly, since it is used only once.
func zipped(page []byte) []byte {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		panic(err) // can't happen: the level is valid
	}
	_, _ = z.Write(page) // can't fail: b is in memory
	_ = z.Close()
	return b.Bytes()
}

// statuses are the statuses of a task, in order of its life cycle.
var statuses = []string{"queued", "allocating", "starting", "running", "succeeded", "failed", "stopped"}

// gpuStates are the states of a GPU in the picture of the cluster, in order of the legend.
var gpuStates = []string{"free", "held", "background", "draining", "failed"}

// timelineKinds are the kinds of bars in the timeline, in order of the legend.
var timelineKinds = []string{"running", "succeeded", "failed", "stopped", "waits", "failure", "draining"}

// view is the data of a page's template.
type view struct {
	Page, Theme, Assets string
	Language            text.Language
	Style               template.CSS
	Token               bool
}

func (f *files) servePage(w http.ResponseWriter, r *http.Request, status int, page string, o Options) {
	lang := languageOf(r)
	var html bytes.Buffer
	err := f.pages[string(lang)+"/"+page].Execute(&html, view{
		Page: page, Language: lang, Theme: themeOf(r), Assets: assetPrefix + f.version + "/" + string(lang), Style: f.styles[page].text,
		Token: o.Token,
	})
	if err != nil {
		http.Error(w, "the page could not be made: "+err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", lang.Tag())
	h.Set("Content-Security-Policy", fmt.Sprintf(policy, f.styles[page].hash))
	h.Set("X-Content-Type-Options", "nosniff")
	// Our pages need to know which of them led here. Other servers learn nothing.
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Vary", "Accept-Language, Cookie")
	h.Add("Vary", "Accept-Encoding")
	if page == "missing" {
		h.Add("Vary", "Accept") // programs get JSON
	}
	made := asset{content: html.Bytes()}
	if negotiate.Gzip(r.Header) {
		made.gzipped = zipped(made.content)
	}
	send(w, r, status, made)
}
