package httpapi

import (
	"math"
	"net/http"
	"slices"
	"time"

	"github.com/shopspring/decimal"

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

type historyWire struct {
	Window        string       `json:"window"`
	Step          int          `json:"step"`
	From          string       `json:"from"`
	Until         string       `json:"until"`
	Times         []string     `json:"times"`
	Total         seriesWire   `json:"total"`
	Series        []poolSeries `json:"series"`
	SeriesOmitted int          `json:"seriesOmitted"`
}

type seriesWire struct {
	GPUCapacity  int       `json:"gpuCapacity"`
	Utilization  []float64 `json:"utilization"`
	QueueLength  []float64 `json:"queueLength"`
	RunningTasks []float64 `json:"runningTasks"`
	Cost         []string  `json:"cost"`
	HourlyCost   []string  `json:"hourlyCost"`
	TotalCost    money     `json:"totalCost"`
}

type poolSeries struct {
	AvailabilityZone string `json:"availabilityZone"`
	GPUType          string `json:"gpuType"`
	seriesWire
}

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
	wire := historyWire{Times: []string{}, Series: []poolSeries{}}
	s.engine.History(func(wd *world.World, h *history.Recorder) {
		recorded, pools = h.Read(window, wd.Now()), wd.Pools()
		at := func(t des.Time) string { return formatTime(s.engine.Time(t)) }
		wire.Until = at(wd.Now())
		wire.From = wire.Until
		for _, t := range recorded.Bounds {
			wire.Times = append(wire.Times, at(t))
		}
	})
	if steps := len(wire.Times) - 1; steps > 0 {
		wire.From, wire.Times = wire.Times[0], wire.Times[:steps]
	}
	wire.Window, wire.Step = recorded.Window.Name, int(recorded.Window.Step.Duration()/time.Second)
	total := newSummary(&recorded, s.config().Currency)
	for i, p := range pools {
		if zone != "" && p.Zone != zone || gpuType != "" && p.GPUType != gpuType {
			continue
		}
		total.add(&p, recorded.Pools[i])
		if len(wire.Series) == maxSeries {
			wire.SeriesOmitted++
			continue
		}
		one := newSummary(&recorded, s.config().Currency)
		one.add(&p, recorded.Pools[i])
		wire.Series = append(wire.Series, poolSeries{p.Zone, p.GPUType, one.wire()})
	}
	wire.Total = total.wire()
	s.answer(w, r, messageOK, wire)
}

// summary adds up the history of some pools.
type summary struct {
	series   *history.Series
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

// wire turns integrals into means, and into money: the costs of the steps are rounded so that they add up to the total.
func (s *summary) wire() seriesWire {
	steps := len(s.levels)
	w := seriesWire{
		GPUCapacity: s.capacity, Utilization: make([]float64, steps), QueueLength: make([]float64, steps),
		RunningTasks: make([]float64, steps), Cost: make([]string, steps), HourlyCost: make([]string, steps),
	}
	sum, spent := decimal.Zero, decimal.Zero
	hour := decimal.NewFromInt(time.Hour.Microseconds())
	for i := range s.levels {
		length := (s.series.Bounds[i+1] - s.series.Bounds[i]).Duration()
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
	w.TotalCost = money{spent.StringFixed(2), s.currency}
	return w
}

type timelineWire struct {
	From        string           `json:"from"`
	Until       string           `json:"until"`
	Runs        []runWire        `json:"runs"`
	RunsOmitted int              `json:"runsOmitted"`
	Nodes       []nodeChangeWire `json:"nodes"`
}

type runWire struct {
	TaskID           string   `json:"taskId"`
	TaskName         string   `json:"taskName"`
	AvailabilityZone string   `json:"availabilityZone"`
	EnvironmentID    string   `json:"environmentId,omitempty"`
	Nodes            []string `json:"nodes"`
	QueuedAt         string   `json:"queuedAt,omitempty"`
	BeganAt          string   `json:"beganAt,omitempty"`
	EndedAt          string   `json:"endedAt,omitempty"`
	EndedAs          string   `json:"endedAs,omitempty"`
	Reason           string   `json:"reason,omitempty"`
}

type nodeChangeWire struct {
	Time  string `json:"time"`
	ID    string `json:"id"`
	State string `json:"state"`
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
	wire := timelineWire{Runs: []runWire{}, Nodes: []nodeChangeWire{}}
	s.engine.History(func(wd *world.World, h *history.Recorder) {
		since := max(0, wd.Now()-des.Time(window.Steps)*window.Step)
		wire.From, wire.Until = formatTime(s.engine.Time(since)), formatTime(s.engine.Time(wd.Now()))
		runs, omitted := wd.Runs(since, zone, maxRuns)
		wire.RunsOmitted = omitted
		for i := range runs {
			wire.Runs = append(wire.Runs, s.runWire(&runs[i]))
		}
		for _, c := range h.Nodes(since) {
			if n, err := wd.Node(c.Node); err == nil && (zone == "" || n.Zone == zone) {
				wire.Nodes = append(wire.Nodes, nodeChangeWire{formatTime(s.engine.Time(c.At)), c.Node, c.State})
			}
		}
	})
	s.answer(w, r, messageOK, wire)
}

func (s *Server) runWire(r *world.Run) runWire {
	wire := runWire{
		TaskID: r.Task, TaskName: r.Name, AvailabilityZone: r.Zone, EnvironmentID: r.Environment, Nodes: r.Nodes,
		QueuedAt: s.optionalTime(r.Queued), BeganAt: s.optionalTime(r.Began), EndedAt: s.optionalTime(r.Ended),
		EndedAs: string(r.Status), Reason: r.Reason,
	}
	if wire.Nodes == nil {
		wire.Nodes = []string{}
	}
	return wire
}
