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
	for accept, want := range map[string]string{
		"": "", "identity": "", "gzipped": "", "gzip;q=0": "", "br, GZIP ; q=0.0": "", "gzip;q=0.5": "gzip", "deflate, GZIP": "gzip", "gzip;level=9": "gzip",
	} {
		equal(t, "Accept-Encoding: "+accept, get(accept).Header().Get("Content-Encoding"), want)
	}
	plain, compressed := get("br"), get("br, gzip")
	equal(t, "encodings", plain.Header().Get("Content-Encoding")+"/"+compressed.Header().Get("Content-Encoding"), "/gzip")
	equal(t, "Vary", compressed.Header().Get("Vary"), "Accept-Encoding")
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
