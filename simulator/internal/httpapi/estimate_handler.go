package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/shopspring/decimal"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/forecast"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

const estimatePath = apiPrefix + "training-tasks/estimate"

// EstimateTrainingTask holds the world only while it is copied; the forks run beside everything else.
func (s operations) EstimateTrainingTask(w http.ResponseWriter, r *http.Request) {
	var body taskRequest
	if err := decode(r, &body); err != nil {
		s.fail(w, r, err)
		return
	}
	// Each would take all cores: more of them at once would only all take longer, and hold a copy of the world each.
	if !s.enter(s.estimating, w, r) {
		return
	}
	defer func() { <-s.estimating }()
	var question *forecast.Request
	var err error
	s.engine.View(func(wd *world.World) {
		var spec world.Spec
		if spec, err = wd.Resolve(body.draft()); err == nil {
			question, err = forecast.NewRequest(wd, spec)
		}
	})
	if err != nil {
		s.fail(w, r, err)
		return
	}
	answer, ok := question.Answer(sideBySide(r.Context()))
	if !ok {
		s.refuse(w, r, http.StatusServiceUnavailable, "CANCELLED", "", nil)
		return
	}
	s.answer(w, r, messageEstimated, s.estimateWire(&answer, of(r).english))
}

// sideBySide runs on all cores, until the request is cancelled.
func sideBySide(ctx context.Context) forecast.Each {
	return func(n int, f func(int)) bool {
		var next atomic.Int64
		var workers sync.WaitGroup
		for range min(n, runtime.GOMAXPROCS(0)) {
			workers.Go(func() {
				for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
					f(i)
				}
			})
		}
		workers.Wait()
		return ctx.Err() == nil
	}
}

type estimateWire struct {
	LaunchMode     string           `json:"launchMode"`
	EnvironmentID  string           `json:"environmentId,omitempty"`
	ResourceConfig *resourceConfig  `json:"resourceConfig,omitempty"`
	HourlyPrice    money            `json:"hourlyPrice"`
	Cost           rangeWire        `json:"cost"`
	StartTime      whenWire         `json:"startTime"`
	FinishTime     whenWire         `json:"finishTime"`
	QueuePosition  int              `json:"queuePosition,omitempty"`
	Capacity       capacityWire     `json:"capacity"`
	Suggestions    []suggestionWire `json:"suggestions"`
}

type rangeWire struct {
	Low    money `json:"low"`
	Median money `json:"median"`
	High   money `json:"high"`
}

type whenWire struct {
	Median string `json:"median,omitempty"`
	P90    string `json:"p90,omitempty"`
}

type capacityWire struct {
	Verdict       string   `json:"verdict"`
	Message       string   `json:"message"`
	Reason        string   `json:"reason,omitempty"`
	WantedGPUs    int      `json:"wantedGpus"`
	FreeGPUs      int      `json:"freeGpus"`
	SharedWith    int      `json:"sharedWith,omitempty"`
	Nodes         []string `json:"nodes"`
	ZonesWithRoom []string `json:"zonesWithRoom"`
}

func (s *Server) estimateWire(a *forecast.Answer, english bool) estimateWire {
	e := estimateWire{
		LaunchMode: string(a.Launch.Mode), EnvironmentID: a.Launch.Environment, ResourceConfig: resourceWire(a.Resources),
		HourlyPrice: s.money(a.HourlyPrice),
		Cost:        rangeWire{s.money(a.Cost.Low), s.money(a.Cost.Median), s.money(a.Cost.High)},
		StartTime:   s.whenWire(a.Start), FinishTime: s.whenWire(a.Finish), QueuePosition: a.Now.QueuePosition,
		Capacity:    newCapacityWire(&a.Capacity, english),
		Suggestions: make([]suggestionWire, len(a.Suggestions)),
	}
	for i := range a.Suggestions {
		e.Suggestions[i] = s.suggestionWire(&a.Suggestions[i], english)
	}
	return e
}

func (s *Server) money(d decimal.Decimal) money { return money{d.StringFixed(2), s.config().Currency} }

func (s *Server) whenWire(t forecast.When) whenWire {
	return whenWire{s.optionalTime(t.Median), s.optionalTime(t.P90)}
}

var verdictMessages = map[forecast.Verdict]message{
	forecast.Fits:   {"资源充足，可立即分配", "there is room: it starts at once"},
	forecast.Queues: {"需要排队：请求 %d 个 GPU，空闲 %d 个", "it queues: GPUs wanted %d, free %d"},
	forecast.Alone:  {"独占开发环境的 %d 个 GPU", "it has the environment's %d GPUs to itself"},
	forecast.Shares: {"与 %[2]d 个任务共享开发环境的 %[1]d 个 GPU", "it shares the environment's %d GPUs with %d tasks"},
}

func newCapacityWire(c *forecast.Capacity, english bool) capacityWire {
	text := verdictMessages[c.Verdict].in(english)
	switch c.Verdict {
	case forecast.Queues:
		text = fmt.Sprintf(text, c.Wanted, c.Free)
	case forecast.Alone:
		text = fmt.Sprintf(text, c.Wanted)
	case forecast.Shares:
		text = fmt.Sprintf(text, c.Wanted, c.Tasks)
	}
	if c.Reason != "" {
		text += colon.in(english) + reasonMessage(c.Reason, nil, english)
	}
	return capacityWire{
		Verdict: string(c.Verdict), Message: text, Reason: c.Reason, WantedGPUs: c.Wanted, FreeGPUs: c.Free, SharedWith: c.Tasks,
		Nodes: append([]string{}, inWords(c.Nodes, english)...), ZonesWithRoom: append([]string{}, c.ZonesWithRoom...),
	}
}

func (s *Server) forecastTime(t des.Time) string {
	return formatTime(s.engine.Time(t).Truncate(time.Millisecond))
}

func resourceWire(r *world.Resources) *resourceConfig {
	if r == nil {
		return nil
	}
	return &resourceConfig{r.Zone, r.GPUType, r.GPUs, r.CPUCores, r.MemoryGB, r.Image}
}
