package world

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/catalog"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/queue"
)

// TaskView is a task as it is now. The maps and slices in it belong to the world.
type TaskView struct {
	ID string
	Spec
	Mode            LaunchMode
	EnvironmentID   string
	EnvironmentName string
	Status          Status
	Phase           Phase
	Reason          Reason
	Created         des.Time
	Started         *des.Time
	Finished        *des.Time
	Ran             time.Duration // since it started, until now or its end; 0 before
	Progress        float64       // 0–1
	Nodes           []string
	Cost            decimal.Decimal
	Restarts        int // after crashes and the loss of nodes
	Preemptions     int
	Revision        int
	// Expect sets these.
	QueuePosition  int // 1 is next; 0 when not queued
	EstimatedStart *des.Time
}

// Task returns a task. The error says whether there never was such a task, or it was purged.
func (w *World) Task(id string) (TaskView, error) {
	t, err := w.tasks.find(id)
	if err != nil {
		return TaskView{}, err
	}
	return w.life.view(t), nil
}

// TaskRef refers to a task on record. It has what tasks are filtered and sorted by, at less cost than a view. It is valid
// until the world changes.
type TaskRef struct {
	w *World
	t *task
}

// TaskName returns the task's name.
func (r TaskRef) TaskName() string { return r.t.TaskName }

// Labels returns the task's labels, which belong to the world.
func (r TaskRef) Labels() map[string]string { return r.t.Labels }

// Mode returns the task's launch mode.
func (r TaskRef) Mode() LaunchMode { return r.t.Mode }

// Status returns the task's status.
func (r TaskRef) Status() Status { return r.t.Status }

// View returns the task as it is now.
func (r TaskRef) View() TaskView { return r.w.life.view(r.t) }

// Tasks yields all tasks on record in the order of their creation, each with its number among all that were ever created,
// from 1 on.
func (w *World) Tasks() iter.Seq2[int, TaskRef] {
	return func(yield func(int, TaskRef) bool) {
		for i, t := range w.tasks.list {
			if t != nil && !yield(i+1, TaskRef{w, t}) {
				return
			}
		}
	}
}

// Expect sets the queue positions and expected starts of some tasks.
func (w *World) Expect(views []TaskView) {
	for i := range views {
		v := &views[i]
		t, err := w.tasks.find(v.ID)
		if err != nil {
			continue
		}
		v.QueuePosition = w.QueuePosition(v.ID)
		if at, ok := w.expectations.start(t); ok {
			v.EstimatedStart = &at
		}
	}
}

// QueuePosition returns the position of a task in its zone's queue, from 1; 0 if it does not wait.
func (w *World) QueuePosition(id string) int {
	t, err := w.tasks.find(id)
	if err != nil || t.Status != Queued {
		return 0
	}
	return w.queues.list[w.catalog.ZoneIndex(t.Resources.Zone)].Position(t.number)
}

// Status returns the status of a task; "" if it is not on record.
func (w *World) Status(id string) Status {
	t, err := w.tasks.find(id)
	if err != nil {
		return ""
	}
	return t.Status
}

// StartsAtOnce reports whether a dynamic task that asks for these resources would start now, without taking the place of others.
func (w *World) StartsAtOnce(r Resources, p Priority) bool {
	zone := w.catalog.ZoneIndex(r.Zone)
	if zone < 0 || !w.queues.hasRoom(r.request()) {
		return false
	}
	last := queue.Job{Request: r.request(), Priority: levels[p], Arrival: math.MaxInt64, Limit: math.MaxInt64}
	_, rivals := w.queues.list[zone].Ahead(w.cluster, last)
	return rivals == 0
}

// History returns what has happened to a task, the oldest first.
func (w *World) History(id string) ([]Event, error) {
	t, err := w.tasks.find(id)
	if err != nil {
		return nil, err
	}
	return slices.Clip(t.History), nil
}

// FormatUptime writes an uptime in whole days and hours: "5d3h", "3h".
func FormatUptime(d time.Duration) string {
	hours := int(d.Hours())
	if hours < 24 {
		return fmt.Sprintf("%dh", hours)
	}
	return fmt.Sprintf("%dd%dh", hours/24, hours%24)
}

// ZoneView is a zone as it is now.
type ZoneView struct {
	catalog.Zone
	Available   bool                     // whether a node takes new work
	GPUs        map[string]cluster.Count // by type
	QueueLength int
}

// Zones returns all zones in the configuration's order.
func (w *World) Zones() []ZoneView {
	views := make([]ZoneView, len(w.cfg.Zones))
	for i, z := range w.cfg.Zones {
		views[i] = ZoneView{Zone: z, GPUs: map[string]cluster.Count{}, QueueLength: w.queues.list[i].Len()}
		for _, name := range w.cluster.GPUTypes(z.ID) {
			views[i].GPUs[name] = w.cluster.Count(z.ID, name)
		}
	}
	for i := range w.cluster.Len() {
		if w.cluster.State(i) == cluster.Up {
			views[w.catalog.ZoneIndex(w.cluster.Node(i).Zone)].Available = true
		}
	}
	return views
}

// NodeView is a node as it is now.
type NodeView struct {
	cluster.Node
	State    cluster.State
	FreeGPUs int // of which no part is held
}

// Node returns a node by its name.
func (w *World) Node(name string) (NodeView, error) {
	i, ok := w.cluster.Index(name)
	if !ok {
		return NodeView{}, (&Error{Kind: NotFound, Reason: ReasonNodeUnknown}).with("node", name)
	}
	v := NodeView{Node: w.cluster.Node(i), State: w.cluster.State(i)}
	for _, milli := range w.cluster.GPUFree(i) {
		if milli == cluster.WholeGPU {
			v.FreeGPUs++
		}
	}
	return v, nil
}

// StatusCounts counts the tasks on record by status.
func (w *World) StatusCounts() map[Status]int {
	counts := map[Status]int{}
	for _, t := range w.tasks.list {
		if t != nil {
			counts[t.Status]++
		}
	}
	return counts
}
