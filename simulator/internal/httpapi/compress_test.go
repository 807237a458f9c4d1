package httpapi_test

import (
	"compress/gzip"
	"io"
	"net/http/httptest"
	"testing"
)

func TestStateIsCompressedForWhoTakesIt(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	get := func(accept string) *httptest.ResponseRecorder {
		r := request("GET", "/sim/v1/state", "")
		r.Header.Set("Accept-Encoding", accept)
		recorder := httptest.NewRecorder()
		a.server.ServeHTTP(recorder, r)
		return recorder
	}
	plain, compressed := get("br"), get("br, gzip")
	equal(t, "encodings", plain.Header().Get("Content-Encoding")+"/"+compressed.Header().Get("Content-Encoding"), "/gzip")
	equal(t, "Vary", compressed.Header().Get("Vary"), "Accept-Language, Accept-Encoding, Authorization, Fermi-Cluster-Id")
	if compressed.Body.Len() > plain.Body.Len()/5 {
		t.Errorf("%d bytes became %d", plain.Body.Len(), compressed.Body.Len())
	}
	z, err := gzip.NewReader(compressed.Body)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "content", string(content), plain.Body.String())
}

// Lists are compressed as well, where they are long enough, and what a client reads is the same.
func TestListsAreCompressed(t *testing.T) {
	a := newAPI(t)
	for range 20 {
		a.create(existing("env-001"))
	}
	get := func(target, accept string) *httptest.ResponseRecorder {
		r := request("GET", target, "")
		r.Header.Set("Accept-Encoding", accept)
		recorder := httptest.NewRecorder()
		a.server.ServeHTTP(recorder, r)
		return recorder
	}
	for _, target := range []string{tasks, environments, "/api/v1/images", "/api/v1/gpu-types", "/openapi.yaml", "/metrics",
		tasks + "?pageSize=x"} {
		plain, got := get(target, "identity"), get(target, "gzip")
		want := ""
		if plain.Body.Len() >= 1<<10 {
			want = "gzip"
		}
		equal(t, target, []any{got.Code, got.Header().Get("Content-Encoding")}, []any{plain.Code, want})
		if want == "" || target == "/metrics" { // which counts each time
			continue
		}
		z, err := gzip.NewReader(got.Body)
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, target, string(content), plain.Body.String())
	}
	equal(t, "nothing to compress", get(tasks+"/task-001", "gzip").Header().Get("Content-Encoding"), "")
}
