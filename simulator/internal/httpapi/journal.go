package httpapi

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/backend"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/text"
)

// The journal drops its oldest entries beyond either limit.
const (
	journalSize  = 10_000   // entries
	journalBytes = 32 << 20 // of all their texts
	journalBody  = 64 << 10 // bytes kept of a body
)

// journalEntry is a request as the journal shows it.
type journalEntry struct {
	api.JournalEntry
	number   int      // of the entry among all that were made
	segments []string // of the path
}

// size is how many bytes the entry's texts take.
func (e *journalEntry) size() int {
	return len(e.RequestID) + len(e.Time) + len(e.Method) + len(e.Path) + len(e.Query) + len(e.ClusterID) +
		len(e.IdempotencyKey) + len(e.UserAgent) + len(e.Body) + len(e.FaultID)
}

// journal keeps the last requests for tests to look at. Safe for concurrent use.
type journal struct {
	mu      sync.Mutex
	entries []journalEntry // oldest first
	bytes   int
	made    int // entries, with those that are forgotten
}

func (j *journal) add(e journalEntry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.made++
	e.number = j.made
	j.entries = append(j.entries, e)
	j.bytes += e.size()
	for len(j.entries) > journalSize || j.bytes > journalBytes {
		j.bytes -= j.entries[0].size()
		j.entries[0] = journalEntry{} // the list's memory lives on until it is moved; the texts must not
		j.entries = j.entries[1:]
	}
}

// find returns the entries that are wanted, oldest first.
func (j *journal) find(wanted func(*journalEntry) bool) []journalEntry {
	j.mu.Lock()
	defer j.mu.Unlock()
	var found []journalEntry
	for i := range j.entries {
		if wanted(&j.entries[i]) {
			found = append(found, j.entries[i])
		}
	}
	return found
}

func (j *journal) clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries, j.bytes = nil, 0
}

func (s *controlPlane) entry(r *http.Request, e *exchange) journalEntry {
	return journalEntry{JournalEntry: api.JournalEntry{
		RequestID: e.requestID, Time: formatTime(s.cluster.Now()), Method: r.Method, Path: shownPath(r.URL),
		Query: r.URL.RawQuery, Status: e.status, ClusterID: r.Header.Get(clusterHeader),
		IdempotencyKey: r.Header.Get("Idempotency-Key"), UserAgent: r.UserAgent(),
		Body: strings.ToValidUTF8(string(e.body), string(utf8.RuneError)), FaultID: e.fault,
	}, segments: segments(r.URL)}
}

// shownPath is the path for people to read: decoded, unless an id has a slash, which would then look like one between segments.
func shownPath(u *url.URL) string {
	if strings.Contains(strings.ToUpper(u.EscapedPath()), "%2F") {
		return u.EscapedPath()
	}
	return u.Path
}

// journaledBody keeps the first part of what is read through it.
type journaledBody struct {
	io.ReadCloser
	exchange *exchange
}

func (b *journaledBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	kept := &b.exchange.body
	*kept = append(*kept, p[:min(n, journalBody-len(*kept))]...)
	return n, err
}

func (s *controlPlane) ListRequests(w http.ResponseWriter, r *http.Request) {
	q := parseQuery(r)
	method, _ := q.text("method")
	path, _ := q.text("path")
	if path != "" && !isPattern(path) {
		q.fail("path", text.WantPattern)
	}
	status := q.integer("status", -1, 0, 599)
	found := s.journal.find(func(e *journalEntry) bool {
		return (method == "" || strings.EqualFold(method, e.Method)) && pathMatches(path, e.segments) && (status < 0 || status == e.Status)
	})
	list := backend.PlacedBy(found, func(e *journalEntry) int { return e.number })
	answerList(s.Server, w, r, q, list, nil, func(e *journalEntry) api.JournalEntry { return e.JournalEntry })
}

func (s *controlPlane) DeleteRequests(w http.ResponseWriter, r *http.Request) {
	s.ClearRequests()
	s.answer(w, r, text.Removed, nil)
}
