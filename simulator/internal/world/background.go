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

// background is the load of other users.
type background struct {
	jobs    map[int32]*backgroundJob // by id; ids are negative, which tells them from tasks in the queues
	made    int32
	arrived []int      // jobs so far, by load, which numbers the draws
	last    []des.Time // arrival, by load
}

// backgroundJob waits in a zone's queue or holds GPUs.
type backgroundJob struct {
	id         int32
	load, zone int
	request    cluster.Request
	arrival    int64
	length     des.Time
	started    des.Time
	allocation cluster.Allocation
	pending    des.Handle
}

// job is the job as its zone's queue knows it.
func (j *backgroundJob) job() queue.Job {
	return queue.Job{ID: j.id, Arrival: j.arrival, Request: j.request, Limit: j.length}
}

func (b *background) clone() map[int32]*backgroundJob {
	jobs := make(map[int32]*backgroundJob, len(b.jobs))
	for id, j := range b.jobs {
		copied := *j
		jobs[id] = &copied
	}
	return jobs
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

// startBackground schedules the first arrivals. A job that could never be placed would block its queue for good.
func (w *World) startBackground() error {
	for i := range w.cfg.Background {
		for _, s := range w.cfg.Background[i].Sizes {
			if r := w.backgroundRequest(i, s.GPUs); !w.cluster.CanEverFit(r) {
				err := fmt.Errorf("background load %d: %d %v GPUs never fit into zone %s", i+1, s.GPUs, r.GPUTypes, r.Zone)
				return &ConfigError{"Background", i, err}
			}
		}
	}
	for i := range w.cfg.Background {
		w.scheduleArrival(i)
	}
	return nil
}

func (w *World) backgroundRequest(load, gpus int) cluster.Request {
	b := &w.cfg.Background[load]
	r := Resources{
		Zone: b.Zone, GPUType: b.GPUType, GPUs: gpus, CPUCores: gpus * b.CPUCores, MemoryGB: gpus * b.Memory,
	}
	return r.request()
}

func (w *World) backgroundStream(purpose string, load int) string {
	return purpose + strconv.Itoa(load) + "#" + strconv.Itoa(w.background.arrived[load])
}

func (w *World) scheduleArrival(load int) {
	d := w.cfg.Background[load].Interarrival.Draw(des.Stream(w.seed, "background", w.backgroundStream("arrival", load)))
	w.background.last[load] = w.now
	// A millisecond at least, so that no distribution makes time stand still.
	w.plan(w.now+max(seconds(d), 1_000_000), due{backgroundArrives, int32(load)})
}

func (w *World) backgroundArrives(load int) {
	b := &w.cfg.Background[load]
	r := des.Stream(w.seed, "background", w.backgroundStream("job", load))
	gpus := drawSize(b.Sizes, r.Float64())
	w.background.made++
	j := &backgroundJob{
		id: -w.background.made, load: load, zone: w.zones[b.Zone], length: seconds(b.Length.Draw(r)),
		request: w.backgroundRequest(load, gpus),
	}
	w.background.arrived[load]++
	w.scheduleArrival(load)
	w.background.jobs[j.id] = j
	w.changed.job(j.id)
	w.arrivals++
	j.arrival = w.arrivals
	w.queues[j.zone].Push(j.job())
	w.meter.waits(w, j.zone, b.GPUType, +1)
	w.schedule(j.zone)
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

func (w *World) backgroundStarts(id int32, a cluster.Allocation) {
	j := w.background.jobs[id]
	j.allocation, j.started = a, w.now
	w.changed.job(id)
	j.pending = w.plan(w.now+j.length, due{backgroundEnds, id})
}

func (w *World) backgroundEnds(id int32) {
	j := w.background.jobs[id]
	w.cluster.Release(j.allocation)
	w.touched.allocation(j.allocation)
	w.meter.holds(w, j.allocation)
	w.queues[j.zone].Ended(id, j.allocation)
	delete(w.background.jobs, id)
	w.changed.job(id)
	w.schedule(j.zone)
}

// backgroundMean is how long a job of this load is expected to hold its GPUs.
func (w *World) backgroundMean(j *backgroundJob) des.Time {
	return seconds(w.cfg.Background[j.load].Length.Mean())
}
