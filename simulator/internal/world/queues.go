package world

import (
	"math/rand/v2"
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/queue"
)

// zoneQueues is the part of a world in which jobs wait for GPUs: one queue for each zone, and the policy that places
// what may start. A job is a task, or a job of the background load.
type zoneQueues struct {
	*core
	life       *lifecycle
	background *background

	list        []*queue.Queue // by zone
	preemptible [][]int32      // numbers of the preemptible tasks that hold GPUs, in order, by zone
	preempting  preemption     // the last one, while it is carried out
	policy      cluster.Policy
	placements  rand.PCG // what the random policy draws from
	arrivals    int64    // how many numbers of arrival were given out
}

// newQueues makes empty queues.
func newQueues(c *core) (zoneQueues, error) {
	q := zoneQueues{core: c, list: make([]*queue.Queue, len(c.cfg.Zones)), placements: *des.Source(c.seed, "placement", "")}
	q.preemptible = make([][]int32, len(c.cfg.Zones))
	if _, err := q.newPolicy(&q.placements); err != nil {
		return q, &ConfigError{"Policy", -1, err}
	}
	discipline, err := queue.DisciplineByName(c.cfg.Discipline)
	if err != nil {
		return q, &ConfigError{"Discipline", -1, err}
	}
	for i, z := range c.cfg.Zones {
		q.list[i] = queue.New(discipline, c.cluster, z.ID)
	}
	return q, nil
}

// clone returns a copy, which still lacks its policy; see bindPolicy.
func (q *zoneQueues) clone() zoneQueues {
	copied := *q
	copied.preemptible = slices.Clone(q.preemptible)
	copied.list = make([]*queue.Queue, len(q.list))
	for i, one := range q.list {
		copied.list[i] = one.Clone()
	}
	return copied
}

// newPolicy makes the configured placement policy. A random one draws from the stream.
func (q *zoneQueues) newPolicy(stream *rand.PCG) (cluster.Policy, error) {
	return cluster.PolicyByName(q.cfg.Policy, cluster.Options{Draw: rand.New(stream).IntN})
}

// bindPolicy makes the policy draw from q's own stream. newQueues has checked its name.
func (q *zoneQueues) bindPolicy() { q.policy, _ = q.newPolicy(&q.placements) }

// edit returns a zone's queue to be changed.
func (q *zoneQueues) edit(zone int) *queue.Queue {
	q.journal.note(subject{kind: zoneSubject, n: zone})
	return q.list[zone]
}

// nextArrival gives out the next number of arrival. Those numbers order each queue.
func (q *zoneQueues) nextArrival() int64 {
	q.journal.note(subject{kind: figures})
	q.arrivals++
	return q.arrivals
}

// push adds a job to a zone's queue.
func (q *zoneQueues) push(zone int, j queue.Job) {
	q.edit(zone).Push(j)
	q.journal.meter.waiting(zone, j.Request.GPUTypes[0], +1)
}

// remove takes a waiting job out of a zone's queue.
func (q *zoneQueues) remove(zone int, id int32, gpuType string) {
	q.edit(zone).Remove(id)
	q.journal.meter.waiting(zone, gpuType, -1)
}

// release gives back what a job holds.
func (q *zoneQueues) release(zone int, id int32, a cluster.Allocation) {
	q.cluster.Release(a)
	q.holdingsChanged(a)
	q.edit(zone).Ended(id, a)
}

// start places and starts the jobs of a zone that the queue's discipline lets start now, some of them in the place of
// others.
func (q *zoneQueues) start(zone int) {
	q.startWaiting(zone)
	var waiting []*task
	for {
		preempted := q.preempt(zone)
		if len(preempted) == 0 {
			break
		}
		q.startWaiting(zone)
		q.preempting = preemption{}
		waiting = append(waiting, preempted...)
	}
	for i, t := range waiting {
		if !slices.Contains(waiting[:i], t) {
			q.life.tellQueued(t)
		}
	}
}

// startWaiting places and starts the jobs of a zone that the queue's discipline lets start now.
func (q *zoneQueues) startWaiting(zone int) {
	q.journal.note(subject{kind: figures}) // a random placement draws
	q.edit(zone).Start(q.cluster, q.policy, q.now, func(j queue.Job, a cluster.Allocation) {
		q.journal.meter.waiting(zone, j.Request.GPUTypes[0], -1)
		q.holdingsChanged(a)
		if j.ID < 0 {
			q.background.start(j.ID, a)
		} else {
			q.life.place(q.life.tasks.edit(j.ID), a)
		}
	})
}

// hasRoom reports whether a request would fit now. It changes nothing.
func (q *zoneQueues) hasRoom(r cluster.Request) bool {
	return q.fits(q.cluster, r)
}

// queueRecord is what a queue can't derive from the jobs in it.
type queueRecord struct {
	Refused map[int32]des.Time `json:"refused,omitempty"`
}

func (q *zoneQueues) record(zone int) Record {
	return record(kindQueue, q.cfg.Zones[zone].ID, queueRecord{q.list[zone].Refused()})
}

// ZoneQueue lists who waits for GPUs in a zone.
type ZoneQueue struct {
	Zone       string
	Tasks      []string // ids, in the order of the queue
	Background int      // how many jobs of other users are among them
}

// Queues returns all queues in the order of the zones.
func (w *World) Queues() []ZoneQueue {
	queues := make([]ZoneQueue, len(w.queues.list))
	for i := range queues {
		queues[i] = ZoneQueue{Zone: w.cfg.Zones[i].ID, Tasks: []string{}}
		for j := range w.queues.list[i].Waiting() {
			if j.ID < 0 {
				queues[i].Background++
			} else {
				queues[i].Tasks = append(queues[i].Tasks, taskID(j.ID))
			}
		}
	}
	return queues
}
