package httpapi

import (
	"math"
	"net/http"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/history"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

const (
	// maxSeries bounds the answer for a scenario of many pools; each series takes a few KiB.
	maxSeries = 200
	// maxRuns bounds a timeline; each run takes some hundred bytes.
	maxRuns = 5000
)

// historyWindow reads the window parameter, as a place in history.Windows.
func (q *query) historyWindow() int {
	names := make([]string, len(history.Windows))
	for i := range history.Windows {
		names[i] = history.Windows[i].Name
	}
	name := q.choice("window", names...)
	if i := slices.Index(names, name); i >= 0 {
		return i
	}
	return slices.Index(names, "24h")
}

// GetHistory answers what is recorded, downsampled to the steps of a window.
func (s operations) GetHistory(w http.ResponseWriter, r *http.Request) {
	q := parseQuery(r)
	window := q.historyWindow()
	zone, _ := q.text("availabilityZone")
	gpuType, _ := q.text("gpuType")
	if err := q.done(); err != nil {
		s.fail(w, r, err)
		return
	}
	var recorded history.Series
	var pools []world.Pool
	answer := api.History{Times: []string{}, Series: []api.PoolSeries{}}
	s.engine.History(func(wd *world.World, h *history.Recorder) {
		recorded, pools = h.Read(window, wd.Now()), wd.Pools()
		at := func(t des.Time) string { return formatTime(s.engine.Time(t)) }
		answer.Until = at(wd.Now())
		answer.From = answer.Until
		for _, t := range recorded.Bounds {
			answer.Times = append(answer.Times, at(t))
		}
	})
	if steps := len(answer.Times) - 1; steps > 0 {
		answer.From, answer.Times = answer.Times[0], answer.Times[:steps]
	}
	answer.Window, answer.Step = api.HistoryWindow(recorded.Window.Name), int(recorded.Window.Step.Duration()/time.Second)
	total := newSummary(&recorded, s.config().Currency)
	for i, p := range pools {
		if zone != "" && p.Zone != zone || gpuType != "" && p.GPUType != gpuType {
			continue
		}
		total.add(&p, recorded.Pools[i])
		if len(answer.Series) == maxSeries {
			answer.SeriesOmitted++
			continue
		}
		one := newSummary(&recorded, s.config().Currency)
		one.add(&p, recorded.Pools[i])
		answer.Series = append(answer.Series, newPoolSeries(&p, one.series()))
	}
	answer.Total = total.series()
	s.answer(w, r, messageOK, answer)
}

func newPoolSeries(p *world.Pool, s api.HistorySeries) api.PoolSeries {
	return api.PoolSeries{
		AvailabilityZone: p.Zone, GPUType: p.GPUType, GPUCapacity: s.GPUCapacity, Utilization: s.Utilization, QueueLength: s.QueueLength,
		RunningTasks: s.RunningTasks, Cost: s.Cost, HourlyCost: s.HourlyCost, TotalCost: s.TotalCost,
	}
}

// summary adds up the history of some pools.
type summary struct {
	recorded *history.Series
	currency string
	capacity int
	levels   []history.Levels
	cost     []decimal.Decimal // in units of price-microseconds
}

func newSummary(s *history.Series, currency string) *summary {
	steps := max(0, len(s.Bounds)-1)
	return &summary{s, currency, 0, make([]history.Levels, steps), make([]decimal.Decimal, steps)}
}

func (s *summary) add(p *world.Pool, levels []history.Levels) {
	s.capacity += p.Capacity
	for i := range levels {
		for level := range levels[i] {
			s.levels[i][level] += levels[i][level]
		}
		if billed := levels[i][history.Billed]; billed != 0 {
			s.cost[i] = s.cost[i].Add(p.Type.Price.Mul(decimal.NewFromInt(billed)))
		}
	}
}

// series turns integrals into means, and into money: the costs of the steps are rounded so that they add up to the total.
func (s *summary) series() api.HistorySeries {
	steps := len(s.levels)
	w := api.HistorySeries{
		GPUCapacity: s.capacity, Utilization: make([]float64, steps), QueueLength: make([]float64, steps),
		RunningTasks: make([]float64, steps), Cost: make([]string, steps), HourlyCost: make([]string, steps),
	}
	sum, spent := decimal.Zero, decimal.Zero
	hour := decimal.NewFromInt(time.Hour.Microseconds())
	for i := range s.levels {
		length := (s.recorded.Bounds[i+1] - s.recorded.Bounds[i]).Duration()
		mean := func(level history.Level) float64 {
			return float64(s.levels[i][level]) * float64(time.Microsecond) / float64(length)
		}
		if s.capacity > 0 {
			w.Utilization[i] = math.Round(min(1, mean(history.Held)/float64(s.capacity))*10_000) / 10_000
		}
		w.QueueLength[i] = math.Round(mean(history.Waiting)*100) / 100
		w.RunningTasks[i] = math.Round(mean(history.Running)*100) / 100
		sum = sum.Add(s.cost[i])
		now := sum.DivRound(hour, 2)
		w.Cost[i] = now.Sub(spent).StringFixed(2)
		spent = now
		w.HourlyCost[i] = s.cost[i].Mul(decimal.NewFromInt(1000)).DivRound(decimal.NewFromInt(int64(length)), 2).StringFixed(2)
	}
	w.TotalCost = api.Money{Amount: spent.StringFixed(2), Currency: s.currency}
	return w
}

// GetTimeline answers who was where, and when.
func (s controlPlane) GetTimeline(w http.ResponseWriter, r *http.Request) {
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
	s.answer(w, r, messageOK, answer)
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
