package httpapi_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/contract"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/engine"
)

const events = "/api/v1/events"

var schemas = sync.OnceValue(func() openapi3.Schemas {
	document, err := openapi3.NewLoader().LoadFromData(contract.OpenAPI)
	if err != nil {
		panic(err)
	}
	return document.Components.Schemas
})

// streamEvent is one event of a stream, or a comment.
type streamEvent struct {
	ID, Name, Comment string
	Data              map[string]any
}

// text is the event in short: its name and what it is about.
func (e streamEvent) text() string {
	about := []string{e.Name}
	for _, field := range []string{"taskId", "type", "status", "phase", "id", "state", "reason"} {
		if field == "type" && e.Name != "task" {
			continue
		}
		if v, ok := e.Data[field].(string); ok {
			about = append(about, v)
		}
	}
	return strings.Join(about, " ")
}

// tap is a client that reads a stream.
type tap struct {
	t    testing.TB
	body io.ReadCloser
	scan *bufio.Scanner
}

// open opens a stream through a connection; opened streams end with the test.
func (a *api) open(query string, headers ...string) *tap {
	a.t.Helper()
	pipe, w := io.Pipe()
	ctx, leave := context.WithTimeout(a.t.Context(), 2*time.Minute) // what a test waits for in vain
	r := request("GET", events+query, "", headers...).WithContext(ctx)
	started := make(chan http.Header, 1)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		a.server.ServeHTTP(&pipeWriter{w, http.Header{}, started}, r)
		_ = w.Close()
	}()
	t := &tap{a.t, pipe, bufio.NewScanner(pipe)}
	a.t.Cleanup(func() {
		leave()
		_ = pipe.Close()
		<-ended
	})
	h := <-started
	equal(a.t, "content type", h.Get("Content-Type"), "text/event-stream; charset=utf-8")
	if h.Get("X-Request-Id") == "" || h.Get("Cache-Control") != "no-store" {
		a.t.Errorf("headers %v", h)
	}
	return t
}

// pipeWriter is a connection to a client that reads at its own pace.
type pipeWriter struct {
	*io.PipeWriter
	header  http.Header
	started chan http.Header
}

func (p *pipeWriter) Header() http.Header { return p.header }
func (p *pipeWriter) WriteHeader(int)     {}
func (p *pipeWriter) Flush()              {}
func (p *pipeWriter) Write(b []byte) (int, error) {
	select {
	case p.started <- p.header:
	default:
	}
	return p.PipeWriter.Write(b)
}

// block reads up to the next empty line; false at the end of the stream.
func (s *tap) block() (e streamEvent, ok bool) {
	s.t.Helper()
	for s.scan.Scan() {
		name, value, _ := strings.Cut(s.scan.Text(), ": ")
		switch name {
		case "":
			if value == "" && s.scan.Text() == "" {
				return e, true
			}
			e.Comment = value
		case "id":
			e.ID = value
		case "event":
			e.Name = value
		case "data":
			if err := json.Unmarshal([]byte(value), &e.Data); err != nil {
				s.t.Errorf("%v in %s", err, value)
			}
			s.hold(e)
		case "retry":
		default:
			s.t.Errorf("line %q", s.scan.Text())
		}
	}
	return e, false
}

// hold holds an event's data against the contract.
func (s *tap) hold(e streamEvent) {
	schema := map[string]string{
		"task": "TaskChange", "environment": "DevEnvironment", "zone": "AvailabilityZone", "node": "Node",
		"template": "TemplateChange", "reset": "StreamReset",
	}[e.Name]
	if err := schemas()[schema].Value.VisitJSON(e.Data); err != nil {
		s.t.Errorf("event %s violates openapi.yaml: %v\n%v", e.Name, err, e.Data)
	}
}

// next reads the next event, whatever signs of life come before it.
func (s *tap) next() streamEvent {
	s.t.Helper()
	for {
		e, ok := s.block()
		if !ok {
			s.t.Fatal("the stream ended")
		}
		if e.Name != "" {
			if e.ID == "" {
				s.t.Errorf("event %s has no id", e.text())
			}
			return e
		}
	}
}

// until reads events until one is about this, and returns all of them in short.
func (s *tap) until(about string) []string {
	s.t.Helper()
	var all []string
	for {
		e := s.next()
		all = append(all, e.text())
		if e.text() == about {
			return all
		}
	}
}

func TestStreamTellsWhatHappens(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	s := a.open("", "Accept-Language: en")
	a.create(existing("env-001"))
	created := s.next()
	equal(t, "a creation", created.Data, map[string]any{
		"taskId": "task-001", "time": "2024-12-08T10:00:00Z", "type": "created", "status": "starting", "phase": "mounting_data",
		"message": "the task was created",
	})
	if !strings.HasSuffix(created.ID, "-2") {
		t.Errorf("the first event after the start has id %q", created.ID)
	}
	environment := s.next()
	equal(t, "its environment", []any{environment.text(), environment.Data["activeTasks"]}, []any{"environment running env-001", 1.0})
	a.create(dynamic("az-sz-a", "A100", 16))
	equal(t, "a dynamic task", s.until("node az-sz-a-a100-02 up"), []string{
		"task task-002 created", "task task-002 placed allocating finding_nodes", "zone az-sz-a", "node az-sz-a-a100-01 up",
		"node az-sz-a-a100-02 up",
	})
	a.create(dynamic("az-sz-a", "A100", 1))
	equal(t, "one that waits", s.until("zone az-sz-a"),
		[]string{"task task-003 created", "task task-003 queued queued NO_ROOM", "zone az-sz-a"})
	a.ok("PATCH", tasks+"/task-003", `{"description":"d"}`)
	equal(t, "an edit", s.next().text(), "task task-003 updated queued")
	a.ok("DELETE", tasks+"/task-003", "")
	equal(t, "a deletion", s.until("zone az-sz-a"), []string{
		"task task-003 status stopped STOPPED_BY_USER", "task task-003 deleted stopped", "zone az-sz-a",
	})
	a.ok("POST", "/sim/v1/nodes/az-sz-a-t4-01/drain", "")
	equal(t, "a drained node", s.until("node az-sz-a-t4-01 draining"), []string{"zone az-sz-a", "node az-sz-a-t4-01 draining"})
	a.stopEnvironments("env-001")
	equal(t, "a stopped environment", s.until("environment stopped env-001"), []string{
		"task task-001 status failed ENVIRONMENT_STOPPED", "environment stopped env-001",
	})
	a.advance("10m")
	equal(t, "a start", s.until("task task-002 status running"), []string{
		"task task-002 phase allocating allocating_gpus", "task task-002 phase starting pulling_image",
		"task task-002 phase starting mounting_data", "task task-002 phase starting starting_container", "task task-002 status running",
	})
}

func TestStreamFilters(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	node, one, both := a.open("?type=node"), a.open("?task=task-002"), a.open("?type=zone&type=task&task=task-002")
	a.create(existing("env-001"))
	a.create(dynamic("az-sz-a", "A100", 8))
	free := func(gpus float64) {
		e := node.next()
		equal(t, "a node", []any{e.text(), e.Data["gpuFree"]}, []any{"node az-sz-a-a100-01 up", gpus})
	}
	free(0)
	a.ok("POST", tasks+"/task-001/stop", "")
	a.ok("POST", tasks+"/task-002/stop", "")
	free(8)
	equal(t, "one task", one.until("task task-002 status stopped STOPPED_BY_USER"), []string{
		"task task-002 created", "task task-002 placed allocating finding_nodes", "task task-002 status stopped STOPPED_BY_USER",
	})
	equal(t, "one task and the zones", both.until("task task-002 status stopped STOPPED_BY_USER")[0], "task task-002 created")
	for query, field := range map[string]string{"?type=queue": "type", "?type=": "type", "?task=": "task",
		"?task=a&task=b": "task", "?kind=task": "kind"} {
		got := a.call("GET", events+query, "")
		equal(t, query, []any{got.Status, got.Error.Field}, []any{400, field})
	}
}

// A client that comes back with the id of its last event misses nothing and gets nothing twice.
func TestStreamResumes(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	s := a.open("?type=task")
	begin, _ := s.block()
	for range 3 {
		a.create(dynamic("az-bj-a", "A100", 1))
	}
	var ids, texts []string
	for range 6 {
		e := s.next()
		ids, texts = append(ids, e.ID), append(texts, e.text())
	}
	for i, id := range append([]string{begin.ID}, ids[:5]...) {
		again := a.open("?type=task", "Last-Event-ID: "+id)
		for k := i; k < 6; k++ {
			e := again.next()
			equal(t, fmt.Sprintf("event %d after %d", k, i), []string{e.ID, e.text()}, []string{ids[k], texts[k]})
		}
	}
	// An id that this server never gave, or will give later, is no place to go on from.
	epoch, _, _ := strings.Cut(ids[0], "-")
	for _, id := range []string{"1", "abc-1", epoch, epoch + "-", epoch + "-999999", epoch + "-x", "\x01"} {
		lost := a.open("", "Last-Event-ID: "+id, "Accept-Language: en").next()
		equal(t, "after "+id, []any{lost.Name, lost.Data}, []any{"reset", map[string]any{
			"reason": "EVENTS_LOST", "message": "some events are remembered no more; load everything again",
		}})
	}
}

// What is too long ago is not remembered: the client is told, once, and goes on from there.
func TestStreamForgets(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	begin, _ := a.open("").block()
	do := func(n int) {
		for range n {
			for _, action := range []string{"drain", "restore"} {
				a.server.ServeHTTP(httptest.NewRecorder(), request("POST", "/sim/v1/nodes/az-bj-a-a100-01/"+action, ""))
			}
		}
	}
	do(2499) // of two changes each: 9,996 in all
	again := a.open("?type=zone", "Last-Event-ID: "+begin.ID)
	equal(t, "what is remembered", again.next().Name, "zone")
	do(2502)
	again = a.open("?type=task", "Last-Event-ID: "+begin.ID)
	lost := again.next()
	equal(t, "what is not", lost.text(), "reset EVENTS_LOST")
	a.create(existing("env-001"))
	equal(t, "the next event", again.next().text(), "task task-001 created starting mounting_data")
	resumed := a.open("?type=task", "Last-Event-ID: "+lost.ID)
	equal(t, "resumed after the reset", resumed.next().text(), "task task-001 created starting mounting_data")
}

// A client that falls behind holds nothing up, and is told that it missed something.
func TestSlowStream(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	s := a.open("?type=node")
	for range 10_050 {
		for _, action := range []string{"drain", "restore"} {
			a.server.ServeHTTP(httptest.NewRecorder(), request("POST", "/sim/v1/nodes/az-bj-a-a100-01/"+action, ""))
		}
	}
	for e := s.next(); e.text() != "reset EVENTS_LOST"; e = s.next() {
		equal(t, "before the reset", e.Name, "node")
	}
	a.ok("POST", "/sim/v1/nodes/az-bj-a-a100-02/drain", "")
	s.until("node az-bj-a-a100-02 draining")
}

func TestStreamOfAReset(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.create(existing("env-001"))
	s := a.open("")
	begin, _ := s.block()
	a.create(existing("env-001"))
	s.until("environment running env-001")
	a.ok("POST", "/sim/v1/reset", "")
	equal(t, "the stream goes on", s.next().text(), "reset WORLD_REPLACED")
	a.create(existing("env-001"))
	equal(t, "with the new world", s.next().text(), "task task-001 created starting mounting_data")
	equal(t, "a place in the old world", a.open("", "Last-Event-ID: "+begin.ID).next().Name, "reset")
}

func TestStreamNeedsOnlyAReader(t *testing.T) {
	t.Parallel()
	a := newAPI(t, func(s *setup) { s.Token, s.ReadOnlyToken = "s3cret", "r3ader" })
	equal(t, "without a token", a.call("GET", events, "").Status, 401)
	s := a.open("", "Authorization: Bearer r3ader")
	a.ok("POST", tasks, existing("env-001"), "Authorization: Bearer s3cret")
	equal(t, "an event", s.next().Name, "task")
}

// Nothing is told before it is on disk. Who was told that a change is lost reads anew, and is told what is saved later.
func TestStreamTellsOnlyWhatIsSaved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &fullDisk{}
		a := newAPI(t, func(s *setup) { s.Store = d })
		defer a.server.Close()
		s := a.open("")
		s.block()
		d.fill(true)
		equal(t, "a creation", a.call("POST", tasks, existing("env-001")).Status, 503)
		if e, ok := s.block(); ok {
			t.Errorf("what is not saved was told: %s", e.text())
		}
		while := a.open("")
		begin, _ := while.block()
		d.fill(false)
		<-time.After(time.Second)
		synctest.Wait()
		a.ok("POST", tasks, existing("env-001"))
		equal(t, "when there is room", while.next().text(), "task task-001 created starting mounting_data")
		equal(t, "from there on", a.open("", "Last-Event-ID: "+begin.ID).next().text(), "task task-001 created starting mounting_data")
	})
}

// In the bubble real time is simulated, and every goroutine must end with it.
func TestStreamLives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAPI(t)
		quiet, one := a.open(""), a.open("?task=task-007")
		begin, _ := one.block()
		_, _ = quiet.block()
		for range 3 {
			at := time.Now()
			e, ok := quiet.block()
			equal(t, "a quiet stream", []any{e, ok, time.Since(at)}, []any{streamEvent{Comment: "heartbeat"}, true, 15 * time.Second})
		}
		a.create(existing("env-001"))
		equal(t, "an event", quiet.next().Name, "task")
		for {
			// The sign of life carries the place beyond what is not for this client.
			if e, _ := one.block(); e.ID != "" {
				if e.ID == begin.ID || e.Name != "" {
					t.Errorf("%+v after %+v", e, begin)
				}
				break
			}
		}
		a.server.Close()
		for ok := true; ok; {
			_, ok = quiet.block()
		}
		for ok := true; ok; {
			_, ok = one.block()
		}
		equal(t, "a stream of a closed server", a.call("GET", events, "").Status, 200)
	})
}

// A realtime clock moves for a client that does nothing but listen.
func TestStreamOfARealtimeClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAPI(t, func(s *setup) { s.Mode, s.Speed = engine.Realtime, 60 })
		s := a.open("?type=task")
		began := time.Now()
		a.create(dynamic("az-bj-a", "A100", 4))
		s.until("task task-001 status running")
		if took := time.Since(began); took < 2*time.Second || took > 5*time.Second {
			t.Errorf("a start of two to five minutes took %s at speed 60", took)
		}
	})
}

// An auto clock stands still for one that listens.
func TestStreamOfAnAutoClock(t *testing.T) {
	t.Parallel()
	a := newAPI(t, auto)
	s := a.open("?type=task")
	a.create(existing("env-001"))
	s.next()
	equal(t, "now", a.server.Engine().Clock().Now, engine.VirtualStart)
}

// A stream through a connection ends with it, and what it was answered with has been sent as it happened.
func TestStreamThroughAConnection(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	server := httptest.NewServer(a.server)
	defer server.Close()
	answer, err := http.Get(server.URL + events)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	s := &tap{t, answer.Body, bufio.NewScanner(answer.Body)}
	a.create(existing("env-002"))
	equal(t, "an event", s.next().Name, "task")
	a.server.Close()
	for ok := true; ok; {
		_, ok = s.block()
	}
	if err := s.scan.Err(); err != nil {
		t.Errorf("the stream of a closing server ended with %v, want its end", err)
	}
}
