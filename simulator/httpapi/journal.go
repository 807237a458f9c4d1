package httpapi

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"unicode/utf8"
)

const (
	journalSize = 10_000
	journalBody = 64 << 10 // bytes kept of a body
)

type journalEntry struct {
	RequestID      string `json:"requestId"`
	Time           string `json:"time"`
	Method         string `json:"method"`
	Path           string `json:"path"`
	Query          string `json:"query,omitempty"`
	Status         int    `json:"status"`
	IdempotencyKey string `json:"idempotencyKey,omitempty"`
	UserAgent      string `json:"userAgent,omitempty"`
	Body           string `json:"body,omitempty"`
	FaultID        string `json:"faultId,omitempty"`
}

// journal keeps the last requests for tests to look at. Safe for concurrent use.
type journal struct {
	mu      sync.Mutex
	entries []journalEntry // a ring once it is full
	next    int
}

func (j *journal) add(e journalEntry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.entries) < journalSize {
		j.entries = append(j.entries, e)
		return
	}
	j.entries[j.next] = e
	j.next = (j.next + 1) % journalSize
}

// find returns the entries of a method and path, oldest first; empty means any.
func (j *journal) find(method, path string) []journalEntry {
	j.mu.Lock()
	defer j.mu.Unlock()
	found := []journalEntry{}
	for i := range j.entries {
		e := &j.entries[(j.next+i)%len(j.entries)]
		if (method == "" || strings.EqualFold(method, e.Method)) && pathMatches(path, e.Path) {
			found = append(found, *e)
		}
	}
	return found
}

func (j *journal) clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries, j.next = nil, 0
}

func (s *Server) entry(r *http.Request, e *exchange) journalEntry {
	return journalEntry{
		RequestID: e.requestID, Time: formatTime(s.engine.Clock().Now), Method: r.Method, Path: r.URL.Path,
		Query: r.URL.RawQuery, Status: e.status, IdempotencyKey: r.Header.Get("Idempotency-Key"),
		UserAgent: r.UserAgent(), Body: strings.ToValidUTF8(string(e.body), string(utf8.RuneError)), FaultID: e.fault,
	}
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

func (s *Server) listRequests(w http.ResponseWriter, r *http.Request) {
	q := parseQuery(r)
	method, _ := q.text("method")
	path, _ := q.text("path")
	p := q.page()
	if err := q.done(); err != nil {
		s.fail(w, r, err)
		return
	}
	answerPage(w, r, p, s.journal.find(method, path))
}

func (s *Server) deleteRequests(w http.ResponseWriter, r *http.Request) {
	s.journal.clear()
	s.answer(w, r, messageRemoved, nil)
}
