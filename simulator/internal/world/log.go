package world

import (
	"fmt"
	"strings"
	"time"
)

// steps is how many lines a complete training logs.
const steps = 200

// Log returns the last lines of a task's log, at most tail. Times are since the creation of the task. The figures are drawn
// from a stream of the task's own, so the same task logs the same lines.
func (w *World) Log(id string, tail int) ([]string, error) {
	t, err := w.tasks.find(id)
	if err != nil {
		return nil, err
	}
	lines := []string{}
	ends := w.life.trainingEnds(t)
	for i, e := range t.History {
		if i == ends {
			lines = append(lines, w.life.trainingLog(t)...)
		}
		lines = append(lines, fmt.Sprintf("[+%s] %s", (e.At-t.Created).Duration().Round(time.Millisecond), logText(e)))
	}
	if ends == len(t.History) {
		lines = append(lines, w.life.trainingLog(t)...)
	}
	return lines[max(0, len(lines)-tail):], nil
}

// logText writes an event as a line of the log.
func logText(e Event) string {
	text := string(e.Type)
	switch {
	case e.Type == TaskPlaced:
		text = "placed on " + strings.Join(e.Nodes, ", ")
	case e.Type == TaskRestarted:
	case e.Type == TaskQueued && len(e.Verdicts) > 0:
		verdicts := make([]string, len(e.Verdicts))
		for i, v := range e.Verdicts {
			verdicts[i] = v.String()
		}
		text = "queued (" + strings.Join(verdicts, "; ") + ")"
	case e.Phase != "":
		text = string(e.Phase)
	case e.Status != "":
		text = string(e.Status)
	}
	if e.Reason != "" {
		text += ": " + string(e.Reason)
	}
	return text
}
