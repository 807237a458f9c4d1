package httpapi

import (
	"compress/gzip"
	"net/http"
	"strings"
)

// compressed answers in gzip to clients that take it. It is for the state of a cluster, where a page asks for much that is
// mostly repetition; small answers would only take longer.
func compressed(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Accept-Encoding")
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			next(w, r)
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		z, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
		if err != nil {
			panic(err) // the level is a good one
		}
		next(gzipWriter{w, z}, r)
		_ = z.Close() // the client has gone, and nobody is there to be told
	}
}

type gzipWriter struct {
	http.ResponseWriter
	z *gzip.Writer
}

func (w gzipWriter) Write(b []byte) (int, error) { return w.z.Write(b) }
