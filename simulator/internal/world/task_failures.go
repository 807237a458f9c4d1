package world

import (
	"strconv"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/catalog"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// nodeFailed ends a task that has lost a node, or sends it back to its queue, as configured.
func (l *lifecycle) nodeFailed(t *task) {
	if !t.mayRestart(t.Losses+t.Crashes+1, l.cfg.Failures.OnNodeFailure == "restart") {
		l.finish(t, Failed, EndNodeFailed)
		return
	}
	l.halt(t)
	t.Losses++
	l.backToCheckpoint(t)
	t.Queued = l.now
	t.Revision++
	l.emit(t, Event{Type: TaskRestarted, Status: Queued, Reason: EndNodeFailed})
	l.enqueue(t)
}

// pullFails reports whether the pull of an image that has just ended failed. If it did, the task tries again or fails.
func (l *lifecycle) pullFails(t *task, image catalog.Image) bool {
	f := &l.cfg.Failures
	t.Attempts++
	id := t.id + "#" + strconv.Itoa(t.Losses+t.Preemptions) + "." + strconv.Itoa(t.Attempts)
	switch {
	case image.Missing:
	case f.PullError <= 0 || des.Stream(l.seed, "pull error", id).Float64() >= f.PullError:
		return false
	case t.Attempts < f.PullAttempts:
		t.Revision++
		l.emit(t, Event{Type: TaskPhase, Status: t.Status, Phase: t.Phase, Reason: PullRetried})
		l.beginPhase(t)
		return true
	}
	l.finish(t, Failed, EndImagePullFailed)
	return true
}

// drawCrash draws how long the training goes on until it crashes: longer than its length if it never does.
func (l *lifecycle) drawCrash(t *task) des.Time {
	if l.cfg.Failures.CrashMTBF <= 0 {
		return t.Length + 1
	}
	id := t.id + "#" + strconv.Itoa(t.Losses+t.Preemptions) + "." + strconv.Itoa(t.Crashes)
	return l.drawExponential(time.Duration(l.cfg.Failures.CrashMTBF), "crash", id)
}

// crash restarts the container of a training that has crashed, on the GPUs that it has, and ends a task that has crashed
// too often.
func (l *lifecycle) crash(t *task) {
	t.Crashes++
	if !t.mayRestart(t.Losses+t.Crashes, t.Crashes <= l.cfg.Failures.MaxRestarts) {
		l.finish(t, Failed, EndTrainingCrashed)
		return
	}
	l.backToCheckpoint(t)
	l.become(t, Starting, StartingContainer)
	t.Began = l.now
	t.Revision++
	l.emit(t, Event{Type: TaskRestarted, Status: t.Status, Phase: t.Phase, Reason: EndTrainingCrashed})
	l.beginPhase(t)
}

// backToCheckpoint drops the training that the task has done since its last checkpoint.
func (l *lifecycle) backToCheckpoint(t *task) {
	saved := des.Time(0)
	if every := des.Time(l.cfg.Failures.Checkpoint); every > 0 {
		saved = l.trained(t) / every * every
	}
	t.Saved, t.Served = saved, saved
}
