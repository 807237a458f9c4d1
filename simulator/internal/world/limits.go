package world

import (
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// Priority orders the tasks that wait, and says which running tasks may have to give way to them.
type Priority string

// The priorities.
const (
	Low    Priority = "low"
	Normal Priority = "normal" // what a task has that asks for none
	High   Priority = "high"
)

// levels are the priorities as a queue compares them.
var levels = map[Priority]int{Low: -1, Normal: 0, High: 1}

// The ranges of a task's limits. The longest duration is ten years, so that sums of times can't overflow.
const (
	MinDuration = 60 // seconds
	MaxDuration = 10 * 365 * 24 * 3600
	MaxRestarts = 100
)

// PriorityOrNormal returns the priority of a task.
func (s *Spec) PriorityOrNormal() Priority {
	if s.Priority == nil {
		return Normal
	}
	return *s.Priority
}

// checkLimits returns what is wrong with the durations, counts and priority of a task.
func checkLimits(duration, restarts *int, p *Priority) *Error {
	for _, f := range []struct {
		field            string
		value            *int
		minimum, maximum int
	}{{"maxDuration", duration, MinDuration, MaxDuration}, {"maxRestarts", restarts, 0, MaxRestarts}} {
		switch {
		case f.value == nil:
		case *f.value < f.minimum:
			return invalid(ReasonBelowMinimum, f.field).with("minimum", f.minimum).with("value", *f.value)
		case *f.value > f.maximum:
			return invalid(ReasonAboveMaximum, f.field).with("maximum", f.maximum).with("value", *f.value)
		}
	}
	if p != nil {
		if _, ok := levels[*p]; !ok {
			return invalid(ReasonPriority, "priority").with("priority", string(*p)).
				with("allowed", []string{string(Low), string(Normal), string(High)})
		}
	}
	return nil
}

// limits are the values, besides the texts, that can change while a task lives.
type limits struct {
	duration, restarts *int
	priority           *Priority
}

func taskLimits(s *Spec) limits { return limits{s.MaxDuration, s.MaxRestarts, s.Priority} }

func (a limits) equal(b limits) bool {
	return equal(a.duration, b.duration) && equal(a.restarts, b.restarts) && equal(a.priority, b.priority)
}

// equal reports whether both are nil, or point to equal values.
func equal[T comparable](a, b *T) bool { return a == b || a != nil && b != nil && *a == *b }

// changedLimits returns the limits of a task after an update. It returns an error if they are invalid, if the task has ended,
// or if it would end at once.
func (l *lifecycle) changedLimits(c *UpdateTask, t *task) (limits, *Error) {
	changed := taskLimits(&t.Spec)
	if c.MaxDuration != nil {
		if changed.duration = c.MaxDuration; *c.MaxDuration == 0 {
			changed.duration = nil
		}
	}
	if c.MaxRestarts != nil {
		if changed.restarts = c.MaxRestarts; *c.MaxRestarts == -1 {
			changed.restarts = nil
		}
	}
	if c.Priority != nil && *c.Priority != t.PriorityOrNormal() {
		changed.priority = c.Priority
	}
	if changed.equal(taskLimits(&t.Spec)) {
		return changed, nil
	}
	if err := checkLimits(changed.duration, changed.restarts, changed.priority); err != nil {
		return changed, err
	}
	if t.Status.Finished() {
		return changed, (&Error{Kind: Conflict, Reason: ReasonTaskFinished}).with("status", string(t.Status))
	}
	if used := l.used(t); changed.duration != nil && des.Time(*changed.duration)*des.Time(time.Second) <= used {
		return changed, (&Error{Kind: Conflict, Reason: ReasonDurationPassed, Field: "maxDuration"}).
			with("value", *changed.duration).with("used", int(used/des.Time(time.Second)))
	}
	return changed, nil
}

// limit returns the most time that a task may be on its GPUs, over all restarts; in an environment, that it may train. It
// returns false for a task without such a limit.
func (s *Spec) limit() (des.Time, bool) {
	if s.MaxDuration == nil {
		return 0, false
	}
	return des.Time(*s.MaxDuration) * des.Time(time.Second), true
}

// used returns how much of its limit a task has used up.
func (l *lifecycle) used(t *task) des.Time {
	switch {
	case t.Mode == Existing && t.WasStarted:
		return l.now - t.Started
	case len(t.Holds) > 0:
		return t.Billed + l.now - t.Placed
	}
	return t.Billed
}

// scheduleLimit schedules when a task reaches its limit, if it is using it up. It takes the place of an earlier schedule.
func (l *lifecycle) scheduleLimit(t *task) {
	l.cancel(t.limitEnds)
	t.limitEnds = des.Handle{}
	if limit, ok := t.limit(); ok && t.usesLimit() {
		t.limitEnds = l.schedule(l.now+max(0, limit-l.used(t)), pendingEvent{limitReached, t.number})
	}
}

// usesLimit reports whether a task uses up its limit now.
func (t *task) usesLimit() bool {
	if t.Mode == Existing {
		return t.Status == Running
	}
	return len(t.Holds) > 0
}

// reachLimit stops a task that has used up its limit, unless its training is complete.
func (l *lifecycle) reachLimit(t *task) {
	t.limitEnds = des.Handle{}
	if t.Status == Running && l.trained(t) >= t.Length {
		return // it succeeds at this instant
	}
	l.finish(t, Stopped, EndMaxDuration)
}

// restarts returns how often a task has restarted after it had crashed or lost a node.
func (t *task) restarts() int {
	n := t.Crashes + t.Losses
	if t.Reason == EndTrainingCrashed {
		n-- // the last crash ended it
	}
	return n
}

// mayRestart reports whether a task may restart after its n-th crash or loss of a node. byRules is what the cluster's rules
// say of a task that sets no number of restarts.
func (t *task) mayRestart(n int, byRules bool) bool {
	if t.MaxRestarts == nil {
		return byRules
	}
	return n <= *t.MaxRestarts
}
