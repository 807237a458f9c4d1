package httpapi

import (
	"compress/gzip"
	"net/http"
	"sync"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/negotiate"
)

// worthwhile is the length of the shortest answer that is compressed, in bytes.
const worthwhile = 1 << 10

// compress answers in gzip to clients that prefer it, where the answer is long enough. A stream is sent as it comes.
func (s *Server) compress(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if exchangeOf(r).route == eventsPath || !negotiate.Gzip(r.Header) {
			next.ServeHTTP(w, r)
			return
		}
		z := &gzipWriter{ResponseWriter: w}
		next.ServeHTTP(z, r)
		z.close()
	})
}

var zippers = sync.Pool{New: func() any {
	z, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	if err != nil {
		panic(err) // the level is a good one
	}
	return z
}}

// gzipWriter buffers the beginning of an answer until it is long enough to be compressed.
type gzipWriter struct {
	http.ResponseWriter
	status int // 0 until the handler begins its answer
	held   []byte
	zip    *gzip.Writer // nil while the beginning is held
}

// Unwrap is for http.ResponseController.
func (w *gzipWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *gzipWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}

func (w *gzipWriter) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if w.zip != nil {
		return w.zip.Write(b)
	}
	if len(w.held)+len(b) < worthwhile {
		w.held = append(w.held, b...)
		return len(b), nil
	}
	w.Header().Set("Content-Encoding", "gzip")
	w.Header().Del("Content-Length")
	w.ResponseWriter.WriteHeader(w.status)
	w.zip = zippers.Get().(*gzip.Writer)
	w.zip.Reset(w.ResponseWriter)
	if _, err := w.zip.Write(w.held); err != nil {
		return 0, err
	}
	return w.zip.Write(b)
}

// close sends what is buffered. It ignores errors, which mean that the client has gone.
func (w *gzipWriter) close() {
	switch {
	case w.zip != nil:
		_ = w.zip.Close()
		w.zip.Reset(nil)
		zippers.Put(w.zip)
	case w.status != 0:
		w.ResponseWriter.WriteHeader(w.status)
		if len(w.held) > 0 {
			_, _ = w.ResponseWriter.Write(w.held)
		}
	}
}
