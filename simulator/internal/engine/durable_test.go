package engine_test

import (
	"context"
	"errors"
	"maps"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/engine"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/store"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// disk keeps what is committed to it, and fails or waits when told to.
type disk struct {
	mu      sync.Mutex
	records map[string]store.Record
	commits int
	probes  int
	fails   error
	gate    chan struct{} // unless nil, a commit takes one from it
}

func (d *disk) Commit(clears bool, records []store.Record) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.commits++
	if gate := d.gate; gate != nil {
		d.mu.Unlock()
		<-gate
		d.mu.Lock()
	}
	if d.fails != nil {
		return d.fails
	}
	if clears || d.records == nil {
		d.records = map[string]store.Record{}
	}
	for _, r := range records {
		if id := r.Kind + "/" + r.ID; r.Data == nil {
			delete(d.records, id)
		} else {
			d.records[id] = r
		}
	}
	return nil
}

func (d *disk) Load() ([]store.Record, error) { return d.saved(), nil }

func (d *disk) Probe() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.probes++
	return d.fails
}

// tried is how often it was probed.
func (d *disk) tried() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.probes
}

// spec is a task in an environment.
var spec = world.Spec{TaskName: "t", DatasetID: "dataset-001", DatasetVersionID: "version-001"}

// fill makes it fail with an error, or with nil no more.
func (d *disk) fill(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fails = err
}

func (d *disk) saved() []store.Record {
	d.mu.Lock()
	defer d.mu.Unlock()
	var list []store.Record
	for _, r := range d.records {
		list = append(list, r)
	}
	return list
}

// check holds what is on disk against the world.
func (d *disk) check(t *testing.T, e *engine.Engine) {
	t.Helper()
	want, got := map[string]string{}, map[string]string{}
	for _, r := range e.Snapshot().Records {
		want[r.Kind+"/"+r.ID] = string(r.Data)
	}
	for _, r := range d.saved() {
		if r.Kind != "scenario" && r.Kind != "clock" && r.Kind != "cluster" {
			got[r.Kind+"/"+r.ID] = string(r.Data)
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("the disk has another world: %s", cmp.Diff(want, got))
	}
}

func settle(t *testing.T, e *engine.Engine) {
	t.Helper()
	if err := e.Settle(); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsSettledIsOnDisk(t *testing.T) {
	t.Parallel()
	d := &disk{}
	e := newEngine(t, engine.Options{Mode: engine.Manual, Store: d})
	d.check(t, e)
	create(t, e)
	settle(t, e)
	d.check(t, e)
	before := d.commits
	settle(t, e)
	status(t, e, "task-001")
	settle(t, e)
	if d.commits != before {
		t.Errorf("%d commits for nothing", d.commits-before)
	}
	if _, err := e.Advance(t.Context(), 40*24*time.Hour); err != nil {
		t.Fatal(err)
	}
	settle(t, e)
	d.check(t, e)
	if err := e.Reset(); err != nil {
		t.Fatal(err)
	}
	settle(t, e)
	d.check(t, e)
}

// What meets a full disk is undone, and until there is room again nothing else is tried: what can be read is what is on
// disk, and time stands still.
func TestAFailedCommitIsUndone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := errors.New("no space left on device")
		d := &disk{}
		var told []error
		e := newEngine(t, engine.Options{Mode: engine.Manual, Store: d, Storage: func(err error) { told = append(told, err) }})
		defer e.Close()
		first := create(t, e)
		d.fill(full)
		refused := func(what string, err error) {
			t.Helper()
			var storage *engine.StorageError
			if !errors.As(err, &storage) || !errors.Is(err, full) {
				t.Errorf("%s: %v", what, err)
			}
		}
		mark := e.Mark()
		_, tried := e.Advance(t.Context(), time.Hour)
		if tried != nil {
			t.Fatal(tried)
		}
		refused("an hour that is not saved", e.SettleSince(mark))
		commits := d.commits
		refused("a creation", e.Do(world.CreateTask{Spec: spec}, nil))
		refused("a deletion", e.Do(world.DeleteTask{Task: first}, nil))
		refused("a reset", e.Reset())
		refused("a snapshot", e.Restore(e.Snapshot(), e.Config()))
		_, err := e.Advance(t.Context(), time.Hour)
		refused("an advance", err)
		_, err = e.AdvanceUntilIdle(t.Context())
		refused("an advance until idle", err)
		_, err = e.SetClock(engine.Auto, 0)
		refused("another clock", err)
		if d.commits != commits {
			t.Errorf("%d commits were tried on a full disk", d.commits-commits)
		}
		// Reading goes on.
		d.check(t, e)
		if err := e.Settle(); err != nil {
			t.Errorf("a reader of what is on disk: %v", err)
		}
		refused("readiness", e.Failing())

		probes := d.tried()
		<-time.After(10 * time.Second)
		synctest.Wait()
		if n := d.tried() - probes; n != 10 {
			t.Errorf("%d probes in ten seconds", n)
		}
		d.fill(nil)
		<-time.After(time.Second)
		synctest.Wait()
		if err := e.Failing(); err != nil || len(told) != 2 || told[1] != nil {
			t.Errorf("with room again: %v; told %v", err, told)
		}
		if second := create(t, e); second != "task-002" {
			t.Errorf("the next task is %s", second)
		}
		d.check(t, e)
		probes = d.tried()
		<-time.After(10 * time.Second)
		if d.tried() != probes {
			t.Error("it goes on probing")
		}
		if _, err := engine.New(engine.Options{Config: e.Config(), Store: &disk{fails: full}}); !errors.Is(err, full) {
			t.Errorf("a start on a full disk: %v", err)
		}
	})
}

// A start on a full disk serves what was saved, and goes on when there is room.
func TestAStartOnAFullDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{}
		e := newEngine(t, engine.Options{Mode: engine.Realtime, Wall: time.Now, Store: d})
		id := create(t, e)
		e.Close()
		d.fill(errors.New("no space left on device"))
		<-time.After(time.Hour) // much is due that can't be saved
		e = newEngine(t, engine.Options{Wall: time.Now, Store: d, Saved: d.saved()})
		defer e.Close()
		d.check(t, e)
		if s := status(t, e, id); s != world.Starting || e.Failing() == nil {
			t.Errorf("%s is %s, and it was saved as it started", id, s)
		}
		d.fill(nil)
		<-time.After(time.Second)
		synctest.Wait()
		if s := status(t, e, id); s != world.Running || e.Failing() != nil {
			t.Errorf("%s is %s after an hour, failing %v", id, s, e.Failing())
		}
	})
}

// The creation that meets the failure is undone, and so are those that came while it was on its way.
func TestWhatWaitsForAFailedCommitIsUndone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{}
		e := newEngine(t, engine.Options{Mode: engine.Realtime, Wall: time.Now, Store: d})
		defer e.Close()
		create(t, e)
		gate := make(chan struct{})
		d.gate, d.fails = gate, errors.New("no space left on device")
		errs := make(chan error, 8)
		for range cap(errs) {
			go func() { errs <- e.Do(world.CreateTask{Spec: spec}, nil) }()
		}
		synctest.Wait()
		close(gate)
		for range cap(errs) {
			if err := <-errs; err == nil {
				t.Error("a creation was acknowledged")
			}
		}
		d.check(t, e)
		// A realtime clock goes on as if it had not stood still.
		before := e.Clock().Now
		<-time.After(20 * time.Second)
		if now := e.Clock().Now; !now.Equal(before) {
			t.Errorf("time went from %s to %s and could not be saved", before, now)
		}
		d.mu.Lock()
		d.fails = nil
		d.mu.Unlock()
		<-time.After(time.Second)
		synctest.Wait()
		if now := e.Clock().Now; now.Sub(before) < 20*time.Second {
			t.Errorf("with room again the clock shows %s, and showed %s", now, before)
		}
		create(t, e)
		d.check(t, e)
	})
}

// While one commit is on its way, all others gather in the next.
func TestCommitsAreShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &disk{}
		e := newEngine(t, engine.Options{Mode: engine.Manual, Store: d})
		gate := make(chan struct{})
		d.gate = gate
		before := d.commits
		const clients = 40
		var settled sync.WaitGroup
		for range clients {
			settled.Go(func() { create(t, e) })
		}
		synctest.Wait()
		close(gate)
		settled.Wait()
		if n := d.commits - before; n > 2 {
			t.Errorf("%d commits for %d clients, want 2: the first one's and all others'", n, clients)
		}
		d.check(t, e)
	})
}

func TestClocksAfterARestart(t *testing.T) {
	t.Parallel()
	wall := newWallClock()
	d := &disk{}
	restart := func(o engine.Options) *engine.Engine {
		o.Store, o.Wall, o.Saved = d, wall.Now, d.saved()
		return newEngine(t, o)
	}
	e := restart(engine.Options{Mode: engine.Realtime, Speed: 60})
	id := create(t, e)
	settle(t, e)
	began := e.Clock().Now
	// The cluster goes on while the API is down.
	wall.move(10 * time.Second)
	e = restart(engine.Options{NewMode: engine.Auto})
	if c := e.Clock(); c.Mode != engine.Realtime || c.Speed != 60 || !c.Now.Equal(began.Add(10*time.Minute)) {
		t.Errorf("after ten seconds at speed 60: %+v, begun at %s", c, began)
	}
	if s := status(t, e, id); s != world.Running {
		t.Errorf("%s is %s", id, s)
	}
	if _, err := e.SetClock(engine.Manual, 0); err != nil {
		t.Fatal(err)
	}
	settle(t, e)
	wall.move(time.Hour)
	e = restart(engine.Options{NewMode: engine.Auto})
	if c := e.Clock(); c.Mode != engine.Manual || !c.Now.Equal(began.Add(10*time.Minute)) {
		t.Errorf("a manual clock: %+v", c)
	}
	// What is asked for goes before what was saved.
	e = restart(engine.Options{Mode: engine.Realtime, Speed: 2})
	wall.move(time.Second)
	if c := e.Clock(); c.Mode != engine.Realtime || c.Speed != 2 || !c.Now.Equal(began.Add(10*time.Minute+2*time.Second)) {
		t.Errorf("another clock: %+v", c)
	}
	// A wall clock that was set back does not turn virtual time, and does not stop it either.
	if _, err := e.SetClock(engine.Realtime, 2); err != nil {
		t.Fatal(err)
	}
	settle(t, e)
	wall.move(-time.Hour)
	now := e.Clock().Now
	e = restart(engine.Options{})
	c := e.Clock()
	if c.Now.Before(began.Add(10*time.Minute)) || c.Now.After(now) {
		t.Errorf("an hour back: %s after %s", c.Now, now)
	}
	wall.move(10 * time.Second)
	if moved := e.Clock().Now.Sub(c.Now); moved != 20*time.Second {
		t.Errorf("ten seconds later, at speed 2, it has moved by %s", moved)
	}
}

func TestSavedStatesThatMakeNoSense(t *testing.T) {
	t.Parallel()
	d := &disk{}
	e := newEngine(t, engine.Options{Mode: engine.Manual, Store: d})
	for _, test := range []struct{ kind, data, says string }{
		{"clock", `{"version":3}`, "newer version"},
		{"clock", `{"version":1,"mode":"sundial","speed":1}`, "sundial"},
		{"clock", `{"version":1,"mode":"manual","speed":-1}`, "speed"},
		{"clock", `{"version":1,"mode":"manual","speed":1,"at":-1}`, "clock"},
		{"clock", `{"version":1,"mode":"manual","speed":1,"start":"9999-01-01T00:00:00Z"}`, "out of range"},
		{"clock", `{"version":1,"tz":"UTC"}`, `unknown field "tz"`},
		{"clock", `{} {}`, "clock"},
		{"cluster", `{"version":2}`, "newer version"},
		{"cluster", `{"version":1}`, "no id"},
		{"cluster", `{"version":1,"id":"task-001"}`, "no UUID"},
		{"cluster", `{"version":1,"name":"c"}`, `unknown field "name"`},
		{"scenario", `[]`, "scenario"},
		{"world", `{"version":99}`, "newer version"},
		{"planet", `{}`, "newer version"},
	} {
		saved := d.saved()
		found := false
		for i := range saved {
			if saved[i].Kind == test.kind {
				saved[i].Data, found = []byte(test.data), true
			}
		}
		if !found {
			saved = append(saved, store.Record{Kind: test.kind, Data: []byte(test.data)})
		}
		_, err := engine.New(engine.Options{Config: e.Config(), Store: d, Saved: saved})
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s %s: %v, want %q", test.kind, test.data, err, test.says)
		}
	}
	if _, _, err := engine.SavedWorld(d.saved()[:1]); err == nil {
		t.Error("one record is a whole world")
	}
}

// A long advance is taken in slices: others get in between, and its client may leave.
func TestAdvancesLetOthersIn(t *testing.T) {
	t.Parallel()
	const long = 199 * 365 * 24 * time.Hour
	seen, begun := make(chan time.Time, 1), sync.OnceFunc(func() {})
	e := newEngine(t, engine.Options{Mode: engine.Manual, Observe: func([]world.Event) { begun() }})
	began := e.Clock().Now
	// Another client comes while the first slice runs.
	begun = sync.OnceFunc(func() { go func() { seen <- e.Clock().Now }() })
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := e.Advance(ctx, long)
		done <- err
	}()
	if now := <-seen; !now.Before(began.Add(long)) {
		t.Errorf("another client had to wait until %s", now)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("an advance whose client has left ended with %v", err)
	}
	if c := e.Clock(); !c.Now.Before(began.Add(long)) {
		t.Errorf("it went on to %s", c.Now)
	}
	if err := e.Reset(); err != nil {
		t.Fatal(err)
	}
	replaced := make(chan error, 1)
	begun = sync.OnceFunc(func() { go func() { replaced <- e.Reset() }() })
	if _, err := e.Advance(t.Context(), long); !errors.Is(err, engine.ErrReplaced) {
		t.Errorf("an advance of a world that is no more ended with %v", err)
	}
	if err := <-replaced; err != nil {
		t.Error(err)
	}
}

func TestSnapshotsCarryAWorldToAnotherEngine(t *testing.T) {
	t.Parallel()
	e := newEngine(t, engine.Options{Mode: engine.Manual})
	id := create(t, e)
	if _, err := e.Advance(t.Context(), time.Minute); err != nil {
		t.Fatal(err)
	}
	taken := e.Snapshot()
	wall := newWallClock()
	other := newEngine(t, engine.Options{Mode: engine.Realtime, Wall: wall.Now})
	if err := other.Restore(taken, e.Config()); err != nil {
		t.Fatal(err)
	}
	if s, c := status(t, other, id), other.Clock(); s != world.Running || !c.Now.Equal(e.Clock().Now) || c.Mode != engine.Realtime {
		t.Errorf("%s is %s at %+v", id, s, c)
	}
	wall.move(time.Minute)
	if now := other.Clock().Now; !now.Equal(e.Clock().Now.Add(time.Minute)) {
		t.Errorf("a minute later it is %s", now)
	}
	taken.Records = taken.Records[1:]
	if err := other.Restore(taken, e.Config()); err == nil {
		t.Error("half a snapshot was restored")
	}
	if s := status(t, other, id); s != world.Running {
		t.Errorf("after a refused snapshot %s is %s", id, s)
	}
}
