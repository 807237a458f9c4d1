package simulated

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/backend"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// CreateTask implements backend.Tasks.
func (c *Cluster) CreateTask(_ context.Context, cluster string, command world.CreateDraft) (created backend.CreatedTask, err error) {
	err = c.engine.DoIn(cluster, command, func(w *world.World, r world.Result) {
		created.Created = r.Created
		if v, err := w.Task(created.Task); err == nil {
			created.Revision = v.Revision
		}
	})
	return created, err
}

// CreateTasks implements backend.Tasks.
func (c *Cluster) CreateTasks(_ context.Context, cluster string, command world.CreateDrafts) (created []world.Created, err error) {
	err = c.engine.DoIn(cluster, command, func(_ *world.World, r world.Result) { created = r.Batch })
	return created, err
}

// UpdateTask implements backend.Tasks.
func (c *Cluster) UpdateTask(_ context.Context, cluster string, command world.UpdateTask) (world.TaskView, error) {
	return c.changeTask(cluster, command.Task, command)
}

// StopTask implements backend.Tasks.
func (c *Cluster) StopTask(_ context.Context, cluster string, command world.StopTask) (world.TaskView, error) {
	return c.changeTask(cluster, command.Task, command)
}

func (c *Cluster) changeTask(cluster, id string, command world.Command) (v world.TaskView, err error) {
	err = c.engine.DoIn(cluster, command, func(w *world.World, _ world.Result) { v, _ = task(w, id) })
	return v, err
}

// DeleteTask implements backend.Tasks.
func (c *Cluster) DeleteTask(_ context.Context, cluster string, command world.DeleteTask) error {
	return c.engine.DoIn(cluster, command, nil)
}

// Task implements backend.Tasks.
func (c *Cluster) Task(_ context.Context, id string) (v world.TaskView, err error) {
	c.engine.View(func(w *world.World) { v, err = task(w, id) })
	return v, err
}

// task reads one task with its expectations.
func task(w *world.World, id string) (world.TaskView, error) {
	v, err := w.Task(id)
	if err != nil {
		return v, err
	}
	one := []world.TaskView{v}
	w.Expect(one)
	detach(one)
	return one[0], nil
}

// detach makes views independent of the world, whose times they refer to.
func detach(views []world.TaskView) {
	times := make([]des.Time, 0, 3*len(views))
	own := func(t *des.Time) *des.Time {
		if t == nil {
			return nil
		}
		times = append(times, *t)
		return &times[len(times)-1]
	}
	for i := range views {
		v := &views[i]
		v.Started, v.Finished, v.EstimatedStart = own(v.Started), own(v.Finished), own(v.EstimatedStart)
	}
}

// AwaitTask implements backend.Tasks.
func (c *Cluster) AwaitTask(ctx context.Context, id string, d time.Duration, changed func(revision int) bool) {
	c.engine.Wait(ctx, d, func(w *world.World) bool {
		v, err := w.Task(id)
		return err != nil || changed(v.Revision)
	})
}

// TaskEvents implements backend.Tasks.
func (c *Cluster) TaskEvents(_ context.Context, id string) (events []world.Event, err error) {
	c.engine.View(func(w *world.World) { events, err = w.History(id) })
	return events, err
}

// TaskLog implements backend.Tasks.
func (c *Cluster) TaskLog(_ context.Context, id string, tail int) (lines []string, err error) {
	c.engine.View(func(w *world.World) { lines, err = w.Log(id, tail) })
	return lines, err
}

// ListTasks implements backend.Tasks. Only the tasks on the page are forecast.
func (c *Cluster) ListTasks(_ context.Context, f *backend.TaskFilter, win backend.Window) (page backend.Page[*world.TaskView], err error) {
	c.engine.View(func(w *world.World) {
		picked := backend.Pick(win, filtered(w, f), taskSorts)
		views := make([]world.TaskView, len(picked.Items))
		for i := range picked.Items {
			views[i] = picked.Items[i].Value.View()
		}
		w.Expect(views)
		detach(views)
		page = backend.Page[*world.TaskView]{Items: make([]backend.Item[*world.TaskView], len(views)), Total: picked.Total, More: picked.More}
		for i := range views {
			page.Items[i] = backend.Item[*world.TaskView]{Place: picked.Items[i].Place, Value: &views[i]}
		}
	})
	return page, nil
}

// filtered yields the tasks that pass a filter, placed by their number. Without a filter it looks at none of them.
func filtered(w *world.World, f *backend.TaskFilter) iter.Seq2[int, world.TaskRef] {
	if f.LetsAll() {
		return w.Tasks()
	}
	return func(yield func(int, world.TaskRef) bool) {
		for number, t := range w.Tasks() {
			if f.Lets(t.Status(), t.Mode(), t.TaskName(), t.Labels()) && !yield(number, t) {
				return
			}
		}
	}
}

// taskSorts has backend.TaskSorts.
var taskSorts = backend.Sorting[world.TaskRef]{
	"createdAt": nil,
	"taskName":  func(a, b world.TaskRef) int { return backend.CompareTexts(a.TaskName(), b.TaskName()) },
	"status": func(a, b world.TaskRef) int {
		return cmp.Compare(slices.Index(statuses, a.Status()), slices.Index(statuses, b.Status()))
	},
}

// statuses are in the order of a task's life.
var statuses = []world.Status{
	world.Queued, world.Allocating, world.Starting, world.Running, world.Succeeded, world.Failed, world.Stopped,
}
