package simulator

import (
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/httpapi"
)

// Fault makes requests under /api/v1 fail or take long. If several faults match a request, the oldest applies. At least one of Status,
// Delay and Cut must be set.
type Fault struct {
	// ID is the fault's name, such as fault-001. The simulator sets it.
	ID string
	// Method is the HTTP method of the requests that fail; "" is any.
	Method string
	// Path is the path of the requests that fail, such as /api/v1/training-tasks/*, where * stands for one segment; "" is any.
	Path string
	// Status is the status to answer with, 400 to 599. The call then changes nothing. 0 answers the call as usual.
	Status int
	// RetryAfter is sent with Status as Retry-After, in seconds. nil is 1 for the statuses 429 and 503, and none for others.
	RetryAfter *int
	// Delay is the real time to wait before the request is handled, at most 10 minutes.
	Delay time.Duration
	// Cut says when the connection is cut; "" is never. It excludes a Status.
	Cut Cut
	// Count is the number of requests that fail; 0 is no limit.
	Count int
	// Probability is the probability that a matching request fails, 0 to 1. 0 means always, as 1 does.
	Probability float64
	// Hits is the number of requests that have failed so far. The simulator sets it.
	Hits int
}

// Cut is when a fault cuts the connection.
type Cut string

// The cuts. CutBefore loses the request, before a change is made. CutAfter loses the answer: the change is made.
const (
	CutBefore Cut = Cut(api.FaultCutBefore)
	CutAfter  Cut = Cut(api.FaultCutAfter)
)

// Faults returns the handle on the injected faults.
func (s *Simulator) Faults() *Faults { return &Faults{s.server.Control()} }

// Faults makes requests of the API fail. Faults last until they are removed, their world is reset or the process ends.
type Faults struct{ control *httpapi.Control }

// Inject adds a fault, and returns its id. It ignores the fault's ID and Hits.
func (f *Faults) Inject(fault Fault) (id string, err error) {
	request := api.FaultRequest{
		Method: fault.Method, Path: fault.Path, Status: fault.Status, RetryAfter: fault.RetryAfter, Cut: api.FaultCut(fault.Cut),
	}
	if fault.Delay != 0 {
		request.Delay = fault.Delay.String()
	}
	if fault.Count != 0 {
		request.Count = &fault.Count
	}
	if fault.Probability != 0 {
		request.Probability = &fault.Probability
	}
	made, err := f.control.InjectFault(request)
	return made.ID, failed(err, "inject a fault")
}

// List returns the faults in force, oldest first.
func (f *Faults) List() []Fault {
	made := f.control.Faults()
	list := make([]Fault, len(made))
	for i := range made {
		list[i] = newFault(&made[i])
	}
	return list
}

func newFault(f *api.Fault) Fault {
	fault := Fault{
		ID: f.ID, Method: f.Method, Path: f.Path, Status: f.Status, RetryAfter: f.RetryAfter, Cut: Cut(f.Cut), Hits: f.Hits,
	}
	if f.Delay != "" {
		fault.Delay, _ = des.ParseDuration(f.Delay) // which was checked when the fault was made
	}
	if f.Count != nil {
		fault.Count = *f.Count
	}
	if f.Probability != nil {
		fault.Probability = *f.Probability
	}
	return fault
}

// Remove removes the fault with an id.
func (f *Faults) Remove(id string) error {
	err := f.control.RemoveFault(id)
	if err == nil {
		return nil
	}
	var ids []string
	for _, fault := range f.control.Faults() {
		ids = append(ids, fault.ID)
	}
	return notFound(err, "remove fault "+id, ids)
}

// Clear removes all faults.
func (f *Faults) Clear() { f.control.ClearFaults() }
