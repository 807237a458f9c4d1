package text

import (
	"math"
	"strings"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/catalog"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/forecast"
)

var capacityMessages = map[forecast.Verdict]Message{
	forecast.Fits:   {"资源充足，可立即分配", "there is room: it starts at once"},
	forecast.Queues: {"需要排队：请求 %d 个 GPU，空闲 %d 个", "it queues: GPUs wanted %d, free %d"},
	forecast.Alone:  {"独占开发环境的 %d 个 GPU", "it has the environment's %d GPUs to itself"},
	forecast.Shares: {"与 %[2]d 个任务共享开发环境的 %[1]d 个 GPU", "it shares the environment's %d GPUs with %d tasks"},
}

// fitsInPlaceOf is the message of a task that fits because others give way.
var fitsInPlaceOf = Message{"可立即分配，将抢占 %d 个优先级更低的任务", "it starts at once, in the place of others of a lower priority: %d"}

// Capacity says what a task would find if it were created now, and why it would wait.
func Capacity(l Language, c *forecast.Capacity) string {
	m := capacityMessages[c.Verdict]
	switch c.Verdict {
	case forecast.Fits:
		if len(c.Preempts) > 0 {
			m = fitsInPlaceOf.with(len(c.Preempts))
		}
	case forecast.Queues:
		m = m.with(c.Wanted, c.Free)
	case forecast.Alone:
		m = m.with(c.Wanted)
	case forecast.Shares:
		m = m.with(c.Wanted, c.Tasks)
	}
	if c.Reason == "" {
		return m.In(l)
	}
	return m.In(l) + colon.In(l) + Reason(l, c.Reason)
}

var suggestionMessages = map[forecast.Kind]Message{
	forecast.OtherZone:        {"改用%s", "in %s"},
	forecast.OtherGPUType:     {"改用 %s（%s）", "on %s (%s)"},
	forecast.OtherGPUCount:    {"改用 %d 个 GPU", "with a GPU count of %d"},
	forecast.OtherEnvironment: {"使用运行中的开发环境 %s", "in the running environment %s"},
	forecast.OtherLaunchMode:  {"动态创建资源（%s）", "with GPUs of its own in %s"},
	forecast.Preemptible:      {"改为可抢占", "preemptible"},
}

// Suggestion says what changes, by the names of the catalog, and what it saves, then what it costs: "on V100 (北京可用区A): saves
// CNY 12.00, ends 2 h 5 min later", "preemptible: saves 60 % (CNY 12.00), 12 % risk of losing at most 20 min".
func Suggestion(l Language, g *forecast.Suggestion, c *catalog.Indexed) string {
	change := suggestionMessages[g.Kind]
	switch g.Kind {
	case forecast.OtherGPUType:
		change = change.with(g.Resources.GPUType, zoneName(c, g.Resources.Zone))
	case forecast.OtherGPUCount:
		change = change.with(g.Resources.GPUs)
	case forecast.OtherZone, forecast.OtherLaunchMode:
		change = change.with(zoneName(c, g.Resources.Zone))
	case forecast.OtherEnvironment:
		change = change.with(environmentName(c, g.Launch.Environment))
	}
	var gains, losses []string
	amount := Money(g.SavedMoney.Abs(), c.Currency)
	switch g.SavedMoney.Round(2).Sign() {
	case 1:
		saves := Message{"节省 %s", "saves %s"}.with(amount)
		if g.Kind == forecast.Preemptible {
			before := g.SavedMoney.Add(g.Cost)
			saves = Message{"节省 %.0f %%（%s）", "saves %.0f %% (%s)"}.with(100*g.SavedMoney.Div(before).InexactFloat64(), amount)
		}
		gains = append(gains, saves.In(l))
	case -1:
		losses = append(losses, Message{"多花 %s", "costs %s more"}.with(amount).In(l))
	}
	lasts := Duration(l, g.SavedTime.Abs())
	switch seconds := math.Round(g.SavedTime.Seconds()); {
	case g.EndsOnly:
		gains = append(gains, Message{"可在预测期内完成", "ends within the time that is forecast"}.In(l))
	case seconds > 0:
		gains = append(gains, Message{"提前 %s完成", "ends %s sooner"}.with(lasts).In(l))
	case seconds < 0:
		losses = append(losses, Message{"推迟 %s完成", "ends %s later"}.with(lasts).In(l))
	}
	if g.Risk != nil {
		losses = append(losses, risk(l, g.Risk))
	}
	return change.In(l) + colon.In(l) + strings.Join(append(gains, losses...), comma.In(l))
}

// risk says how likely a task has to give way, and what it then loses.
func risk(l Language, r *forecast.Risk) string {
	switch percent := 100 * r.Probability; {
	case percent == 0:
		return Message{"预计不会被抢占", "no preemption expected"}.In(l)
	case r.Loss == 0:
		return Message{"%.0f %% 的可能被抢占，须从头训练", "%.0f %% risk of starting all over"}.with(percent).In(l)
	default:
		return Message{"%.0f %% 的可能被抢占，每次最多损失 %s训练", "%.0f %% risk of losing at most %s"}.with(percent, Duration(l, r.Loss)).In(l)
	}
}

// zoneName returns the name of a zone, or its id if it has none or is another world's.
func zoneName(c *catalog.Indexed, id string) string {
	if z := c.Zone(id); z != nil && z.Name != "" {
		return z.Name
	}
	return id
}

// environmentName returns the name of an environment, or its id if it has none or is another world's.
func environmentName(c *catalog.Indexed, id string) string {
	if e := c.Environment(id); e != nil && e.Name != "" {
		return e.Name
	}
	return id
}
