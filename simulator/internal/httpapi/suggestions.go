package httpapi

import (
	"math"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/forecast"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/text"
)

func (s *Server) newSuggestion(g *forecast.Suggestion, l text.Language) api.Suggestion {
	saved := s.money(g.SavedMoney)
	risk, loss := newPreemptionRisk(g.Risk)
	return api.Suggestion{
		Kind: api.SuggestionKind(g.Kind), Message: text.Suggestion(l, g, s.cluster.Catalog()), LaunchMode: api.LaunchMode(g.Launch.Mode),
		EnvironmentID: g.Launch.Environment, ResourceConfig: newResourceConfig(g.Resources), HourlyPrice: s.money(g.HourlyPrice),
		Cost: s.money(g.Cost), StartTime: s.forecastTime(g.Start), FinishTime: s.forecastTime(g.Finish),
		PreemptionRisk: risk, PreemptionLoss: loss,
		Saving: api.Saving{Amount: saved.Amount, Currency: saved.Currency, Seconds: int64(math.Round(g.SavedTime.Seconds()))},
	}
}
