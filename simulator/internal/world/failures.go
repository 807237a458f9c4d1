package world

import (
	"slices"
	"strconv"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// nodeLife is a node's part in what the scenario does to nodes.
type nodeLife struct {
	events int           // so far, which number the draws
	by     cluster.State // failed or draining by the scenario; up when it is not, or was changed by hand
	since  des.Time      // of its state
}

// trouble is a way in which nodes leave and return by themselves.
type trouble struct {
	every, lasts time.Duration
	state        cluster.State
	begins, ends dueKind
}

func (w *World) troubles() []trouble {
	f := &w.cfg.Failures
	return []trouble{
		{f.NodeMTBF, f.NodeMTTR, cluster.Failed, nodeFails, nodeReturns},
		{f.DrainEvery, f.DrainFor, cluster.Draining, nodeDrains, nodeUndrains},
	}
}

// drawExponential draws a time with this mean, from a stream of one purpose and one id.
func (w *World) drawExponential(mean time.Duration, purpose, id string) des.Time {
	return seconds(Distribution{Kind: "exponential", A: mean.Seconds()}.Draw(des.Stream(w.seed, purpose, id)))
}

func (w *World) startFailures() {
	for _, x := range w.troubles() {
		for i := range w.nodes {
			if x.every > 0 {
				w.scheduleTrouble(i, x.every, x.begins)
			}
		}
	}
}

// scheduleTrouble schedules the next turn of a node's life. Each draw has a stream of its own.
func (w *World) scheduleTrouble(i int, mean time.Duration, kind dueKind) {
	w.nodes[i].events++
	id := w.cluster.Node(i).Name + "#" + strconv.Itoa(w.nodes[i].events)
	// A millisecond at least, so that no mean makes time stand still.
	w.plan(w.now+max(w.drawExponential(mean, "node", id), des.Time(time.Millisecond)), due{kind, int32(i)})
}

// troubleBegins takes a node that is up out of service; one that is not stays as it is, and its turn comes again.
func (w *World) troubleBegins(i int, x trouble) {
	if w.cluster.State(i) != cluster.Up {
		w.scheduleTrouble(i, x.every, x.begins)
		return
	}
	w.scheduleTrouble(i, x.lasts, x.ends)
	w.changeNodeBy(i, x.state, x.state)
}

func (w *World) troubleEnds(i int, x trouble) {
	w.scheduleTrouble(i, x.every, x.begins)
	if w.nodes[i].by == x.state {
		w.changeNode(i, cluster.Up)
	}
}

// changeNode fails, drains or restores a node by hand. What runs on a failing node is lost with it.
func (w *World) changeNode(i int, s cluster.State) { w.changeNodeBy(i, s, cluster.Up) }

func (w *World) changeNodeBy(i int, s, by cluster.State) {
	if w.cluster.State(i) == s {
		return
	}
	node := w.cluster.Node(i)
	w.nodes[i].by, w.nodes[i].since = by, w.now
	w.cluster.SetState(i, s)
	w.meter.holdsOn(w, i)
	w.touched.node(i)
	w.emit(Event{Type: NodeChanged, Node: node.Name, Reason: s.String()})
	zone := w.zones[node.Zone]
	w.tellQueue(i)
	if s == cluster.Failed {
		w.caches[i] = nil
		w.lose(i)
	}
	w.schedule(zone)
}

// tellQueue tells a node's queue whether the node is in service. For an outage that the scenario caused, its mean length is
// known. For one by hand, nobody has said how long it lasts.
func (w *World) tellQueue(i int) {
	q := w.queues[w.zones[w.cluster.Node(i).Zone]]
	if w.cluster.State(i) == cluster.Up {
		q.In(i)
		return
	}
	lasts := des.Time(0)
	for _, x := range w.troubles() {
		if w.nodes[i].by == x.state {
			lasts = des.Time(x.lasts)
		}
	}
	q.Out(i, w.nodes[i].since, lasts)
}

// lose ends or restarts what holds a part of a node that has failed.
func (w *World) lose(node int) {
	here := func(a cluster.Allocation) bool {
		return slices.ContainsFunc(a.Parts, func(p cluster.Part) bool { return p.Node == node })
	}
	for _, j := range w.background.inOrder() {
		if here(j.allocation) {
			w.cancel(j.pending)
			w.backgroundEnds(j.id)
		}
	}
	for _, t := range w.tasks {
		switch {
		case t == nil || !here(t.allocation):
		case w.cfg.Failures.RestartOnNodeFailure:
			w.requeue(t)
		default:
			w.finish(t, Failed, EndNodeFailed)
		}
	}
}

// requeue sends a task whose node failed back to the queue, in its old place. It goes on from its last checkpoint.
func (w *World) requeue(t *task) {
	w.halt(t)
	t.losses++
	t.saved = w.checkpoint(t)
	t.served = t.saved
	t.queued = w.now
	t.revision++
	w.emit(Event{Type: TaskRestarted, Task: t.id, Status: Queued, Reason: EndNodeFailed})
	w.enqueue(t)
}

// checkpoint returns how much of the training the last checkpoint holds.
func (w *World) checkpoint(t *task) des.Time {
	every := des.Time(w.cfg.Failures.Checkpoint)
	if every <= 0 {
		return 0
	}
	return w.trained(t) / every * every
}

// pullFails reports whether the pull that has ended failed. The task then tries again, or fails.
func (w *World) pullFails(t *task, image Image) bool {
	f := &w.cfg.Failures
	t.attempts++
	id := t.id + "#" + strconv.Itoa(t.losses) + "." + strconv.Itoa(t.attempts)
	switch {
	case image.Missing:
	case f.PullError <= 0 || des.Stream(w.seed, "pull error", id).Float64() >= f.PullError:
		return false
	case t.attempts < f.PullAttempts:
		t.revision++
		w.emit(Event{Type: TaskPhase, Task: t.id, Status: t.status, Phase: t.phase, Reason: PullRetried})
		w.beginPhase(t)
		return true
	}
	w.finish(t, Failed, EndImagePullFailed)
	return true
}

// drawCrash draws when the training will crash; after its end if never.
func (w *World) drawCrash(t *task) des.Time {
	if w.cfg.Failures.CrashMTBF <= 0 {
		return t.length + 1
	}
	id := t.id + "#" + strconv.Itoa(t.losses) + "." + strconv.Itoa(t.crashes)
	return w.drawExponential(w.cfg.Failures.CrashMTBF, "crash", id)
}

// crash ends a training that has crashed, or restarts its container, from the last checkpoint, on the GPUs it has.
func (w *World) crash(t *task) {
	t.crashes++
	if t.crashes > w.cfg.Failures.MaxRestarts {
		w.finish(t, Failed, EndTrainingCrashed)
		return
	}
	t.saved = w.checkpoint(t)
	t.served = t.saved
	t.status, t.phase, t.began = Starting, StartingContainer, w.now
	w.meter.runs(w, t, -1)
	t.revision++
	w.emit(Event{
		Type: TaskRestarted, Task: t.id, Status: t.status, Phase: t.phase, Reason: EndTrainingCrashed,
	})
	w.beginPhase(t)
}
