package httpapi

import (
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
)

// maxBody is the longest body in bytes, and maxSnapshot the longest of a snapshot, enough for 100,000 tasks. Restoring one takes up
// to five times as much memory, six times with a data folder.
const (
	maxBody     = 1 << 20
	maxSnapshot = 256 << 20
)

// slowClient is how long a client may take to send its body, and to read each write of an answer. The whole request has no limit,
// since waits and event streams last as long as their clients want.
const slowClient = time.Minute

// maxSnapshots is how many snapshots or scenarios are read or written at a time. Each needs the memory of several worlds.
const maxSnapshots = 2

// acquire waits for one of the places for a costly operation. It returns false, after it has answered, if the client leaves first.
// Otherwise the caller receives from places when it is done.
func (s *Server) acquire(places chan struct{}, w http.ResponseWriter, r *http.Request) bool {
	select {
	case places <- struct{}{}:
		return true
	case <-r.Context().Done():
		s.refuse(w, r, http.StatusServiceUnavailable, api.ErrorReasonCancelled, "", nil)
		return false
	}
}

// limitBody limits the size of a body, and the time in which it has to arrive.
func limitBody(w http.ResponseWriter, r *http.Request) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	if r.Body == http.NoBody {
		return
	}
	connection := http.NewResponseController(w)
	// A writer that is no connection, as in tests, has no deadlines, and needs none.
	_ = connection.SetReadDeadline(time.Now().Add(slowClient))
	limit := bodyLimit(r)
	r.Body = http.MaxBytesReader(w, &timedBody{r.Body, connection}, limit)
	if codingOf(r) == "gzip" {
		r.Body = http.MaxBytesReader(w, inflated(r.Body), limit)
	}
}

// bodyLimit returns the longest body that a request may have, in bytes.
func bodyLimit(r *http.Request) int64 {
	if r.URL.Path == snapshotPath {
		return maxSnapshot
	}
	return maxBody
}

// timedBody removes the read deadline at the body's end. net/http reads on to notice when the client leaves, and would take a
// deadline that passes for that.
type timedBody struct {
	io.ReadCloser
	connection *http.ResponseController
}

func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		_ = b.connection.SetReadDeadline(time.Time{})
	}
	return n, err
}
