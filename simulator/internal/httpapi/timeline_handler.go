package httpapi

import (
	"net/http"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/history"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/text"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// maxRuns bounds a timeline; each run takes some hundred bytes.
const maxRuns = 5000

// GetTimeline answers which tasks were on which nodes, and when.
func (s *controlPlane) GetTimeline(w http.ResponseWriter, r *http.Request) {
	q := parseQuery(r)
	window := history.Windows[q.historyWindow()]
	zone, _ := q.text("availabilityZone")
	if err := q.done(); err != nil {
		s.fail(w, r, err)
		return
	}
	answer := api.Timeline{Runs: []api.TimelineRun{}, Nodes: []api.NodeChange{}}
	s.engine.History(func(wd *world.World, h *history.Recorder) {
		since := max(0, wd.Now()-des.Time(window.Steps)*window.Step)
		answer.From, answer.Until = formatTime(s.engine.Time(since)), formatTime(s.engine.Time(wd.Now()))
		runs, omitted := wd.Runs(since, zone, maxRuns)
		answer.RunsOmitted = omitted
		for i := range runs {
			answer.Runs = append(answer.Runs, s.newTimelineRun(&runs[i]))
		}
		for _, c := range h.Nodes(since) {
			if n, err := wd.Node(c.Node); err == nil && (zone == "" || n.Zone == zone) {
				answer.Nodes = append(answer.Nodes, api.NodeChange{
					Time: formatTime(s.engine.Time(c.At)), ID: c.Node, State: api.NodeState(c.State),
				})
			}
		}
	})
	s.answer(w, r, text.OK, answer)
}

func (s *Server) newTimelineRun(r *world.Run) api.TimelineRun {
	run := api.TimelineRun{
		TaskID: r.Task, TaskName: r.Name, AvailabilityZone: r.Zone, EnvironmentID: r.Environment, Nodes: r.Nodes,
		QueuedAt: s.optionalTime(r.Queued), BeganAt: s.optionalTime(r.Began), EndedAt: s.optionalTime(r.Ended),
		EndedAs: api.EndedAs(r.Status), Reason: api.StatusReason(r.Reason),
	}
	if run.Nodes == nil {
		run.Nodes = []string{}
	}
	return run
}
