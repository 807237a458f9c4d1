package world

import (
	"cmp"
	"slices"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/queue"
)

// A job that can't start takes the place of running preemptible tasks of lower priority, if it then starts at once. Only a job
// before which no rival waits may do so, so that nobody overtakes by preempting, and a reservation is never broken.
//
// Who has to give way is chosen as Kueue does it (sigs.k8s.io/kueue, pkg/scheduler/preemption): the lowest priority first, then the
// latest start, until the job fits; then each of them that is not needed after all is spared, the last chosen first.

// preemption is a job that starts in the place of others.
type preemption struct {
	by     int32    // the job
	byName string   // id of its task; "" for a job of other users
	tasks  []string // ids of those that gave way
}

// holds takes note of a preemptible task that was placed.
func (q *zoneQueues) holds(t *task) {
	if t.Preemptible {
		zone := q.catalog.ZoneIndex(t.Resources.Zone)
		i, _ := slices.BinarySearch(q.preemptible[zone], t.number)
		q.preemptible[zone] = slices.Insert(slices.Clip(q.preemptible[zone]), i, t.number) // clones share the old list
	}
}

// gaveBack is the opposite of holds.
func (q *zoneQueues) gaveBack(t *task) {
	if t.Preemptible {
		zone := q.catalog.ZoneIndex(t.Resources.Zone)
		q.preemptible[zone] = slices.DeleteFunc(slices.Clone(q.preemptible[zone]), func(n int32) bool { return n == t.number })
	}
}

// preemptedFor returns the ids of the tasks whose place a job takes that starts now.
func (q *zoneQueues) preemptedFor(job int32) []string {
	if q.preempting.by != job {
		return nil
	}
	return q.preempting.tasks
}

// preempt makes room for the first waiting job of a zone that may take the place of others, and returns those. They wait
// again, in their old order. It returns nil if there is no such job.
func (q *zoneQueues) preempt(zone int) []*task {
	if len(q.preemptible[zone]) == 0 || q.list[zone].Len() == 0 {
		return nil
	}
	for _, j := range q.list[zone].Heads(q.cluster) {
		victims := q.victims(zone, &j)
		if len(victims) == 0 {
			continue
		}
		p := preemption{by: j.ID}
		if j.ID > 0 {
			p.byName = taskID(j.ID)
		}
		for i, t := range victims {
			victims[i] = q.life.tasks.edit(t.number)
			p.tasks = append(p.tasks, t.id)
			q.life.preempted(victims[i], p.byName)
		}
		q.preempting = p
		return victims
	}
	return nil
}

// victims returns the running tasks that have to give way to a job, for it to start now; none if it can't.
func (q *zoneQueues) victims(zone int, j *queue.Job) []*task {
	var candidates []*task
	gpus := q.cluster.Count(q.cfg.Zones[zone].ID, j.Request.GPUTypes[0]).Free
	for _, n := range q.preemptible[zone] {
		t := q.life.tasks.list[n-1]
		if levels[t.PriorityOrNormal()] < j.Priority && slices.Contains(j.Request.GPUTypes, t.Resources.GPUType) {
			candidates = append(candidates, t)
			gpus += t.Resources.GPUs
		}
	}
	if len(candidates) == 0 || gpus < j.Request.GPUs {
		return nil
	}
	slices.SortFunc(candidates, func(a, b *task) int {
		lower := cmp.Compare(levels[a.PriorityOrNormal()], levels[b.PriorityOrNormal()])
		return cmp.Or(lower, cmp.Compare(b.Placed, a.Placed), cmp.Compare(b.number, a.number))
	})
	trial := q.cluster.Clone()
	var victims []*task
	for _, t := range candidates {
		trial.Release(t.allocation())
		victims = append(victims, t)
		if q.fits(trial, j.Request) {
			return q.spare(trial, j.Request, victims)
		}
	}
	return nil
}

// spare returns the victims without those that can stay while the request fits.
func (q *zoneQueues) spare(trial *cluster.Cluster, r cluster.Request, victims []*task) []*task {
	for i := len(victims) - 2; i >= 0; i-- { // without the last of them the request does not fit
		if trial.Hold(victims[i].allocation()) != nil {
			continue // can't happen: it held this until now
		}
		if q.fits(trial, r) {
			victims = slices.Delete(victims, i, i+1)
		} else {
			trial.Release(victims[i].allocation())
		}
	}
	return victims
}

// fits reports whether a request would be placed in a state of the cluster, which it leaves as it is.
func (q *zoneQueues) fits(c *cluster.Cluster, r cluster.Request) bool {
	stream := q.placements // a copy: asking must not draw from the world's stream
	policy, _ := q.newPolicy(&stream)
	a, ok := c.Place(r, policy)
	if ok {
		c.Release(a)
	}
	return ok
}

// preempted sends a running task back to its queue. It keeps its last checkpoint and pays for what it has used.
func (l *lifecycle) preempted(t *task, by string) {
	l.halt(t)
	t.Preemptions++
	l.backToCheckpoint(t)
	l.become(t, Queued, "")
	t.Queued, t.Reason = l.now, Preempted
	t.Revision++
	e := Event{Type: TaskRestarted, Status: Queued, Reason: Preempted}
	if by != "" {
		e.Tasks = []string{by}
	}
	l.emit(t, e)
	t.Limit = l.walltimeLimit(t)
	l.queues.push(l.catalog.ZoneIndex(t.Resources.Zone), t.job())
}

// requeue tells a queue that the priority or the limit of a live task has changed, and starts what can start then.
func (l *lifecycle) requeue(t *task, otherLimit bool) {
	zone := l.catalog.ZoneIndex(t.Resources.Zone)
	if otherLimit {
		t.Limit = l.walltimeLimit(t)
	}
	switch {
	case t.Status == Queued:
		l.queues.remove(zone, t.number, t.Resources.GPUType)
		l.queues.push(zone, t.job())
	case otherLimit:
		l.queues.edit(zone).Relimit(t.number, t.allocation(), t.Placed+t.Limit)
	}
	l.queues.start(zone)
}

// preemptiblesOf returns the running preemptible tasks among some, by zone. It is what holds and gaveBack keep up to date.
func (c *core) preemptiblesOf(tasks []*task) [][]int32 {
	lists := make([][]int32, len(c.cfg.Zones))
	for _, t := range tasks {
		if t != nil && t.Preemptible && len(t.Holds) > 0 {
			zone := c.catalog.ZoneIndex(t.Resources.Zone)
			lists[zone] = append(lists[zone], t.number)
		}
	}
	return lists
}

// MayBePreempted reports whether a task may have to give way to a job that waits, that comes back to the queue or that other users
// bring. It returns false if only a new task could take its place.
func (w *World) MayBePreempted(s *Spec, where Launch) bool {
	if !s.Preemptible || where.Mode != Dynamic {
		return false
	}
	zone, gpuType := w.catalog.ZoneIndex(where.Zone), s.Resources.GPUType
	above := func(level int) bool { return level > levels[s.PriorityOrNormal()] }
	for j := range w.queues.list[zone].Waiting() {
		if above(j.Priority) && slices.Contains(j.Request.GPUTypes, gpuType) {
			return true
		}
	}
	if w.NodesFail() && slices.ContainsFunc(w.tasks.list, func(t *task) bool {
		return t != nil && len(t.Holds) > 0 && t.Resources.Zone == where.Zone && t.Resources.GPUType == gpuType &&
			above(levels[t.PriorityOrNormal()])
	}) {
		return true
	}
	return slices.ContainsFunc(w.cfg.Background, func(b Background) bool {
		return b.Zone == where.Zone && b.GPUType == gpuType && above(levels[b.Priority])
	})
}

// CheckpointEvery returns the training time between two checkpoints, which is the most that a preemption costs; 0 if there are none, so
// that a training starts again.
func (w *World) CheckpointEvery() time.Duration { return time.Duration(w.cfg.Failures.Checkpoint) }
