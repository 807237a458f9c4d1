package world

import (
	"math"
	"slices"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/des"
)

// enqueue puts a new dynamic task into its zone's queue, which it leaves at once if there is room.
func (w *World) enqueue(t *task) {
	zone := w.zones[t.Resources.Zone]
	t.status = Queued
	w.emit(Event{Type: TaskCreated, Task: taskID(t.number)})
	w.queues[zone] = append(w.queues[zone], t.number)
	w.schedule(zone)
	if t.status == Queued {
		verdicts := []string{}
		for _, v := range w.cluster.Verdicts(t.Resources.request()) {
			verdicts = append(verdicts, v.String())
		}
		w.emit(Event{Type: TaskQueued, Task: taskID(t.number), Status: Queued, Verdicts: verdicts})
	}
}

// schedule starts what can start in a zone, first come first served.
func (w *World) schedule(zone int) {
	for q := w.queues[zone]; len(q) > 0; q = w.queues[zone] {
		t := w.tasks[q[0]-1]
		a, ok := w.cluster.Place(t.Resources.request(), w.policy)
		if !ok {
			return
		}
		w.queues[zone] = q[1:]
		w.place(t, a)
	}
}

// place gives a task its GPUs; finding and allocating them are the first phases of its start.
func (w *World) place(t *task, a cluster.Allocation) {
	t.allocation = a
	t.nodes = make([]string, len(a.Parts))
	for i, p := range a.Parts {
		t.nodes[i] = w.cluster.Node(p.Node).Name
	}
	t.placed, t.wasPlaced = w.now, true
	t.status, t.phase = Allocating, FindingNodes
	t.revision++
	w.emit(Event{
		Type: TaskPlaced, Task: taskID(t.number), Status: t.status, Phase: t.phase, Nodes: t.nodes,
		Took: w.now - t.created,
	})
	w.beginPhase(t)
}

func (w *World) beginPhase(t *task) {
	t.phaseBegan = w.now
	t.pending = w.calendar.Schedule(w.now+w.drawPhase(t), due{phaseEnds, t.number})
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
		if image.Missing {
			w.finish(t, Failed, EndImagePullFailed)
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
	w.emit(Event{Type: TaskPhase, Task: taskID(t.number), Status: t.status, Phase: t.phase})
	w.beginPhase(t)
}

func (w *World) train(t *task) {
	t.status, t.phase = Running, ""
	t.started, t.wasStarted = w.now, true
	t.revision++
	w.emit(Event{Type: TaskStatus, Task: taskID(t.number), Status: Running, Took: w.now - t.placed})
	if t.mode == Existing {
		t.pending = des.Handle{}
		w.join(t)
		return
	}
	t.pending = w.calendar.Schedule(w.now+t.length, due{trainingEnds, t.number})
}

// finish ends a live task, gives back all that it holds and starts what was waiting for it.
func (w *World) finish(t *task, status Status, reason string) {
	w.calendar.Cancel(t.pending)
	t.pending = des.Handle{}
	if t.mode == Existing && t.status == Running {
		w.leave(t)
	}
	took := des.Time(0)
	if t.status == Running {
		took = w.now - t.started
	}
	if t.status == Queued {
		zone := w.zones[t.Resources.Zone]
		i := slices.Index(w.queues[zone], t.number)
		w.queues[zone] = slices.Delete(slices.Clone(w.queues[zone]), i, i+1)
	}
	t.status, t.phase, t.reason = status, "", reason
	t.finished = w.now
	t.revision++
	w.emit(Event{Type: TaskStatus, Task: taskID(t.number), Status: status, Reason: reason, Took: took})
	w.finished = append(w.finished, t.number)
	if t.mode == Dynamic {
		if len(t.allocation.Parts) > 0 {
			w.cluster.Release(t.allocation)
			t.allocation = cluster.Allocation{}
		}
		w.schedule(w.zones[t.Resources.Zone])
	}
}

// drawPhase draws how long the present phase takes, from a stream of its own.
func (w *World) drawPhase(t *task) des.Time {
	id := taskID(t.number)
	r := des.Stream(w.seed, string(t.phase), id)
	m := &w.cfg.Timings
	switch t.phase {
	case FindingNodes:
		return seconds(m.FindNodes.Draw(r))
	case AllocatingGPUs:
		return seconds(m.AllocateGPUs.Draw(r))
	case PullingImage:
		// The nodes of a gang pull side by side; the slowest decides.
		image := w.image(t.Resources.Image)
		longest := des.Time(0)
		for _, p := range t.allocation.Parts {
			d := m.PullCached.Draw(r)
			if !image.Missing && !w.caches[p.Node].has(image.Name) {
				d = float64(image.SizeMB) / m.PullRate.Draw(r)
			}
			longest = max(longest, seconds(d))
		}
		return longest
	case MountingData:
		if t.mode == Existing {
			return seconds(m.ExistingMount.Draw(r))
		}
		base := m.MountBase.Draw(r)
		return seconds(base) + seconds(w.datasetMB(t)/m.MountRate.Draw(r))
	default:
		if t.mode == Existing {
			return seconds(m.ExistingStart.Draw(r))
		}
		return seconds(m.StartContainer.Draw(r))
	}
}

// meanPhase is what drawPhase is expected to give.
func (w *World) meanPhase(t *task, p Phase) des.Time {
	m := &w.cfg.Timings
	switch p {
	case FindingNodes:
		return seconds(m.FindNodes.Mean())
	case AllocatingGPUs:
		return seconds(m.AllocateGPUs.Mean())
	case PullingImage:
		image := w.image(t.Resources.Image)
		cold := len(t.allocation.Parts) == 0
		for _, a := range t.allocation.Parts {
			cold = cold || !w.caches[a.Node].has(image.Name)
		}
		if cold && !image.Missing {
			return seconds(float64(image.SizeMB) / m.PullRate.Mean())
		}
		return seconds(m.PullCached.Mean())
	case MountingData:
		if t.mode == Existing {
			return seconds(m.ExistingMount.Mean())
		}
		return seconds(m.MountBase.Mean()) + seconds(w.datasetMB(t)/m.MountRate.Mean())
	default:
		if t.mode == Existing {
			return seconds(m.ExistingStart.Mean())
		}
		return seconds(m.StartContainer.Mean())
	}
}

// longest keeps virtual time far from its end, whatever a scenario says.
const longest = 10 * 365 * 24 * time.Hour

// seconds rounds to milliseconds, which hides what floating point leaves different between processors.
func seconds(s float64) des.Time {
	ms := math.Round(s * 1000)
	if !(ms >= 0) {
		return 0
	}
	return des.Time(min(ms, float64(longest/time.Millisecond))) * des.Time(time.Millisecond)
}
