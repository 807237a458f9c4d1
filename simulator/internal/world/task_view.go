package world

import (
	"fmt"
	"math"
	"strconv"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// view returns a task as it is now.
func (l *lifecycle) view(t *task) TaskView {
	v := TaskView{
		ID: t.id, Spec: t.Spec, Mode: t.Mode, Status: t.Status, Phase: t.Phase, Reason: t.Reason,
		Created: t.Created, Nodes: t.Nodes, Cost: l.cost(t), Revision: t.Revision,
		Restarts: t.restarts(), Preemptions: t.Preemptions,
	}
	if t.Mode == Existing {
		v.EnvironmentID = l.cfg.Environments[t.environment].ID
		v.EnvironmentName = l.cfg.Environments[t.environment].Name
	}
	if t.WasStarted {
		v.Started = &t.Started
		v.Ran = l.now.Sub(t.Started)
	}
	if t.Status.Finished() {
		v.Finished = &t.Finished
		if t.WasStarted {
			v.Ran = t.Finished.Sub(t.Started)
		}
	}
	if t.Status == Succeeded {
		v.Progress = 1
	} else if t.Length > 0 {
		// In ten-thousandths, rounded down, so that only a finished training shows 1.
		v.Progress = float64(part(l.trained(t), t.Length, 10_000)) / 10_000
	}
	return v
}

// trainingEnds returns the index in a task's history of the event that interrupted its training: its end, or a restart that
// has not led to training again. For a task that trains it returns the length of the history, and -1 for one that never
// trained. Training that a restart has dropped is not logged.
func (l *lifecycle) trainingEnds(t *task) int {
	if t.Status == Running {
		return len(t.History)
	}
	for i := len(t.History) - 1; i >= 0; i-- {
		if e := &t.History[i]; e.Type == TaskRestarted || e.Type == TaskStatus && e.Status.Finished() {
			return i
		}
	}
	return -1
}

// trainingLog returns the output of the training so far. The loss starts at ln 32000, that of random guesses among 32,000
// words, and falls as the power -0.095 of the progress, which Kaplan et al. (2020) found for data.
func (l *lifecycle) trainingLog(t *task) []string {
	if t.Length <= 0 {
		return nil
	}
	done := int(part(l.trained(t), t.Length, steps))
	tokens := l.dataset(t).Tokens / t.Length.Duration().Seconds()
	lines := make([]string, 0, done)
	for s := 1; s <= done; s++ {
		r := des.Stream(l.seed, "log "+t.id, strconv.Itoa(s))
		loss := math.Log(32_000) * math.Pow(float64(s)*10, -0.095) * (1 + r.NormFloat64()/100)
		lines = append(lines, fmt.Sprintf("step %d/%d loss %.4f tokens/s %.0f", s, steps, loss, tokens*(1+r.NormFloat64()/200)))
	}
	return lines
}

// runsOf returns the runs of a task, the earliest first, as its history tells them.
func (l *lifecycle) runsOf(t *task) []Run {
	var runs []Run
	run := Run{Task: t.id, Name: t.TaskName, Zone: l.zoneOf(t)}
	if t.Mode == Existing {
		run.Environment, run.Began = l.cfg.Environments[t.environment].ID, &t.Created
	} else {
		run.Queued = &t.Created
	}
	for i := range t.History {
		e := &t.History[i]
		switch {
		case e.Type == TaskPlaced:
			run.Began, run.Nodes = &e.At, e.Nodes
			if run.Queued != nil && *run.Queued == e.At {
				run.Queued = nil
			}
		case e.Type == TaskStatus && e.Status.Finished(), e.Type == TaskRestarted && e.Status == Queued:
			run.Ended, run.Status, run.Reason = &e.At, e.Status, e.Reason
			runs = append(runs, run)
			run = Run{Task: t.id, Name: t.TaskName, Zone: run.Zone, Queued: &e.At}
		}
	}
	if !t.Status.Finished() {
		runs = append(runs, run)
	}
	return runs
}
