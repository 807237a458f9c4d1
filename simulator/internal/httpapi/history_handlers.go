package httpapi

import (
	"math"
	"net/http"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/backend"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/catalog"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/history"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/text"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// maxSeries bounds the answer for a scenario of many pools; each series takes a few KiB.
const maxSeries = 200

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
	historian, ok := s.cluster.(backend.Historian)
	if !ok {
		s.refuse(w, r, http.StatusNotImplemented, api.ErrorReasonHistoryNotRecorded, "", nil)
		return
	}
	recorded, err := historian.History(r.Context(), window)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	answer := api.History{Times: []string{}, Series: []api.PoolSeries{}}
	answer.Until = formatTime(s.cluster.Time(recorded.Now))
	answer.From = answer.Until
	for _, t := range recorded.Series.Bounds {
		answer.Times = append(answer.Times, formatTime(s.cluster.Time(t)))
	}
	if steps := len(answer.Times) - 1; steps > 0 {
		answer.From, answer.Times = answer.Times[0], answer.Times[:steps]
	}
	answer.Window, answer.Step = api.HistoryWindow(recorded.Series.Window.Name), int(recorded.Series.Window.Step.Duration()/time.Second)
	currency := s.cluster.Catalog().Currency
	total := newSummary(&recorded.Series, currency)
	for i, p := range recorded.Pools {
		if zone != "" && p.Zone != zone || gpuType != "" && p.GPUType != gpuType {
			continue
		}
		total.add(&p, recorded.Series.Pools[i])
		if len(answer.Series) == maxSeries {
			answer.SeriesOmitted++
			continue
		}
		one := newSummary(&recorded.Series, currency)
		one.add(&p, recorded.Series.Pools[i])
		answer.Series = append(answer.Series, newPoolSeries(&p, one.series()))
	}
	answer.Total = total.series()
	s.answer(w, r, text.OK, answer)
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
		s.pay(i, p.Type, levels[i][history.Billed])
		s.pay(i, p.Preemptible, levels[i][history.BilledPreemptible])
	}
}

// pay adds what some GPU-microseconds of a type cost to a step.
func (s *summary) pay(step int, t *catalog.GPUType, billed int64) {
	if billed != 0 {
		s.cost[step] = s.cost[step].Add(t.Price.Mul(decimal.NewFromInt(billed)))
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
