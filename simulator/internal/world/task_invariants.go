package world

import (
	"slices"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// stages are the statuses of a live task with the phases that belong to each.
var stages = map[LaunchMode]map[Status][]Phase{
	Existing: {Starting: {MountingData, StartingContainer}, Running: {""}},
	Dynamic: {
		Queued: {""}, Allocating: {FindingNodes, AllocatingGPUs},
		Starting: {PullingImage, MountingData, StartingContainer}, Running: {""},
	},
}

func (w *World) checkTasks() *Violation {
	for _, t := range w.tasks {
		if t == nil {
			continue
		}
		for _, check := range []func(*World, *task) *Violation{
			(*World).checkSpec, (*World).checkStage, (*World).checkNext, (*World).checkTimes, (*World).checkHolds, (*World).checkHistory,
		} {
			if v := check(w, t); v != nil {
				return v
			}
		}
	}
	return nil
}

// checkSpec: a task has all that it needs, and what it names exists. The limits of texts are not checked, since a task may be
// older than they are.
func (w *World) checkSpec(t *task) *Violation {
	wrong := func(field, format string, args ...any) *Violation {
		return broken(kindTask, t.number, field, format, args...)
	}
	switch t.mode {
	case Existing:
		if t.EnvironmentID != nil && w.environmentIndex(*t.EnvironmentID) != t.environment {
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
		return wrong("mode", "%q is no launch mode; want %s or %s", t.mode, Existing, Dynamic)
	}
	if t.LaunchMode != "" && t.LaunchMode != t.mode {
		return wrong("mode", "it asks for %q, and is %q", t.LaunchMode, t.mode)
	}
	for _, f := range []struct{ field, text string }{
		{"taskName", t.TaskName}, {"datasetId", t.DatasetID}, {"datasetVersionId", t.DatasetVersionID},
	} {
		if blank(&f.text) {
			return wrong(f.field, "it is blank")
		}
	}
	err := w.checkCatalog(t.DatasetID, t.DatasetVersionID, t.ModelID)
	if err == nil && t.Resources != nil {
		err = w.checkResources(t.Resources.draft())
	}
	if err == nil {
		err = checkLabels(t.Labels)
	}
	if err != nil {
		v := wrong(err.Field, "%s", err.Error())
		v.cause = err
		return v
	}
	return nil
}

// checkStage: status and phase go together.
func (w *World) checkStage(t *task) *Violation {
	switch {
	case !known(t.status):
		return broken(kindTask, t.number, "status", "%q is none", t.status)
	case t.status.Finished() && t.phase != "":
		return broken(kindTask, t.number, "phase", "it is %s, and has phase %q", t.status, t.phase)
	case !t.status.Finished() && stages[t.mode][t.status] == nil:
		return broken(kindTask, t.number, "status", "no %s task is %s", t.mode, t.status)
	case !t.status.Finished() && !slices.Contains(stages[t.mode][t.status], t.phase):
		return broken(kindTask, t.number, "phase", "it is %s, and has phase %q", t.status, t.phase)
	}
	return nil
}

// checkNext: something is to happen next, unless the task waits for others or is at its end.
func (w *World) checkNext(t *task) *Violation {
	waits := t.status == Queued || t.status.Finished() || t.status == Running && t.mode == Existing
	if waits != (t.pending == des.Handle{}) {
		return broken(kindTask, t.number, "", "it is %s, and its next event is missing, or is one too many", t.status)
	}
	return nil
}

func (w *World) checkTimes(t *task) *Violation {
	wrong := func(field, format string, args ...any) *Violation {
		return broken(kindTask, t.number, field, format, args...)
	}
	for _, f := range []struct {
		field string
		at    des.Time
	}{
		{"created", t.created}, {"placed", t.placed}, {"began", t.began}, {"phaseBegan", t.phaseBegan}, {"started", t.started},
		{"resumed", t.resumed}, {"queued", t.queued}, {"finished", t.finished},
	} {
		if !within(0, w.now, f.at) {
			return wrong(f.field, "%s is not within 0s and now, which is %s", f.at, w.now)
		}
	}
	shortest := des.Time(w.cfg.Training.Minimum)
	if shortest <= 0 && w.meanLength(t) >= des.Time(time.Second) {
		shortest = 1
	}
	if most := max(des.Time(longest), shortest); !within(shortest, most, t.length) {
		return wrong("length", "%s is not within %s and %s", t.length, shortest, most)
	}
	for _, f := range []struct {
		field string
		part  des.Time
	}{{"served", t.served}, {"saved", t.saved}} {
		if !within(0, t.length, f.part) {
			return wrong(f.field, "%s is not within 0s and the length, %s", f.part, t.length)
		}
	}
	switch hour := des.Time(time.Hour); {
	case !within(0, farthest, t.limit) || t.limit%hour != 0 || t.mode == Dynamic && t.limit == 0:
		return wrong("limit", "%s is no whole number of hours that a task declares", t.limit)
	case !within(0, farthest, t.target):
		return wrong("target", "%s is not within 0s and %s", t.target, farthest)
	case t.mode == Existing && (t.arrival != 0 || t.limit != 0):
		return wrong("arrival", "a task in an environment never came into a queue, and it has number %d and a limit of %s", t.arrival, t.limit)
	case t.target != 0 && (t.mode == Dynamic || !t.wasStarted):
		return wrong("target", "it has trained in no environment, and is to end there at %s", t.target)
	case t.mode == Existing && t.status == Running:
		if at := w.environments[t.environment].serviceAt(w.now); t.target < at || t.target-t.length > at {
			return wrong("target", "its environment has served %s; a training of %s that goes on ends within that, not at %s", at, t.length, t.target)
		}
	}
	if most := mostOfCount; t.revision < 1 || max(t.revision, t.attempts, t.crashes, t.losses) > most || min(t.attempts, t.crashes, t.losses) < 0 {
		return wrong("revision", "revision %d, %d attempts, %d crashes, %d losses: a count is out of its range", t.revision, t.attempts, t.crashes, t.losses)
	}
	return nil
}

// checkHolds: what a task holds is what it asks for, while it holds something.
func (w *World) checkHolds(t *task) *Violation {
	holds := t.mode == Dynamic && !t.status.Finished() && t.status != Queued
	if holds != (len(t.allocation.Parts) > 0) {
		return broken(kindTask, t.number, "holds", "a %s task that is %s holds %d parts", t.mode, t.status, len(t.allocation.Parts))
	}
	if !holds {
		return nil
	}
	r := t.Resources.request()
	if why := w.holdsWrong(&r, t.allocation); why != "" {
		return broken(kindTask, t.number, "holds", "%s", why)
	}
	names := nodeNames(w.cluster, t.allocation)
	if !slices.Equal(names, t.nodes) {
		return broken(kindTask, t.number, "nodes", "it holds %v, and names %v", names, t.nodes)
	}
	return nil
}

func nodeNames(c *cluster.Cluster, a cluster.Allocation) []string {
	names := make([]string, len(a.Parts))
	for i, p := range a.Parts {
		names[i] = c.Node(p.Node).Name
	}
	return names
}
