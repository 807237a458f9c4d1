package httpapi

import (
	"math"
	"net/http"
	"time"

	"github.com/shopspring/decimal"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/forecast"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/text"
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
	s.answer(w, r, text.Estimated, s.newEstimate(&answer, exchangeOf(r).language))
}

func (s *Server) newEstimate(a *forecast.Answer, l text.Language) api.TrainingEstimate {
	e := api.TrainingEstimate{
		LaunchMode: api.LaunchMode(a.Launch.Mode), EnvironmentID: a.Launch.Environment, ResourceConfig: newResourceConfig(a.Resources),
		HourlyPrice: s.money(a.HourlyPrice),
		Cost:        api.CostRange{Low: s.money(a.Cost.Low), Median: s.money(a.Cost.Median), High: s.money(a.Cost.High)},
		StartTime:   s.newForecastTime(a.Start), FinishTime: s.newForecastTime(a.Finish), QueuePosition: a.Now.QueuePosition,
		Capacity:    newCapacityVerdict(&a.Capacity, l),
		Preempts:    []string{},
		Suggestions: make([]api.Suggestion, len(a.Suggestions)),
	}
	for _, p := range a.Capacity.Preempts {
		e.Preempts = append(e.Preempts, p.Task)
		if p.Priority == world.Low {
			e.PreemptsByPriority.Low++
		} else {
			e.PreemptsByPriority.Normal++
		}
	}
	e.PreemptionRisk, e.PreemptionLoss = newPreemptionRisk(a.Risk)
	for i := range a.Suggestions {
		e.Suggestions[i] = s.newSuggestion(&a.Suggestions[i], l)
	}
	return e
}

// newPreemptionRisk returns the probability of a preemption to the thousandth, and the seconds of training that it costs.
func newPreemptionRisk(r *forecast.Risk) (*api.PreemptionRisk, *api.PreemptionLoss) {
	if r == nil {
		return nil, nil
	}
	probability := math.Round(1000*r.Probability) / 1000
	if r.Loss == 0 {
		return &probability, nil
	}
	loss := int64(math.Ceil(r.Loss.Seconds()))
	return &probability, &loss
}

// money returns an amount to the hundredth.
func (s *Server) money(d decimal.Decimal) api.Money {
	return api.Money{Amount: d.StringFixed(2), Currency: s.cluster.Catalog().Currency}
}

func (s *Server) newForecastTime(t forecast.When) api.ForecastTime {
	return api.ForecastTime{Median: s.optionalTime(t.Median), P90: s.optionalTime(t.P90)}
}

func newCapacityVerdict(c *forecast.Capacity, l text.Language) api.CapacityVerdict {
	return api.CapacityVerdict{
		Verdict: api.Verdict(c.Verdict), Message: text.Capacity(l, c), Reason: api.WaitReason(c.Reason), WantedGPUS: c.Wanted, FreeGPUS: c.Free,
		SharedWith: c.Tasks,
		Nodes:      text.Verdicts(l, c.Nodes), ZonesWithRoom: append([]string{}, c.ZonesWithRoom...),
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
