package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/engine"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// heartbeat is how often, in real time, a quiet stream shows that it is alive; proxies cut what is silent for longer.
const heartbeat = 15 * time.Second

// onePiece is how many bytes a client is sent at a time, and one event more: what has changed may be described at length.
const onePiece = 64 << 10

// stream is one client's view of what changes.
type stream struct {
	server  *Server
	english bool
	mark    engine.Mark // when it began
	kinds   []string    // wanted; empty for all
	task    string      // the only one wanted; empty for all
	number  uint64      // of the last change that was looked at
	told    uint64      // the last number that the client knows
	out     bytes.Buffer
}

var streamKinds = []string{
	string(api.ChangeKindTask), string(api.ChangeKindEnvironment), string(api.ChangeKindZone), string(api.ChangeKindNode),
	string(api.ChangeKindTemplate),
}

// StreamEvents sends what changes until the client leaves or the server closes. A client that does not take in what it
// is sent is cut off by the connection's write deadline; one that is only slow is told to start anew. A stream of one
// cluster ends with it: the client is told so, and its next request is refused.
func (s operations) StreamEvents(w http.ResponseWriter, r *http.Request) {
	q := parseQuery(r)
	t := &stream{server: s.Server, english: of(r).english, mark: of(r).mark, kinds: q.all("type")}
	for _, kind := range t.kinds {
		if !slices.Contains(streamKinds, kind) {
			q.fail("type", noneOf(kind, streamKinds))
		}
	}
	task, given := q.text("task")
	if given && len(t.kinds) == 0 {
		t.kinds = []string{string(engine.TaskChanged)}
	}
	if t.task = task; given && task == "" {
		q.fail("task", message{"应为任务 ID", "want a task's id"})
	}
	if err := q.done(); err != nil {
		s.fail(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("X-Accel-Buffering", "no") // a proxy that gathers output would hold events back
	if r.Method == http.MethodHead {
		w.WriteHeader(http.StatusOK)
		return
	}
	of(r).held = true
	t.begin(r.Header.Get("Last-Event-ID"))
	for err := error(nil); !errors.Is(err, engine.ErrClosed) && r.Context().Err() == nil; {
		if t.send(w) != nil || of(r).overruled {
			return
		}
		err = t.next(r.Context())
		if id := of(r).cluster; id != "" && s.engine.CheckCluster(id) != nil {
			t.out.Reset() // some of it may be of the other cluster
			t.reset(api.StreamResetReasonWorldReplaced)
			break
		}
	}
	_ = t.send(w)
}

// begin finds the client's place, and tells it how soon to come back and from where.
func (t *stream) begin(lastID string) {
	t.out.WriteString("retry: 1000\n")
	t.number = t.server.engine.LastChange()
	if lastID != "" {
		epoch, number, _ := strings.Cut(lastID, "-")
		n, err := strconv.ParseUint(number, 10, 64)
		if epoch != t.server.epoch || err != nil || n > t.number {
			t.reset(api.StreamResetReasonEventsLost)
			return
		}
		t.number = n
	}
	t.id()
	t.out.WriteByte('\n')
}

// next waits for changes and writes down those that the client wants, or a sign of life.
func (t *stream) next(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, heartbeat)
	defer cancel()
	err := t.server.engine.Follow(ctx, t.number, t.write)
	if err == nil {
		return nil
	}
	t.out.WriteString(": heartbeat\n")
	if t.told != t.number {
		t.id() // what was not for this client need not be looked at again
	}
	t.out.WriteByte('\n')
	return err
}

// write writes changes down, as many as are one piece. A state is told once, as it is now, in the place of its last change.
func (t *stream) write(wd *world.World, changes []engine.Change) {
	last := map[string]uint64{}
	for i := range changes {
		c := &changes[i]
		last[string(c.Kind)+c.ID] = c.Number
	}
	states := states{server: t.server, world: wd}
	for i := 0; i < len(changes) && t.out.Len() < onePiece; i++ {
		c := &changes[i]
		t.number = c.Number
		switch {
		case c.Kind == engine.WorldReplaced:
			t.reset(api.StreamResetReasonWorldReplaced)
		case c.Kind == engine.ChangesLost:
			t.reset(api.StreamResetReasonEventsLost)
		case len(t.kinds) > 0 && !slices.Contains(t.kinds, string(c.Kind)):
		case c.Kind != engine.TaskChanged:
			if c.Number == last[string(c.Kind)+c.ID] {
				t.event(string(c.Kind), states.of(c))
			}
		case t.task == "" || t.task == c.Event.Task:
			t.event(string(c.Kind), t.server.newTaskChange(&c.Event, t.english))
		}
	}
}

// states reads the world for a stream, each list only once.
type states struct {
	server       *Server
	world        *world.World
	environments []world.EnvironmentView
	zones        []world.ZoneView
}

// of returns the present state of what has changed.
func (s *states) of(c *engine.Change) any {
	switch c.Kind {
	case engine.EnvironmentChanged:
		if s.environments == nil {
			s.environments = s.world.Environments()
		}
		i := slices.IndexFunc(s.environments, func(v world.EnvironmentView) bool { return v.ID == c.ID })
		return newEnvironment(&s.environments[i])
	case engine.ZoneChanged:
		if s.zones == nil {
			s.zones = s.world.Zones()
		}
		i := slices.IndexFunc(s.zones, func(v world.ZoneView) bool { return v.ID == c.ID })
		return newZone(&s.zones[i])
	case engine.TemplateChanged:
		template, err := s.world.Template(c.ID)
		if err != nil {
			return api.TemplateChange{ID: c.ID}
		}
		now := s.server.newTemplate(&template)
		return api.TemplateChange{ID: c.ID, Template: &now}
	}
	node, _ := s.world.Node(c.ID) // what has changed exists
	return newNode(&node)
}

func (t *stream) id() {
	t.told = t.number
	fmt.Fprintf(&t.out, "id: %s-%d\n", t.server.epoch, t.number)
}

func (t *stream) event(name string, data any) {
	body, err := json.Marshal(data)
	if err != nil {
		panic(err) // as in write
	}
	t.id()
	fmt.Fprintf(&t.out, "event: %s\ndata: %s\n\n", name, body)
}

// Reset tells the client that what it knows may be out of date.
func (t *stream) reset(reason api.StreamResetReason) {
	t.event("reset", api.StreamReset{Reason: reason, Message: resetMessages[reason].in(t.english)})
}

// send sends what is written down, once it is on disk. The error is that it can't be saved, so that the client has to
// come back for it, or that the client has gone or can't be streamed to.
func (t *stream) send(w http.ResponseWriter) error {
	if err := t.server.engine.SettleSince(t.mark); err != nil {
		_, _ = w.Write(nil) // where no answer has begun, this one says so
		return err
	}
	if _, err := t.out.WriteTo(w); err != nil {
		return err
	}
	return http.NewResponseController(w).Flush()
}
