package httpapi

import (
	"fmt"
	"net/http"
	"time"

	"github.com/shopspring/decimal"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/forecast"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

const estimatePath = apiPrefix + "training-tasks/estimate"

func (s operations) EstimateTrainingTask(w http.ResponseWriter, r *http.Request) {
	var body api.TrainingTaskRequest
	if err := decode(r, &body); err != nil {
		s.fail(w, r, err)
		return
	}
	// An estimate uses all cores and a copy of the world: more of them at a time would take more memory and finish no sooner.
	if !s.acquire(s.estimating, w, r) {
		return
	}
	defer func() { <-s.estimating }()
	answer, err := s.cluster.Estimate(r.Context(), newTaskDraft(&body))
	switch {
	case err != nil && r.Context().Err() != nil:
		s.refuse(w, r, http.StatusServiceUnavailable, api.ErrorReasonCancelled, "", nil)
		return
	case err != nil:
		s.fail(w, r, err)
		return
	}
	s.answer(w, r, messageEstimated, s.newEstimate(&answer, exchangeOf(r).english))
}

func (s *Server) newEstimate(a *forecast.Answer, english bool) api.TrainingEstimate {
	e := api.TrainingEstimate{
		LaunchMode: api.LaunchMode(a.Launch.Mode), EnvironmentID: a.Launch.Environment, ResourceConfig: newResourceConfig(a.Resources),
		HourlyPrice: s.money(a.HourlyPrice),
		Cost:        api.CostRange{Low: s.money(a.Cost.Low), Median: s.money(a.Cost.Median), High: s.money(a.Cost.High)},
		StartTime:   s.newForecastTime(a.Start), FinishTime: s.newForecastTime(a.Finish), QueuePosition: a.Now.QueuePosition,
		Capacity:    newCapacityVerdict(&a.Capacity, english),
		Suggestions: make([]api.Suggestion, len(a.Suggestions)),
	}
	for i := range a.Suggestions {
		e.Suggestions[i] = s.newSuggestion(&a.Suggestions[i], english)
	}
	return e
}

// money returns an amount to the hundredth.
func (s *Server) money(d decimal.Decimal) api.Money {
	return api.Money{Amount: d.StringFixed(2), Currency: s.cluster.Catalog().Currency}
}

func (s *Server) newForecastTime(t forecast.When) api.ForecastTime {
	return api.ForecastTime{Median: s.optionalTime(t.Median), P90: s.optionalTime(t.P90)}
}

var verdictMessages = map[forecast.Verdict]message{
	forecast.Fits:   {"资源充足，可立即分配", "there is room: it starts at once"},
	forecast.Queues: {"需要排队：请求 %d 个 GPU，空闲 %d 个", "it queues: GPUs wanted %d, free %d"},
	forecast.Alone:  {"独占开发环境的 %d 个 GPU", "it has the environment's %d GPUs to itself"},
	forecast.Shares: {"与 %[2]d 个任务共享开发环境的 %[1]d 个 GPU", "it shares the environment's %d GPUs with %d tasks"},
}

func newCapacityVerdict(c *forecast.Capacity, english bool) api.CapacityVerdict {
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
		text += colon.in(english) + eventReasonMessages[api.EventReason(c.Reason)].in(english)
	}
	return api.CapacityVerdict{
		Verdict: api.Verdict(c.Verdict), Message: text, Reason: api.WaitReason(c.Reason), WantedGPUS: c.Wanted, FreeGPUS: c.Free,
		SharedWith: c.Tasks,
		Nodes:      append([]string{}, inWords(c.Nodes, english)...), ZonesWithRoom: append([]string{}, c.ZonesWithRoom...),
	}
}

func (s *Server) forecastTime(t des.Time) string {
	return formatTime(s.cluster.Time(t).Truncate(time.Millisecond))
}

func newResourceConfig(r *world.Resources) *api.ResourceConfig {
	if r == nil {
		return nil
	}
	return &api.ResourceConfig{
		AvailabilityZone: r.Zone, GPUType: r.GPUType, GPUCount: r.GPUs, CPUCores: r.CPUCores, Memory: r.MemoryGB, Image: r.Image,
	}
}
