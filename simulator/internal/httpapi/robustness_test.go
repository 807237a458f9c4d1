package httpapi_test

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/contract"
)

// noise draws what no client should send: raw bytes, and valid requests with some of their bytes changed, which get
// further.
type noise struct{ *rand.Rand }

func (n noise) bytes(most int) []byte {
	b := make([]byte, n.IntN(most))
	for i := range b {
		b[i] = byte(n.Uint32())
	}
	return b
}

// words are pieces of valid and nearly valid requests.
var words = []string{
	`{`, `}`, `[`, `]`, `:`, `,`, `"`, `null`, `true`, `0`, `-1`, `1e999`, `9223372036854775807`, `9223372036854775808`,
	`-9223372036854775808`, `0.5`, `"taskName"`, `"datasetId"`, `"resourceConfig"`, `"gpuCount"`, `"labels"`, `"launchMode"`,
	`"by"`, `"to"`, `"until"`, `"idle"`, `"mode"`, `"speed"`, `"manual"`, `"status"`, `"delay"`, `"1s"`, `"200000h"`, `"count"`,
	`"9999-12-31T23:59:59Z"`, `"\ud800"`, "\xff", "\x00", "task-001", "env-001", "az-bj-a", "page", "pageSize", "=", "&", ";", "%",
	"%00", "%ff", "..", "/", "sort", "order", "desc", "status", "running", "tag", "tail", "minFree", "available", "label", "*",
	"cursor", "MSAvYXBpL3YxL3RyYWluaW5nLXRhc2tz",
}

func (n noise) words(most int) []byte {
	var b []byte
	for range n.IntN(most) {
		b = append(b, words[n.IntN(len(words))]...)
	}
	return b
}

// changed is a valid text with some bytes replaced, left out or doubled.
func (n noise) changed(valid string) []byte {
	b := []byte(valid)
	for range 1 + n.IntN(4) {
		i := n.IntN(len(b))
		switch n.IntN(3) {
		case 0:
			b[i] = byte(n.Uint32())
		case 1:
			b = slices.Delete(b, i, min(i+1+n.IntN(8), len(b)))
		default:
			b = slices.Insert(b, i, b[i:min(i+1+n.IntN(8), len(b))]...)
		}
		if len(b) == 0 {
			break
		}
	}
	return b
}

// text is noise, but for one time in four, so that noise elsewhere in the request gets its turn.
func (n noise) text(valid string) string {
	switch n.IntN(4) {
	case 0:
		return string(n.bytes(64))
	case 1:
		return string(n.words(12))
	case 2:
		return string(n.changed(valid))
	}
	return valid
}

var validBodies = []string{
	sourceExisting, sourceDynamic, `{"taskName":"t","description":"d","labels":{"a":"1"}}`, `{"mode":"manual","speed":60}`,
	`{"by":"5m"}`, `{"to":"2026-01-01T00:00:00Z"}`, `{"until":"idle"}`,
	`{"tasks":[` + sourceDynamic + `,` + sourceExisting + `]}`, `{"name":"n","favorite":true,"config":` + sourceDynamic + `}`,
	`{"method":"POST","path":"/api/v1/*","status":503,"retryAfter":1,"count":2,"probability":0.5}`,
}

var noisyHeaders = []string{"Idempotency-Key", "If-Match", "If-None-Match", "Accept-Language", "X-Request-Id",
	"Authorization", "Content-Type"}

// A valid query is one that has something of every list.
const validQuery = "status=running&page=1&pageSize=2&sort=name&order=desc&tail=5&label=a%3Db"

// request makes a request for an operation with noise in all of its parts.
func (n noise) request(method, path string) *http.Request {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if s == "{id}" {
			segments[i] = []string{"task-001", "env-001", "az-bj-a", "az-bj-a-a100-01", "fault-001", "template-001"}[n.IntN(6)]
			if n.IntN(2) == 0 {
				// net/http decodes a path before it is routed, so any byte can be in it.
				segments[i] = n.text("task-001")
			}
		}
	}
	r := &http.Request{
		Method: method, URL: &url.URL{Path: strings.Join(segments, "/")}, Host: "fermi.test", Header: http.Header{},
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, RemoteAddr: "127.0.0.1:1", Body: http.NoBody,
	}
	if n.IntN(2) == 0 {
		r.URL.RawQuery = n.text(validQuery)
	}
	r.Body = io.NopCloser(bytes.NewReader([]byte(n.text(validBodies[n.IntN(len(validBodies))]))))
	if method != "GET" {
		r.Header.Set("Content-Type", "application/json")
	}
	if n.IntN(4) == 0 {
		r.Header.Set(noisyHeaders[n.IntN(len(noisyHeaders))], n.text("application/json"))
	}
	return r
}

// Whatever is sent, the answer is one that the contract knows, and none says that the server itself is at fault.
func TestNoiseIsRefusedPolitely(t *testing.T) {
	document, err := openapi3.NewLoader().LoadFromData(contract.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	const requests = 5000
	for path, item := range document.Paths.Map() {
		for method := range item.Operations() {
			t.Run(method+" "+path, func(t *testing.T) {
				t.Parallel()
				a := newAPI(t)
				a.create(existing("env-001"))
				a.template(`{"name":"t"}`)
				if path == "/api/v1/events" {
					a.server.Close() // or the stream would never end
				}
				n := noise{rand.New(rand.NewPCG(1, uint64(len(path))))}
				kinds := map[string]bool{}
				for range requests {
					w := httptest.NewRecorder()
					r := n.request(method, path)
					body, _ := io.ReadAll(r.Body)
					ask := func(h http.Handler) {
						defer func() {
							if p := recover(); p != nil {
								t.Fatalf("panic: %v\n%s %q?%q %v\n%q", p, method, r.URL.Path, r.URL.RawQuery, r.Header, body)
							}
						}()
						r.Body = io.NopCloser(bytes.NewReader(body))
						h.ServeHTTP(w, r)
					}
					ask(a.server)
					if w.Code >= 500 {
						t.Fatalf("status %d\n%s %q?%q %v\n%q\n%s", w.Code, method, r.URL.Path, r.URL.RawQuery, r.Header, body, w.Body)
					}
					// Answers of one kind differ in little; one of each is held against the contract.
					kind := fmt.Sprint(w.Code, w.Header().Get("Content-Language"), kindOf(w.Body.Bytes()))
					if !kinds[kind] {
						kinds[kind] = true
						w = httptest.NewRecorder()
						ask(a.handler)
					}
				}
				t.Log(slices.Sorted(maps.Keys(kinds)))
			})
		}
	}
}

// kindOf is the reason in an answer.
func kindOf(body []byte) string {
	_, rest, _ := bytes.Cut(body, []byte(`"error":{"reason":"`))
	reason, _, _ := bytes.Cut(rest, []byte(`"`))
	return string(reason)
}
