package httpapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/backend"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/text"
)

// heartbeat is how often a quiet stream sends a comment, in real time. Proxies cut connections that are silent for longer.
const heartbeat = 15 * time.Second

// onePiece is how many bytes of events are sent at a time, plus the rest of the last event.
const onePiece = 64 << 10

// stream is one client's view of what changes.
type stream struct {
	server   *Server
	language text.Language
	mark     backend.Mark // when it began
	wanted   backend.Subscription
	number   uint64 // of the last change that was looked at
	told     uint64 // the last number that the client knows
	out      bytes.Buffer
}

var streamKinds = []string{
	string(api.ChangeKindTask), string(api.ChangeKindEnvironment), string(api.ChangeKindZone), string(api.ChangeKindNode),
	string(api.ChangeKindTemplate),
}

// StreamEvents sends changes until the client leaves or the server closes. The write deadline cuts off a client that reads
// nothing, and one that is too slow gets a reset. If the request names a cluster, the stream ends with a reset when the cluster is
// replaced.
func (s operations) StreamEvents(w http.ResponseWriter, r *http.Request) {
	q := parseQuery(r)
	t := &stream{server: s.Server, language: exchangeOf(r).language, mark: exchangeOf(r).mark}
	for _, kind := range q.all("type") {
		if !slices.Contains(streamKinds, kind) {
			q.fail("type", text.NoneOf(kind, streamKinds))
		}
		t.wanted.Kinds = append(t.wanted.Kinds, backend.ChangeKind(kind))
	}
	task, present := q.text("task")
	if present && len(t.wanted.Kinds) == 0 {
		t.wanted.Kinds = []backend.ChangeKind{backend.TaskChanged}
	}
	if t.wanted.Task = task; present && task == "" {
		q.fail("task", text.WantTaskID)
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
	exchangeOf(r).held = true
	t.begin(r.Header.Get("Last-Event-ID"))
	for err := error(nil); !errors.Is(err, backend.ErrClosed) && r.Context().Err() == nil; {
		if t.send(w) != nil || exchangeOf(r).overruled {
			return
		}
		err = t.next(r.Context())
		if id := exchangeOf(r).cluster; id != "" && s.checkCluster(id) != nil {
			t.out.Reset() // some of it may be of the other cluster
			t.reset(api.StreamResetReasonWorldReplaced)
			break
		}
	}
	_ = t.send(w)
}

// begin finds the change to go on from, and writes how soon and from where the client is to reconnect.
func (t *stream) begin(lastID string) {
	t.out.WriteString("retry: 1000\n")
	t.number = t.server.cluster.LastChange()
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

// next waits for changes and writes those that the client wants, or a heartbeat.
func (t *stream) next(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, heartbeat)
	defer cancel()
	last, err := t.server.cluster.Follow(ctx, t.number, t.wanted, func(c *backend.Change) bool {
		t.write(c)
		return t.out.Len() < onePiece
	})
	t.number = last
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

// write writes a change to the buffer.
func (t *stream) write(c *backend.Change) {
	t.number = c.Number
	s := t.server
	var data any
	switch c.Kind {
	case backend.WorldReplaced:
		t.reset(api.StreamResetReasonWorldReplaced)
		return
	case backend.ChangesLost:
		t.reset(api.StreamResetReasonEventsLost)
		return
	case backend.TaskChanged:
		data = s.newTaskChange(c.Event, t.language)
	case backend.EnvironmentChanged:
		data = newEnvironment(c.Environment)
	case backend.ZoneChanged:
		data = newZone(c.Zone)
	case backend.NodeChanged:
		data = newNode(c.Node)
	case backend.TemplateChanged:
		change := api.TemplateChange{ID: c.ID}
		if c.Template != nil {
			template := s.newTemplate(c.Template)
			change.Template = &template
		}
		data = change
	}
	t.event(string(c.Kind), data)
}

func (t *stream) id() {
	t.told = t.number
	fmt.Fprintf(&t.out, "id: %s-%d\n", t.server.epoch, t.number)
}

func (t *stream) event(name string, data any) {
	body := encode(data)
	t.id()
	fmt.Fprintf(&t.out, "event: %s\ndata: %s\n\n", name, body)
}

// reset writes that what the client knows is out of date.
func (t *stream) reset(reason api.StreamResetReason) {
	t.event("reset", api.StreamReset{Reason: reason, Message: text.StreamReset(t.language, reason)})
}

// send sends the buffer once its changes are on disk. It returns an error if they can't be saved or if the client has disconnected.
func (t *stream) send(w http.ResponseWriter) error {
	if t.server.durable != nil {
		if err := t.server.durable.SettleSince(t.mark); err != nil {
			_, _ = w.Write(nil) // begins the answer, if none has begun, so that it is replaced by a 503
			return err
		}
	}
	if _, err := t.out.WriteTo(w); err != nil {
		return err
	}
	return http.NewResponseController(w).Flush()
}
