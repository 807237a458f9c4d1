package httpapi

import (
	"compress/gzip"
	"net/http"
	"strconv"
	"strings"
)

// compressed answers in gzip to clients that take it. It is for the state of a cluster, where a page asks for much that is
// mostly repetition; small answers would only take longer.
func compressed(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Accept-Encoding")
		if !takesGzip(r.Header.Get("Accept-Encoding")) {
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

// takesGzip reads an Accept-Encoding header (RFC 9110, section 12.5.3), in which a weight of 0 is a refusal.
func takesGzip(header string) bool {
	for _, coding := range strings.Split(header, ",") {
		name, weight, _ := strings.Cut(coding, ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			_, figure, _ := strings.Cut(weight, "=")
			q, err := strconv.ParseFloat(strings.TrimSpace(figure), 64)
			return err != nil || q > 0
		}
	}
	return false
}

type gzipWriter struct {
	http.ResponseWriter
	z *gzip.Writer
}

func (w gzipWriter) Write(b []byte) (int, error) { return w.z.Write(b) }
