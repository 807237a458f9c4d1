package world

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// steps is how many lines a whole training logs.
const steps = 200

// Log returns the last lines of a task's log, at most tail. Times are since the task's creation. The figures come from
// the task's own stream, so that the same task logs the same lines.
func (w *World) Log(id string, tail int) ([]string, error) {
	t, err := w.find(id)
	if err != nil {
		return nil, err
	}
	lines := []string{}
	ends := w.trainingEnds(t)
	for i, e := range t.history {
		if i == ends {
			lines = append(lines, w.trainingLog(t)...)
		}
		lines = append(lines, fmt.Sprintf("[+%s] %s", (e.At-t.created).Duration().Round(time.Millisecond), logText(e)))
	}
	if ends == len(t.history) {
		lines = append(lines, w.trainingLog(t)...)
	}
	return lines[max(0, len(lines)-tail):], nil
}

// trainingEnds is the place in a task's history where its training was last interrupted: before the task's end, or before
// a restart that has not led to training again; behind all while it trains. What a restart threw away is not logged.
func (w *World) trainingEnds(t *task) int {
	if t.status == Running {
		return len(t.history)
	}
	for i := len(t.history) - 1; i >= 0; i-- {
		if e := &t.history[i]; e.Type == TaskRestarted || e.Type == TaskStatus && e.Status.Finished() {
			return i
		}
	}
	return -1
}

func logText(e Event) string {
	text := string(e.Type)
	switch {
	case e.Type == TaskPlaced:
		text = "placed on " + strings.Join(e.Nodes, ", ")
	case e.Type == TaskRestarted:
	case e.Type == TaskQueued && len(e.Verdicts) > 0:
		text = "queued (" + strings.Join(e.Verdicts, "; ") + ")"
	case e.Phase != "":
		text = string(e.Phase)
	case e.Status != "":
		text = string(e.Status)
	}
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	return text
}

// trainingLog is the output of the training so far. Loss falls with the power of the progress that Kaplan et al.
// (2020) found for data, 0.095, from that of a vocabulary of 32,000 words guessed at random, ln 32000.
func (w *World) trainingLog(t *task) []string {
	if t.length <= 0 {
		return nil
	}
	done := int(part(w.trained(t), t.length, steps))
	tokens := w.dataset(t).Tokens / t.length.Duration().Seconds()
	lines := make([]string, 0, done)
	for s := 1; s <= done; s++ {
		r := des.Stream(w.seed, "log "+t.id, strconv.Itoa(s))
		loss := math.Log(32_000) * math.Pow(float64(s)*10, -0.095) * (1 + r.NormFloat64()/100)
		lines = append(lines, fmt.Sprintf("step %d/%d loss %.4f tokens/s %.0f", s, steps, loss, tokens*(1+r.NormFloat64()/200)))
	}
	return lines
}
