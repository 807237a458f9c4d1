package world

import (
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// Run is one time that a task was on nodes or in an environment, with the wait before it. A task that lost its node may
// have several.
type Run struct {
	Task, Name   string
	Zone         string   // of a dynamic task
	Environment  string   // id, of a task in an environment
	Nodes        []string // none for a task in an environment, and for a wait that led to no node
	Queued       *des.Time
	Began, Ended *des.Time
	// Status is what the task was at its end: succeeded, failed, stopped, or queued where it went back into the queue. It is
	// "" while the run, or the wait, goes on.
	Status Status
	Reason Reason
}

// Runs returns the runs that ended since a time, or have not, of the tasks on record: those of the latest tasks first, and
// at most most of them. omitted is how many more there are. Where zone is not "", they are of that zone.
func (w *World) Runs(since des.Time, zone string, most int) (runs []Run, omitted int) {
	for _, t := range slices.Backward(w.tasks.list) {
		if t == nil || t.Status.Finished() && t.Finished < since || zone != "" && w.zoneOf(t) != zone {
			continue
		}
		for _, run := range w.life.runsOf(t) {
			switch {
			case run.Ended != nil && *run.Ended < since:
			case len(runs) < most:
				runs = append(runs, run)
			default:
				omitted++
			}
		}
	}
	return runs, omitted
}
