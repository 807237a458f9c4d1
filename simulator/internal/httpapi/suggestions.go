package httpapi

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/catalog"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/forecast"
)

func (s *Server) newSuggestion(g *forecast.Suggestion, english bool) api.Suggestion {
	saved := s.money(g.SavedMoney)
	return api.Suggestion{
		Kind: api.SuggestionKind(g.Kind), Message: s.suggestionMessage(g, english), LaunchMode: api.LaunchMode(g.Launch.Mode),
		EnvironmentID: g.Launch.Environment, ResourceConfig: newResourceConfig(g.Resources), HourlyPrice: s.money(g.HourlyPrice),
		Cost: s.money(g.Cost), StartTime: s.forecastTime(g.Start), FinishTime: s.forecastTime(g.Finish),
		Saving: api.Saving{Amount: saved.Amount, Currency: saved.Currency, Seconds: int64(math.Round(g.SavedTime.Seconds()))},
	}
}

var suggestionMessages = map[forecast.Kind]message{
	forecast.OtherZone:        {"改用%s", "in %s"},
	forecast.OtherGPUType:     {"改用 %s", "on %s"},
	forecast.OtherGPUCount:    {"改用 %s 个 GPU", "with a GPU count of %s"},
	forecast.OtherEnvironment: {"使用运行中的开发环境 %s", "in the running environment %s"},
	forecast.OtherLaunchMode:  {"动态创建资源（%s）", "with GPUs of its own in %s"},
}

// suggestionMessage says what changes, by names, and what it saves, then what it costs: "on V100 (北京可用区A): saves CNY 12.00,
// ends 2 h 5 min later".
func (s *Server) suggestionMessage(g *forecast.Suggestion, english bool) string {
	offered := s.cluster.Catalog()
	var what string
	switch g.Kind {
	case forecast.OtherGPUType:
		what = fmt.Sprintf(message{"%s（%s）", "%s (%s)"}.in(english), g.Resources.GPUType, zoneName(offered, g.Resources.Zone))
	case forecast.OtherGPUCount:
		what = strconv.Itoa(g.Resources.GPUs)
	case forecast.OtherZone, forecast.OtherLaunchMode:
		what = zoneName(offered, g.Resources.Zone)
	case forecast.OtherEnvironment:
		what = environmentName(offered, g.Launch.Environment)
	}
	var gains, losses []string
	amount := moneyText(s.money(g.SavedMoney.Abs()))
	switch g.SavedMoney.Round(2).Sign() {
	case 1:
		gains = append(gains, fmt.Sprintf(message{"节省 %s", "saves %s"}.in(english), amount))
	case -1:
		losses = append(losses, fmt.Sprintf(message{"多花 %s", "costs %s more"}.in(english), amount))
	}
	lasts := durationText(g.SavedTime.Abs(), english)
	switch seconds := math.Round(g.SavedTime.Seconds()); {
	case g.EndsOnly:
		gains = append(gains, message{"可在预测期内完成", "ends within the time that is forecast"}.in(english))
	case seconds > 0:
		gains = append(gains, fmt.Sprintf(message{"提前 %s完成", "ends %s sooner"}.in(english), lasts))
	case seconds < 0:
		losses = append(losses, fmt.Sprintf(message{"推迟 %s完成", "ends %s later"}.in(english), lasts))
	}
	return fmt.Sprintf(suggestionMessages[g.Kind].in(english), what) + colon.in(english) +
		strings.Join(append(gains, losses...), message{"，", ", "}.in(english))
}

// zoneName returns the name of a zone, or its id if it has none or is another world's.
func zoneName(c *catalog.Indexed, id string) string {
	if z := c.Zone(id); z != nil && z.Name != "" {
		return z.Name
	}
	return id
}

// environmentName is zoneName of an environment.
func environmentName(c *catalog.Indexed, id string) string {
	if e := c.Environment(id); e != nil && e.Name != "" {
		return e.Name
	}
	return id
}
