package httpapi

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/backend"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/text"
)

const (
	maxDelay = 10 * time.Minute
	// Each request is compared with every fault, so their number and the length of their patterns are limited.
	maxFaults      = 1000
	maxFaultMethod = 64   // bytes
	maxFaultPath   = 1024 // likewise
)

// checkFault returns the delay of a fault. The error names the first field that is wrong.
func checkFault(f *api.FaultRequest) (delay time.Duration, err error) {
	if f.Delay != "" {
		delay, err = des.ParseDuration(f.Delay)
		if err != nil || delay <= 0 || delay > maxDelay {
			return 0, invalidValue("delay", text.WantDelay)
		}
	}
	switch {
	case f.Status == 0 && f.Delay == "" && f.Cut == "":
		return 0, invalidValue("", text.WantEffect)
	case f.Status != 0 && (f.Status < 400 || f.Status > 599):
		return 0, invalidValue("status", text.WantFailureStatus)
	case f.Cut != "" && f.Cut != api.FaultCutBefore && f.Cut != api.FaultCutAfter:
		return 0, invalidValue("cut", text.WantCut)
	case f.Cut != "" && f.Status != 0:
		return 0, invalidValue("cut", text.CutOrStatus)
	case f.RetryAfter != nil && (f.Status == 0 || *f.RetryAfter < 0):
		return 0, invalidValue("retryAfter", text.WantRetryAfter)
	case f.Count != nil && *f.Count < 1:
		return 0, invalidValue("count", text.WantCount)
	case f.Probability != nil && !(*f.Probability > 0 && *f.Probability <= 1):
		return 0, invalidValue("probability", text.WantProbability)
	case len(f.Method) > maxFaultMethod:
		return 0, invalidValue("method", text.MethodTooLong)
	case len(f.Path) > maxFaultPath:
		return 0, invalidValue("path", text.PathTooLong)
	case f.Path != "" && !isPattern(f.Path):
		return 0, invalidValue("path", text.WantPattern)
	}
	return delay, nil
}

type fault struct {
	api.Fault
	number int // of the fault among all that were made
	delay  time.Duration
	random *rand.Rand
}

// faults are the injected faults. It is safe for concurrent use.
type faults struct {
	seed uint64

	mu   sync.Mutex
	made int
	list []*fault
}

func newFaults(seed uint64) *faults { return &faults{seed: seed} }

// spent reports whether the fault has been applied as often as its count says.
func (f *fault) spent() bool { return f.Count != nil && f.Hits >= *f.Count }

// add adds a fault. If there are maxFaults, it takes the place of the oldest one that is spent.
func (f *faults) add(r api.FaultRequest) (fault, error) {
	delay, err := checkFault(&r)
	if err != nil {
		return fault{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.list) >= maxFaults {
		oldest := slices.IndexFunc(f.list, (*fault).spent)
		if oldest < 0 {
			return fault{}, &badRequest{
				status: http.StatusConflict, reason: api.ErrorReasonTooManyFaults, details: map[string]any{"maximum": maxFaults},
			}
		}
		f.list = slices.Delete(f.list, oldest, oldest+1)
	}
	f.made++
	id := fmt.Sprintf("fault-%03d", f.made)
	made := &fault{Fault: api.Fault{
		ID: id, Method: r.Method, Path: r.Path, Status: r.Status, RetryAfter: r.RetryAfter, Delay: r.Delay, Cut: r.Cut, Count: r.Count,
		Probability: r.Probability,
	}, number: f.made, delay: delay, random: des.Stream(f.seed, "fault", id)}
	f.list = append(f.list, made)
	return *made, nil
}

// match returns the fault that applies to a request and counts the hit.
func (f *faults) match(method string, path []string) (fault, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.list {
		if c.spent() || c.Method != "" && !strings.EqualFold(c.Method, method) || !pathMatches(c.Path, path) {
			continue
		}
		if c.Probability != nil && c.random.Float64() >= *c.Probability {
			continue
		}
		c.Hits++
		return *c, true
	}
	return fault{}, false
}

func (f *faults) all() []fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := make([]fault, len(f.list))
	for i, c := range f.list {
		list[i] = *c
	}
	return list
}

func (f *faults) remove(id string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := len(f.list)
	f.list = slices.DeleteFunc(f.list, func(c *fault) bool { return c.ID == id })
	return len(f.list) < n
}

// clear removes all faults. Ids are not used again.
func (f *faults) clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = nil
}

// reset removes all faults and numbers new ones from 1, so that a test that runs again gets the same ids.
func (f *faults) reset() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.made, f.list = 0, nil
}

// injectFaults applies the first matching fault to a request.
func (s *controlPlane) injectFaults(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, apiPrefix) {
			next.ServeHTTP(w, r)
			return
		}
		f, ok := s.faults.match(r.Method, segments(r.URL))
		if !ok {
			next.ServeHTTP(w, r)
			return
		}
		exchangeOf(r).fault = f.ID
		if f.Status != 0 || f.Cut == api.FaultCutBefore {
			// The journal shows the body, which no handler will read.
			_, _ = io.Copy(io.Discard, r.Body)
		}
		if f.delay > 0 {
			timer := time.NewTimer(f.delay)
			defer timer.Stop()
			select {
			case <-timer.C:
			case <-r.Context().Done():
				panic(http.ErrAbortHandler)
			case <-s.closed:
				panic(http.ErrAbortHandler)
			}
		}
		switch {
		case f.Cut == api.FaultCutBefore:
			panic(http.ErrAbortHandler) // net/http cuts the connection without an answer
		case f.Cut == api.FaultCutAfter:
			next.ServeHTTP(discard{http.Header{}}, r)
			_ = s.engine.Settle() // the change is made, whatever becomes of the process
			panic(http.ErrAbortHandler)
		case f.Status != 0:
			if f.RetryAfter != nil {
				w.Header().Set("Retry-After", strconv.Itoa(*f.RetryAfter))
			}
			reason := api.ErrorReasonInjectedFault
			switch f.Status {
			case http.StatusTooManyRequests:
				reason = api.ErrorReasonTooManyRequests
			case http.StatusServiceUnavailable:
				reason = api.ErrorReasonServiceUnavailable
			}
			s.refuse(w, r, f.Status, reason, "", map[string]any{"faultId": f.ID})
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// discard is a ResponseWriter that drops the answer.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}

func (s *controlPlane) ListFaults(w http.ResponseWriter, r *http.Request) {
	list := backend.PlacedBy(s.faults.all(), func(f *fault) int { return f.number })
	answerList(s.Server, w, r, parseQuery(r), list, nil, func(f *fault) api.Fault { return f.Fault })
}

func (s *controlPlane) CreateFault(w http.ResponseWriter, r *http.Request) {
	var body api.FaultRequest
	if err := decode(r, &body); err != nil {
		s.fail(w, r, err)
		return
	}
	f, err := s.InjectFault(body)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, r, text.OK, f)
}

// checkReach refuses a fault whose method and path match no operation. The error names the nearest ones.
func (c *Control) checkReach(f *api.FaultRequest) error {
	if len(f.Path) > maxFaultPath || len(f.Method) > maxFaultMethod || f.Path != "" && !isPattern(f.Path) {
		return nil // what follows refuses it for that
	}
	methods := c.server.methodsOf(f.Path)
	if len(methods) == 0 {
		nearest := c.server.nearestRoutes(f.Path)
		return bad(api.ErrorReasonInvalidValue, "path", map[string]any{"nearest": nearest, "error": text.NoSuchPath(f.Path, nearest)})
	}
	if f.Method == "" || slices.ContainsFunc(methods, func(m string) bool { return strings.EqualFold(m, f.Method) }) {
		return nil
	}
	return bad(api.ErrorReasonInvalidValue, "method", map[string]any{
		"nearest": methods, "error": text.NoSuchMethod(f.Method, f.Path, methods),
	})
}

func (s *controlPlane) DeleteFaults(w http.ResponseWriter, r *http.Request) {
	s.ClearFaults()
	s.answer(w, r, text.Removed, nil)
}

func (s *controlPlane) DeleteFault(w http.ResponseWriter, r *http.Request) {
	if err := s.RemoveFault(pathID(r)); err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, r, text.Removed, nil)
}
