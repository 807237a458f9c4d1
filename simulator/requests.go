package simulator

import (
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/httpapi"
)

// Request is a request under /api/v1 that was answered, or cut.
type Request struct {
	ID             string    // as X-Request-Id has it
	Time           time.Time // virtual, in milliseconds
	Method         string
	Path           string // without the query
	Query          string
	Status         int    // 0 when the connection was cut before an answer
	ClusterID      string // the Fermi-Cluster-Id that was sent
	IdempotencyKey string
	UserAgent      string
	Body           string // its first 64 KiB
	FaultID        string // of the fault that was applied; "" for none
}

// Requests returns the handle on the journal of requests.
func (s *Simulator) Requests() *Requests { return &Requests{s.server.Control()} }

// Requests is the journal of requests. It keeps the last 10,000, of 32 MiB at most, until it is cleared, the world is reset or
// the process ends.
type Requests struct{ control *httpapi.Control }

// List returns the requests, in the order in which they ended.
func (r *Requests) List() []Request {
	entries := r.control.Requests()
	list := make([]Request, len(entries))
	for i := range entries {
		e := &entries[i]
		at, _ := time.Parse(time.RFC3339, e.Time) // the simulator wrote it
		list[i] = Request{
			ID: e.RequestID, Time: at, Method: e.Method, Path: e.Path, Query: e.Query, Status: e.Status, ClusterID: e.ClusterID,
			IdempotencyKey: e.IdempotencyKey, UserAgent: e.UserAgent, Body: e.Body, FaultID: e.FaultID,
		}
	}
	return list
}

// Clear empties the journal.
func (r *Requests) Clear() { r.control.ClearRequests() }
