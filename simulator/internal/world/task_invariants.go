package world

import (
	"slices"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// stages are the statuses that a live task can have, each with its phases.
var stages = map[LaunchMode]map[Status][]Phase{
	Existing: {Starting: {MountingData, StartingContainer}, Running: {""}},
	Dynamic: {
		Queued: {""}, Allocating: {FindingNodes, AllocatingGPUs},
		Starting: {PullingImage, MountingData, StartingContainer}, Running: {""},
	},
}

// checkTasks checks each task.
func (w inspector) checkTasks() *Violation {
	for _, t := range w.tasks.list {
		if t == nil {
			continue
		}
		for _, check := range []func(inspector, *task) *Violation{
			inspector.checkSpec, inspector.checkStage, inspector.checkNext, inspector.checkTimes, inspector.checkHolds, inspector.checkHistory,
		} {
			if v := check(w, t); v != nil {
				return v
			}
		}
	}
	return nil
}

// checkSpec checks that a spec is complete and refers to what exists. The limits of texts are not checked, since a task may
// be older than they are.
func (w inspector) checkSpec(t *task) *Violation {
	wrong := func(field, format string, args ...any) *Violation {
		return broken(kindTask, t.number, field, format, args...)
	}
	switch t.Mode {
	case Existing:
		if t.EnvironmentID != nil && w.catalog.EnvironmentIndex(*t.EnvironmentID) != t.environment {
			return wrong("environment", "it asks for %q, and is in %q", *t.EnvironmentID, w.cfg.Environments[t.environment].ID)
		}
	case Dynamic:
		if t.Resources == nil {
			return wrong("resources", "a dynamic task has some")
		}
		if t.EnvironmentID != nil {
			return wrong("environmentId", "a dynamic task asks for none, and it asks for %q", *t.EnvironmentID)
		}
	default:
		return wrong("mode", "%q is no launch mode; want %s or %s", t.Mode, Existing, Dynamic)
	}
	if t.LaunchMode != "" && t.LaunchMode != t.Mode {
		return wrong("mode", "it asks for %q, and is %q", t.LaunchMode, t.Mode)
	}
	for _, f := range []struct{ field, text string }{
		{"taskName", t.TaskName}, {"datasetId", t.DatasetID}, {"datasetVersionId", t.DatasetVersionID},
	} {
		if blank(&f.text) {
			return wrong(f.field, "it is blank")
		}
	}
	d := t.draft()
	if err := w.checkValues(&d, true); err != nil {
		v := wrong(err.Field, "%s", err.Error())
		v.cause = err
		return v
	}
	return nil
}

// checkStage checks that the status has the phase.
func (w inspector) checkStage(t *task) *Violation {
	switch {
	case !known(t.Status):
		return broken(kindTask, t.number, "status", "%q is none", t.Status)
	case t.Status.Finished() && t.Phase != "":
		return broken(kindTask, t.number, "phase", "it is %s, and has phase %q", t.Status, t.Phase)
	case !t.Status.Finished() && stages[t.Mode][t.Status] == nil:
		return broken(kindTask, t.number, "status", "no %s task is %s", t.Mode, t.Status)
	case !t.Status.Finished() && !slices.Contains(stages[t.Mode][t.Status], t.Phase):
		return broken(kindTask, t.number, "phase", "it is %s, and has phase %q", t.Status, t.Phase)
	}
	return nil
}

// checkNext checks that an event is pending for the task, unless it waits for others or is finished.
func (w inspector) checkNext(t *task) *Violation {
	waits := t.Status == Queued || t.Status.Finished() || t.Status == Running && t.Mode == Existing
	if waits != (t.pending == des.Handle{}) {
		return broken(kindTask, t.number, "", "it is %s, and its next event is missing, or is one too many", t.Status)
	}
	if _, limited := t.limit(); (limited && t.usesLimit()) != (t.limitEnds != des.Handle{}) {
		return broken(kindTask, t.number, "", "it is %s, and the end of its limit is missing, or is one too many", t.Status)
	}
	return nil
}

// checkTimes checks the ranges of times, lengths and counts.
func (w inspector) checkTimes(t *task) *Violation {
	wrong := func(field, format string, args ...any) *Violation {
		return broken(kindTask, t.number, field, format, args...)
	}
	for _, f := range []struct {
		field string
		at    des.Time
	}{
		{"created", t.Created}, {"placed", t.Placed}, {"began", t.Began}, {"phaseBegan", t.PhaseBegan}, {"started", t.Started},
		{"resumed", t.Resumed}, {"queued", t.Queued}, {"finished", t.Finished},
	} {
		if !within(0, w.now, f.at) {
			return wrong(f.field, "%s is not within 0s and now, which is %s", f.at, w.now)
		}
	}
	shortest := des.Time(w.cfg.Training.Minimum)
	if shortest <= 0 && w.meanLength(t) >= des.Time(time.Second) {
		shortest = 1
	}
	if most := max(des.Time(longest), shortest); !within(shortest, most, t.Length) {
		return wrong("length", "%s is not within %s and %s", t.Length, shortest, most)
	}
	for _, f := range []struct {
		field string
		part  des.Time
	}{{"served", t.Served}, {"saved", t.Saved}} {
		if !within(0, t.Length, f.part) {
			return wrong(f.field, "%s is not within 0s and the length, %s", f.part, t.Length)
		}
	}
	switch hour := des.Time(time.Hour); {
	case !within(0, farthest, t.Limit) || t.MaxDuration == nil && (t.Limit%hour != 0 || t.Mode == Dynamic && t.Limit == 0):
		return wrong("limit", "%s is no whole number of hours that a task declares", t.Limit)
	case t.MaxDuration != nil && t.Limit > des.Time(*t.MaxDuration)*des.Time(time.Second):
		return wrong("limit", "it is %s, and the task may take %d s", t.Limit, *t.MaxDuration)
	case !within(0, farthest, t.Target):
		return wrong("target", "%s is not within 0s and %s", t.Target, farthest)
	case t.Mode == Existing && (t.Arrival != 0 || t.Limit != 0):
		return wrong("arrival", "a task in an environment never came into a queue, and it has number %d and a limit of %s", t.Arrival, t.Limit)
	case t.Target != 0 && (t.Mode == Dynamic || !t.WasStarted):
		return wrong("target", "it has trained in no environment, and is to end there at %s", t.Target)
	case t.Mode == Existing && t.Status == Running:
		if at := w.environments.list[t.environment].serviceAt(w.now); t.Target < at || t.Target-t.Length > at {
			return wrong("target", "its environment has served %s; a training of %s that has not ended ends within that, not at %s",
				at, t.Length, t.Target)
		}
	}
	counts := []int{t.Attempts, t.Crashes, t.Losses, t.Preemptions}
	if t.Revision < 1 || max(t.Revision, slices.Max(counts)) > maxCount || slices.Min(counts) < 0 {
		return wrong("revision", "revision %d, %d attempts, %d crashes, %d losses, %d preemptions: a count is out of its range",
			t.Revision, t.Attempts, t.Crashes, t.Losses, t.Preemptions)
	}
	return nil
}

// checkHolds checks that a task holds what it asks for, or nothing, as its status has it.
func (w inspector) checkHolds(t *task) *Violation {
	holds := t.Mode == Dynamic && !t.Status.Finished() && t.Status != Queued
	if holds != (len(t.Holds) > 0) {
		return broken(kindTask, t.number, "holds", "a %s task that is %s holds %d parts", t.Mode, t.Status, len(t.Holds))
	}
	if !holds {
		return nil
	}
	r := t.Resources.request()
	if why := w.holdsWrong(&r, t.allocation()); why != "" {
		return broken(kindTask, t.number, "holds", "%s", why)
	}
	names := nodeNames(w.cluster, t.allocation())
	if !slices.Equal(names, t.Nodes) {
		return broken(kindTask, t.number, "nodes", "it holds %v, and names %v", names, t.Nodes)
	}
	return nil
}

// nodeNames returns the names of the nodes of an allocation.
func nodeNames(c *cluster.Cluster, a cluster.Allocation) []string {
	names := make([]string, len(a.Parts))
	for i, p := range a.Parts {
		names[i] = c.Node(p.Node).Name
	}
	return names
}
