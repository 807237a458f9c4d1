package main

import (
	"archive/tar"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A package is accepted only if it contains the pinned file.
func TestDownload(t *testing.T) {
	for name, test := range map[string]struct{ file, want string }{
		"another file": {"package/axe.js", "has no axe.min.js"},
		"another text": {"package/axe.min.js", "is pinned in tools/axe"},
		"no package":   {"", "404 Not Found"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/axe-core/-/axe-core-"+version+".tgz" || test.file == "" {
					http.NotFound(w, r)
					return
				}
				zip := gzip.NewWriter(w)
				archive := tar.NewWriter(zip)
				const text = "alert(1)"
				if err := archive.WriteHeader(&tar.Header{Name: test.file, Size: int64(len(text))}); err != nil {
					t.Error(err)
				}
				if _, err := archive.Write([]byte(text)); err != nil {
					t.Error(err)
				}
				if err := archive.Close(); err != nil {
					t.Error(err)
				}
				if err := zip.Close(); err != nil {
					t.Error(err)
				}
			}))
			t.Cleanup(server.Close)
			_, err := download(t.Context(), server.URL)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}
