package world

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/queue"
)

// enqueue puts a dynamic task into its zone's queue, which it leaves at once if there is room.
func (w *World) enqueue(t *task) {
	zone := w.zones[t.Resources.Zone]
	t.status, t.phase = Queued, ""
	w.arrivals++
	if t.arrival == 0 {
		t.arrival = w.arrivals
	}
	t.limit = w.limit(t)
	w.queues[zone].Push(t.job())
	w.meter.waits(w, zone, t.Resources.GPUType, +1)
	w.schedule(zone)
	if t.status == Queued && !w.quiet {
		verdicts := []string{}
		for _, v := range w.cluster.Verdicts(t.Resources.request()) {
			verdicts = append(verdicts, v.String())
		}
		reason := WaitNoRoom
		if w.hasRoom(t.Resources.request()) {
			reason = WaitBehind
			verdicts = append(verdicts, w.behind(w.queues[zone].Ahead(w.cluster, t.job())))
		}
		w.emit(Event{Type: TaskQueued, Task: t.id, Status: Queued, Reason: reason, Verdicts: verdicts})
	}
}

// behind puts into words whom a task waits for: the first of the jobs before it, and how many more there are.
func (w *World) behind(first queue.Job, n int) string {
	name := "a job of other users"
	if first.ID > 0 {
		name = taskID(first.ID)
	}
	if n > 1 {
		return fmt.Sprintf("behind %s and %d more", name, n-1)
	}
	return "behind " + name
}

// hasRoom reports whether a request would fit now.
func (w *World) hasRoom(r cluster.Request) bool {
	stream := w.placements // asking must not draw from the world's own stream
	policy, _ := w.newPolicy(&stream)
	a, ok := w.cluster.Place(r, policy)
	if ok {
		w.cluster.Release(a)
	}
	return ok
}

// schedule starts what can start in a zone, as the queue's discipline has it.
func (w *World) schedule(zone int) {
	w.touched.zone(zone)
	w.queues[zone].Start(w.cluster, w.policy, w.now, func(j queue.Job, a cluster.Allocation) {
		w.touched.allocation(a)
		w.meter.waits(w, zone, j.Request.GPUTypes[0], -1)
		w.meter.holds(w, a)
		if j.ID < 0 {
			w.backgroundStarts(j.ID, a)
			return
		}
		w.place(w.tasks[j.ID-1], a)
	})
}

// limit is how long the task will hold its GPUs at most, as its owner declares it: never shorter than what is drawn,
// in whole hours. Crashes, which nobody declares, may make it longer; a reservation behind it then moves.
func (w *World) limit(t *task) des.Time {
	const hour = des.Time(time.Hour)
	hold := t.length - t.saved
	var source rand.PCG
	r := rand.New(&source)
	for _, p := range phases {
		draw := func(cached bool) des.Time {
			des.Seed(&source, w.seed, string(p), t.id)
			return w.samplePhaseOf(t, p, r, t.Resources.GPUs, func(int) bool { return cached })
		}
		d := draw(false)
		if p == PullingImage {
			d = max(d, draw(true))
			d *= des.Time(max(1, w.cfg.Failures.PullAttempts))
		}
		hold += d
	}
	return (hold + hour - 1) / hour * hour
}

// place gives a task its GPUs; finding and allocating them are the first phases of its start.
func (w *World) place(t *task, a cluster.Allocation) {
	t.allocation = a
	t.nodes = make([]string, len(a.Parts))
	for i, p := range a.Parts {
		t.nodes[i] = w.cluster.Node(p.Node).Name
	}
	t.placed, t.began = w.now, w.now
	w.meter.bills(w, t, +1)
	t.status, t.phase, t.attempts = Allocating, FindingNodes, 0
	t.revision++
	w.emit(Event{
		Type: TaskPlaced, Task: t.id, Status: t.status, Phase: t.phase, Nodes: t.nodes,
		Took: w.now - t.queued,
	})
	w.beginPhase(t)
}

func (w *World) beginPhase(t *task) {
	t.phaseBegan = w.now
	t.pending = w.plan(w.now+w.drawPhase(t), due{phaseEnds, t.number})
}

// endPhase leads a task from one phase of its start to the next, and from the last into training.
func (w *World) endPhase(t *task) {
	switch t.phase {
	case FindingNodes:
		t.phase = AllocatingGPUs
	case AllocatingGPUs:
		t.status, t.phase = Starting, PullingImage
	case PullingImage:
		image := w.image(t.Resources.Image)
		if w.pullFails(t, image) {
			return
		}
		for _, p := range t.allocation.Parts {
			w.caches[p.Node] = w.caches[p.Node].with(image, w.cfg.ImageCacheMB)
		}
		t.phase = MountingData
	case MountingData:
		t.phase = StartingContainer
	case StartingContainer:
		w.train(t)
		return
	}
	t.revision++
	w.emit(Event{Type: TaskPhase, Task: t.id, Status: t.status, Phase: t.phase})
	w.beginPhase(t)
}

func (w *World) train(t *task) {
	t.status, t.phase = Running, ""
	w.meter.runs(w, t, +1)
	if !t.wasStarted {
		t.started, t.wasStarted = w.now, true
	}
	t.resumed = w.now
	t.revision++
	w.emit(Event{Type: TaskStatus, Task: t.id, Status: Running, Took: w.now - t.began})
	if t.mode == Existing {
		t.pending = des.Handle{}
		w.join(t)
		return
	}
	w.goOn(t)
}

// goOn schedules how a training on GPUs of its own ends.
func (w *World) goOn(t *task) {
	left := t.length - w.trained(t)
	if crash := w.drawCrash(t); crash < left {
		t.pending = w.plan(w.now+crash, due{trainingCrashes, t.number})
		return
	}
	t.pending = w.plan(w.now+left, due{trainingEnds, t.number})
}

// finish ends a live task, gives back all that it holds and starts what was waiting for it.
func (w *World) finish(t *task, status Status, reason string) {
	took := des.Time(0)
	if t.wasStarted {
		took = w.now - t.started
	}
	w.halt(t)
	t.status, t.phase, t.reason = status, "", reason
	t.finished = w.now
	t.revision++
	w.live--
	w.emit(Event{Type: TaskStatus, Task: t.id, Status: status, Reason: reason, Took: took})
	w.finished = append(w.finished, t.number)
	if t.mode == Dynamic {
		w.schedule(w.zones[t.Resources.Zone])
	}
}

// halt takes a live task out of wherever it is; what it held is given back, what it has cost and trained is noted.
func (w *World) halt(t *task) {
	w.cancel(t.pending)
	t.pending = des.Handle{}
	if t.status == Running {
		w.meter.runs(w, t, -1)
	}
	if t.mode == Existing {
		if t.status == Running {
			w.leave(t)
		}
		return
	}
	t.served = w.trained(t)
	number := w.zones[t.Resources.Zone]
	zone := w.queues[number]
	if t.status == Queued {
		zone.Remove(t.number)
		w.meter.waits(w, number, t.Resources.GPUType, -1)
		return
	}
	t.billed += w.now - t.placed
	w.cluster.Release(t.allocation)
	w.touched.allocation(t.allocation)
	w.meter.holds(w, t.allocation)
	w.meter.bills(w, t, -1)
	zone.Ended(t.number, t.allocation)
	t.allocation = cluster.Allocation{}
}

// phases of a dynamic start, in their order.
var phases = []Phase{FindingNodes, AllocatingGPUs, PullingImage, MountingData, StartingContainer}

// drawPhase draws how long the present phase takes.
func (w *World) drawPhase(t *task) des.Time {
	return w.samplePhase(t, des.Stream(w.seed, string(t.phase), t.id))
}

func (w *World) samplePhase(t *task, r *rand.Rand) des.Time {
	if t.mode == Existing {
		if t.phase == MountingData {
			return phaseSeconds(w.cfg.Timings.ExistingMount.Draw(r))
		}
		return phaseSeconds(w.cfg.Timings.ExistingStart.Draw(r))
	}
	name := t.Resources.Image
	return w.samplePhaseOf(t, t.phase, r, len(t.allocation.Parts), func(part int) bool {
		return w.caches[t.allocation.Parts[part].Node].has(name)
	})
}

// samplePhaseOf draws how long a phase of a dynamic start takes on a number of nodes, of which some may have the image.
func (w *World) samplePhaseOf(t *task, p Phase, r *rand.Rand, nodes int, cached func(int) bool) des.Time {
	m := &w.cfg.Timings
	switch p {
	case FindingNodes:
		return phaseSeconds(m.FindNodes.Draw(r))
	case AllocatingGPUs:
		return phaseSeconds(m.AllocateGPUs.Draw(r))
	case PullingImage:
		// The nodes of a gang pull side by side; the slowest decides.
		image := w.image(t.Resources.Image)
		longest := des.Time(0)
		for i := range nodes {
			d, rate := m.PullCached.Draw(r), m.PullRate.Draw(r)
			if !image.Missing && !cached(i) {
				d = float64(image.SizeMB) / rate
			}
			longest = max(longest, phaseSeconds(d))
		}
		return longest
	case MountingData:
		base := m.MountBase.Draw(r)
		return phaseSeconds(base) + phaseSeconds(w.datasetMB(t)/m.MountRate.Draw(r))
	}
	return phaseSeconds(m.StartContainer.Draw(r))
}

// meanPhase is what drawPhase is expected to give.
func (w *World) meanPhase(t *task, p Phase) des.Time {
	m := &w.cfg.Timings
	switch p {
	case FindingNodes:
		return phaseSeconds(m.FindNodes.Mean())
	case AllocatingGPUs:
		return phaseSeconds(m.AllocateGPUs.Mean())
	case PullingImage:
		image := w.image(t.Resources.Image)
		cold := len(t.allocation.Parts) == 0
		for _, a := range t.allocation.Parts {
			cold = cold || !w.caches[a.Node].has(image.Name)
		}
		if cold && !image.Missing {
			return phaseSeconds(float64(image.SizeMB) / m.PullRate.Mean())
		}
		return phaseSeconds(m.PullCached.Mean())
	case MountingData:
		if t.mode == Existing {
			return phaseSeconds(m.ExistingMount.Mean())
		}
		return phaseSeconds(m.MountBase.Mean()) + phaseSeconds(w.datasetMB(t)/m.MountRate.Mean())
	default:
		if t.mode == Existing {
			return phaseSeconds(m.ExistingStart.Mean())
		}
		return phaseSeconds(m.StartContainer.Mean())
	}
}

// longest keeps virtual time far from its end, whatever a scenario says.
const longest = 10 * 365 * 24 * time.Hour

// longestPhase keeps a hundred attempts at one within the limits of time.
const longestPhase = 30 * 24 * time.Hour

func phaseSeconds(s float64) des.Time { return min(seconds(s), des.Time(longestPhase)) }

// seconds rounds to milliseconds, which hides what floating point leaves different between processors.
func seconds(s float64) des.Time {
	ms := math.Round(s * 1000)
	if !(ms >= 0) {
		return 0
	}
	return des.Time(min(ms, float64(longest/time.Millisecond))) * des.Time(time.Millisecond)
}
