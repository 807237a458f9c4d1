package world

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/queue"
)

// background is the part of a world that simulates the load of other users: jobs that wait in the zones' queues and hold
// GPUs, but are nobody's tasks.
type background struct {
	*core
	queues *zoneQueues

	jobs    map[int32]*backgroundJob // by id
	made    int32                    // how many jobs have arrived
	arrived []int                    // how many jobs have arrived, by load, which numbers the draws
	last    []des.Time               // when the last job arrived, by load
}

// backgroundJob is a job of the background load. It waits in its zone's queue or holds GPUs.
type backgroundJob struct {
	Load    int            `json:"load"`
	GPUs    int            `json:"gpus"`
	Arrival int64          `json:"arrival"`
	Length  des.Time       `json:"length"` // the time for which it holds GPUs, which is also its walltime limit
	Started des.Time       `json:"started,omitempty"`
	Holds   []cluster.Part `json:"holds,omitempty"` // none while it waits

	id       int32 // negative, since a queue tells jobs from tasks by it
	zone     int
	priority int // as a queue compares it
	request  cluster.Request
	pending  des.Handle // its end; none while it waits
}

func newBackground(loads int) background {
	return background{jobs: map[int32]*backgroundJob{}, arrived: make([]int, loads), last: make([]des.Time, loads)}
}

// job returns the job as its zone's queue knows it.
func (j *backgroundJob) job() queue.Job {
	return queue.Job{ID: j.id, Priority: j.priority, Arrival: j.Arrival, Request: j.request, Limit: j.Length}
}

func (j *backgroundJob) allocation() cluster.Allocation { return cluster.Allocation{Parts: j.Holds} }

// clone returns a copy with the given jobs.
func (b *background) clone(jobs []*backgroundJob) background {
	copied := *b
	copied.arrived = slices.Clone(b.arrived)
	copied.last = slices.Clone(b.last)
	copied.jobs = make(map[int32]*backgroundJob, len(jobs))
	own := make([]backgroundJob, len(jobs))
	for i, j := range jobs {
		own[i] = *j
		copied.jobs[j.id] = &own[i]
	}
	return copied
}

// inOrder returns the jobs in order of arrival.
func (b *background) inOrder() []*backgroundJob {
	list := make([]*backgroundJob, 0, len(b.jobs))
	for _, id := range slices.Sorted(maps.Keys(b.jobs)) {
		list = append(list, b.jobs[id])
	}
	slices.Reverse(list)
	return list
}

// begin schedules the first arrivals. The error, a *ConfigError, is that some job would never fit: it would block its
// queue for good.
func (b *background) begin() error {
	for i := range b.cfg.Background {
		for _, s := range b.cfg.Background[i].Sizes {
			if r := b.request(i, s.GPUs); !b.cluster.CanEverFit(r) {
				err := fmt.Errorf("background load %d: %d %v GPUs never fit into zone %s", i+1, s.GPUs, r.GPUTypes, r.Zone)
				return &ConfigError{"Background", i, err}
			}
		}
	}
	for i := range b.cfg.Background {
		b.scheduleArrival(i)
	}
	return nil
}

// request returns what a job of a load asks for.
func (b *background) request(load, gpus int) cluster.Request {
	l := &b.cfg.Background[load]
	r := Resources{
		Zone: l.Zone, GPUType: l.GPUType, GPUs: gpus, CPUCores: gpus * l.CPUCores, MemoryGB: gpus * l.MemoryGB,
	}
	return r.request()
}

// stream names the stream of random numbers for the next job of a load.
func (b *background) stream(purpose string, load int) string {
	return purpose + strconv.Itoa(load) + "#" + strconv.Itoa(b.arrived[load])
}

func (b *background) scheduleArrival(load int) {
	d := b.cfg.Background[load].Interarrival.Draw(des.Stream(b.seed, "background", b.stream("arrival", load)))
	b.journal.note(subject{kind: figures})
	b.last[load] = b.now
	// At least a millisecond, so that time goes on whatever the distribution.
	b.schedule(b.now+max(seconds(d), 1_000_000), pendingEvent{backgroundArrives, int32(load)})
}

// arrive adds the next job of a load to its zone's queue.
func (b *background) arrive(load int) {
	l := &b.cfg.Background[load]
	r := des.Stream(b.seed, "background", b.stream("job", load))
	gpus := drawSize(l.Sizes, r.Float64())
	b.made++
	j := &backgroundJob{
		id: -b.made, Load: load, zone: b.catalog.ZoneIndex(l.Zone), priority: levels[l.Priority], GPUs: gpus,
		Length: seconds(l.Length.Draw(r)), request: b.request(load, gpus),
	}
	b.arrived[load]++
	b.scheduleArrival(load)
	b.jobs[j.id] = j
	j = b.edit(j.id)
	j.Arrival = b.queues.nextArrival()
	b.queues.push(j.zone, j.job())
	b.queues.start(j.zone)
}

// edit returns a job to be changed.
func (b *background) edit(id int32) *backgroundJob {
	b.journal.note(subject{kind: jobSubject, n: int(id)})
	return b.jobs[id]
}

// drawSize picks a size by its weight; u is uniform in [0, 1).
func drawSize(sizes []Size, u float64) int {
	total := 0.0
	for _, s := range sizes {
		total += s.Weight
	}
	u *= total
	for _, s := range sizes {
		if u < s.Weight {
			return s.GPUs
		}
		u -= s.Weight
	}
	return sizes[len(sizes)-1].GPUs
}

// start gives a waiting job the GPUs that it was placed on.
func (b *background) start(id int32, a cluster.Allocation) {
	j := b.edit(id)
	j.Holds, j.Started = a.Parts, b.now
	j.pending = b.schedule(b.now+j.Length, pendingEvent{backgroundEnds, id})
}

// end gives back a job's GPUs and starts what was waiting for them.
func (b *background) end(id int32) {
	j := b.edit(id)
	b.queues.release(j.zone, id, j.allocation())
	delete(b.jobs, id)
	b.queues.start(j.zone)
}

// mean returns how long a job of this load is expected to hold its GPUs.
func (b *background) mean(j *backgroundJob) des.Time {
	return seconds(b.cfg.Background[j.Load].Length.Mean())
}

// record returns what is saved of a job: a removal when it has ended.
func (b *background) record(id int32) Record {
	j, ok := b.jobs[id]
	if !ok {
		return Record{Kind: kindJob, ID: number(id)}
	}
	return record(kindJob, number(id), j)
}
