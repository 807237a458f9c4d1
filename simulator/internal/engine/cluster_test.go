package engine_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/backend"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/engine"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/store"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// numbered returns ids that count from 1.
func numbered() func() string {
	n := 0
	return func() string {
		n++
		return fmt.Sprintf("00000000-0000-4000-8000-%012d", n)
	}
}

func TestEveryNewWorldIsANewCluster(t *testing.T) {
	t.Parallel()
	e := newEngine(t, engine.Options{NewID: numbered(), Scenario: engine.Scenario{Name: "small"}})
	taken := e.Snapshot()
	want := func(what string, number int, name string) {
		t.Helper()
		c := backend.Info{ID: fmt.Sprintf("00000000-0000-4000-8000-%012d", number), Name: name, Ephemeral: true}
		if got := e.Cluster(); got != c {
			t.Errorf("%s: %+v, want %+v", what, got, c)
		}
	}
	want("a start", 1, "small")
	if err := e.Reset(); err != nil {
		t.Fatal(err)
	}
	want("a reset", 2, "small")
	if err := e.Load(engine.Scenario{}, e.Config()); err != nil {
		t.Fatal(err)
	}
	want("another scenario", 3, "custom")
	if err := e.Restore(taken, e.Config()); err != nil {
		t.Fatal(err)
	}
	want("a snapshot", 1, "small")
	taken.Cluster = ""
	if err := e.Restore(taken, e.Config()); err != nil {
		t.Fatal(err)
	}
	want("a snapshot without an id", 4, "small")
	taken.Cluster = "x"
	if err := e.Restore(taken, e.Config()); err == nil {
		t.Error("a snapshot of cluster x was restored")
	}
	want("a refused snapshot", 4, "small")
}

func TestCommandsForAnotherCluster(t *testing.T) {
	t.Parallel()
	e := newEngine(t, engine.Options{Mode: engine.Manual, NewID: numbered()})
	id := e.Cluster().ID
	create(t, e)
	if err := e.Reset(); err != nil {
		t.Fatal(err)
	}
	create(t, e)
	err := e.DoIn(id, world.DeleteTask{Task: "task-001"}, func(*world.World, world.Result) { t.Error("it was carried out") })
	var wrong *backend.WrongClusterError
	if !errors.As(err, &wrong) || *wrong != (backend.WrongClusterError{Cluster: e.Cluster().ID, Wanted: id}) {
		t.Errorf("a command for the cluster of before the reset: %v", err)
	}
	status(t, e, "task-001") // it is there
	if err := e.DoIn(e.Cluster().ID, world.DeleteTask{Task: "task-001"}, nil); err != nil {
		t.Error(err)
	}
}

// However resets and commands meet, no command reaches another cluster than its own.
func TestCommandsAmongResets(t *testing.T) {
	t.Parallel()
	e := newEngine(t, engine.Options{Mode: engine.Manual})
	id := e.Cluster().ID
	create(t, e)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 20 {
				if err := e.Reset(); err != nil {
					t.Error(err)
				}
			}
		})
		all.Go(func() {
			for e.CheckCluster(id) == nil {
				name := "changed"
				_ = e.DoIn(id, world.UpdateTask{Task: "task-001", TaskName: &name}, nil)
			}
			for range 20 {
				err := e.DoIn(id, world.CreateTask{}, nil)
				if wrong := (*backend.WrongClusterError)(nil); !errors.As(err, &wrong) {
					t.Errorf("a creation in a cluster that is gone: %v", err)
				}
			}
		})
	}
	all.Wait()
}

// clusterRecord is the saved id's record, and "" where there is none.
func (d *disk) clusterRecord() string {
	saved := d.saved()
	i := slices.IndexFunc(saved, func(r store.Record) bool { return r.Kind == "cluster" })
	if i < 0 {
		return ""
	}
	return string(saved[i].Data)
}

func TestASavedClusterKeepsItsID(t *testing.T) {
	t.Parallel()
	d, next := &disk{}, numbered()
	start := func(saved []store.Record) *engine.Engine {
		t.Helper()
		return newEngine(t, engine.Options{Mode: engine.Manual, NewID: next, Store: d, Saved: saved})
	}
	e := start(nil)
	first := e.Cluster()
	if first.Ephemeral {
		t.Error("a cluster that is saved is ephemeral")
	}
	if again := start(d.saved()).Cluster(); again != first {
		t.Errorf("after a restart it is %+v, and was %+v", again, first)
	}
	if err := e.Reset(); err != nil {
		t.Fatal(err)
	}
	settle(t, e)
	second := e.Cluster()
	if again := start(d.saved()).Cluster(); again != second || second == first {
		t.Errorf("after a reset and a restart it is %+v, was %+v and before that %+v", again, second, first)
	}

	// A folder from before clusters had ids gets one, which is saved before anybody can ask for it.
	old := slices.DeleteFunc(d.saved(), func(r store.Record) bool { return r.Kind == "cluster" })
	delete(d.records, "cluster/")
	third := start(old).Cluster()
	if third == second || !strings.Contains(d.clusterRecord(), third.ID) {
		t.Errorf("an old folder's cluster is %+v, saved as %s", third, d.clusterRecord())
	}
	commits := d.commits
	e = start(d.saved())
	if again := e.Cluster(); again != third || d.commits != commits {
		t.Errorf("after another restart it is %+v, was %+v, and %d commits were made", again, third, d.commits-commits)
	}
	// The id of an old folder is saved once.
	d.records["cluster/"] = store.Record{}
	create(t, e)
	settle(t, e)
	if d.clusterRecord() != "" {
		t.Errorf("the id was saved again: %s", d.clusterRecord())
	}

	full := errors.New("no space left on device")
	if _, err := engine.New(engine.Options{Config: e.Config(), Store: &disk{fails: full}, Saved: old}); !errors.Is(err, full) {
		t.Errorf("an old folder on a full disk: %v", err)
	}
}
