package world

import (
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// Run is one stay of a task on nodes or in an environment, with the wait before it. A task that has lost a node may have
// several.
type Run struct {
	Task, Name   string
	Zone         string   // of a dynamic task
	Environment  string   // id, of a task in an environment
	Nodes        []string // none in an environment, and none if the task has not been placed
	Queued       *des.Time
	Began, Ended *des.Time
	// Status is the task's status after the run: succeeded, failed or stopped, or queued if it went back to the queue. It is
	// "" while the task runs or waits.
	Status Status
	Reason Reason
}

// Runs returns the runs of the tasks on record that have ended since a time or not yet, those of the latest tasks first. It
// returns at most most runs, and how many more it has omitted. If zone is not "", it returns the runs in that zone only.
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
