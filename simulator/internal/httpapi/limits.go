package httpapi

import (
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
)

// maxBody is how much a request may send, in bytes, and maxSnapshot how much a snapshot may have: some 100,000 tasks. To restore
// one takes up to five times that, and six times with a data folder.
const (
	maxBody     = 1 << 20
	maxSnapshot = 256 << 20
)

// slowClient is how long a client may take to send its body, and to take in each piece of an answer. A limit on the
// whole request would not do: waits and event streams last as long as their clients wish.
const slowClient = time.Minute

// maxSnapshots is how many snapshots are taken or restored at a time, or scenarios loaded: each holds the world a few times
// over.
const maxSnapshots = 2

// acquire takes one of the places for something costly, and waits for it if need be. Where the client has gone before, it
// answers that and returns false. A caller that it let in receives from places when it is done.
func (s *Server) acquire(places chan struct{}, w http.ResponseWriter, r *http.Request) bool {
	select {
	case places <- struct{}{}:
		return true
	case <-r.Context().Done():
		s.refuse(w, r, http.StatusServiceUnavailable, api.ErrorReasonCancelled, "", nil)
		return false
	}
}

// limitBody bounds a body in size and time.
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

// bodyLimit is how much a request may send.
func bodyLimit(r *http.Request) int64 {
	if r.URL.Path == snapshotPath {
		return maxSnapshot
	}
	return maxBody
}

// timedBody lifts the deadline when the body has come: net/http goes on reading, to notice when the client leaves, and
// takes a deadline that passes for that.
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
