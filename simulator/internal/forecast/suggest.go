package forecast

import (
	"cmp"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// Kind is what an alternative changes.
type Kind string

// The kinds of alternatives.
const (
	OtherZone        Kind = "availability_zone"
	OtherGPUType     Kind = "gpu_type"
	OtherGPUCount    Kind = "gpu_count"
	OtherEnvironment Kind = "environment"
	OtherLaunchMode  Kind = "launch_mode" // GPUs of its own, where an environment was chosen
)

// Suggestion is an alternative that costs less or ends sooner, in the fork that ends as the median one does.
type Suggestion struct {
	Kind          Kind
	Launch        world.Launch
	Resources     *world.Resources // of a dynamic task
	HourlyPrice   decimal.Decimal
	Start, Finish des.Time
	Cost          decimal.Decimal
	SavedMoney    decimal.Decimal // below zero where it costs more
	SavedTime     time.Duration   // below zero where it ends later; at least this where EndsOnly
	EndsOnly      bool            // what was asked for does not end within the Horizon
}

// An alternative is worth a word if it saves one part in a hundred of the money or of the time.
const noticeable = 0.01

type alternative struct {
	kind   Kind
	spec   world.Spec
	launch world.Launch
}

// suggest tries the alternatives in one fork each, with the draws of the fork that gave base.
func (q *Question) suggest(a *Answer, base outcome, seed uint64, each Each) bool {
	endless := base.finished == never
	if endless {
		base.finished = q.world.Now().Add(Horizon)
	}
	alternatives := q.alternatives()
	outcomes := make([]outcome, len(alternatives))
	if !each(len(alternatives), func(i int) {
		alt := &alternatives[i]
		outcomes[i] = q.run(alt.spec, q.prospect(&alt.spec, alt.launch), seed)
	}) {
		return false
	}
	type rated struct {
		Suggestion
		score float64
	}
	var all []rated
	for i, o := range outcomes {
		if o.finished == never {
			continue
		}
		alt := &alternatives[i]
		s := Suggestion{
			Kind: alt.kind, Launch: alt.launch, HourlyPrice: q.world.HourlyPrice(alt.spec, alt.launch),
			Start: o.started, Finish: o.finished, Cost: o.cost,
			SavedMoney: base.cost.Sub(o.cost), SavedTime: base.finished.Sub(o.finished), EndsOnly: endless,
		}
		if alt.launch.Mode == world.Dynamic {
			s.Resources = alt.spec.Resources
		}
		money := saving(base.cost.InexactFloat64(), o.cost.InexactFloat64())
		lasts := func(end des.Time) float64 { return end.Sub(q.world.Now()).Seconds() }
		sooner := saving(lasts(base.finished), lasts(o.finished))
		// What is less than a cent and less than a second can't be told.
		told := s.SavedMoney.Round(2).IsPositive() || s.SavedTime >= time.Second
		if told && max(money, sooner) >= noticeable {
			all = append(all, rated{s, money + sooner})
		}
	}
	slices.SortStableFunc(all, func(x, y rated) int { return cmp.Compare(y.score, x.score) })
	for _, r := range all {
		a.Suggestions = append(a.Suggestions, r.Suggestion)
	}
	return true
}

// saving is the part of the greater of two amounts that the second saves: −1 to 1, the same for half and for twice.
func saving(before, after float64) float64 {
	greater := max(before, after)
	if greater <= 0 {
		return 0
	}
	return (before - after) / greater
}

// alternatives lists what differs in one thing from what was asked for.
func (q *Question) alternatives() []alternative {
	var list []alternative
	add := func(kind Kind, change func(*world.Spec)) {
		spec := q.spec
		if spec.Resources != nil {
			r := *spec.Resources
			spec.Resources = &r
		}
		change(&spec)
		launch, err := q.world.Check(&spec)
		if err == nil && (launch != q.launch || kind == OtherGPUType || kind == OtherGPUCount) {
			list = append(list, alternative{kind, spec, launch})
		}
	}
	for _, id := range q.environments() {
		add(OtherEnvironment, func(s *world.Spec) { s.LaunchMode, s.EnvironmentID = world.Existing, &id })
	}
	asked := q.spec.Resources
	if asked == nil {
		return list
	}
	dynamic := func(change func(*world.Resources)) func(*world.Spec) {
		return func(s *world.Spec) {
			s.LaunchMode, s.EnvironmentID = world.Dynamic, nil
			change(s.Resources)
		}
	}
	if q.launch.Mode == world.Existing {
		add(OtherLaunchMode, dynamic(func(*world.Resources) {}))
		return list
	}
	zones := q.world.Zones()
	// Zones with room first: the others are tried as far as the limit goes.
	slices.SortStableFunc(zones, func(x, y world.ZoneView) int {
		return cmp.Compare(y.GPUs[asked.GPUType].Free, x.GPUs[asked.GPUType].Free)
	})
	for _, z := range zones[:min(len(zones), maxZones)] {
		if z.GPUs[asked.GPUType].Capacity > 0 && z.ID != asked.Zone {
			add(OtherZone, dynamic(func(r *world.Resources) { r.Zone = z.ID }))
		}
	}
	for _, g := range q.world.Config().GPUTypes {
		if g.Name != asked.GPUType {
			add(OtherGPUType, dynamic(func(r *world.Resources) { r.GPUType, r.Zone = g.Name, q.bestZone(zones, g.Name) }))
		}
	}
	for _, gpus := range []int{asked.GPUs / 2, asked.GPUs * 2} {
		add(OtherGPUCount, dynamic(func(r *world.Resources) {
			// Cores and memory grow with the GPUs.
			r.CPUCores = max(1, r.CPUCores*gpus/r.GPUs)
			r.MemoryGB = max(1, r.MemoryGB*gpus/r.GPUs)
			r.GPUs = gpus
		}))
	}
	return list
}

// maxZones bounds the forks of one forecast.
const maxZones = 8

// bestZone is where another type would be asked for: in the same zone where there is any, else where most are free.
func (q *Question) bestZone(zones []world.ZoneView, gpuType string) string {
	best, free := q.spec.Resources.Zone, -1
	for _, z := range zones {
		n := z.GPUs[gpuType]
		if n.Capacity == 0 {
			continue
		}
		if z.ID == q.spec.Resources.Zone {
			return z.ID
		}
		if n.Free > free {
			best, free = z.ID, n.Free
		}
	}
	return best
}

// environments names two running environments: the one where the training would end first, and the cheapest, if they are
// others than the one that was asked for.
func (q *Question) environments() []string {
	types := map[string]world.GPUType{}
	for _, g := range q.world.Config().GPUTypes {
		types[g.Name] = g
	}
	fastest, cheapest := "", ""
	var speed, perMoney float64
	for _, e := range q.world.Environments() {
		if !e.Running {
			continue
		}
		g := types[e.GPUType]
		if s := g.TFLOPS * float64(e.GPUs) / float64(1+e.ActiveTasks); s > speed {
			fastest, speed = e.ID, s
		}
		if s := g.TFLOPS / max(g.Price.InexactFloat64(), 0.01); s > perMoney {
			cheapest, perMoney = e.ID, s
		}
	}
	ids := slices.Compact([]string{fastest, cheapest})
	return slices.DeleteFunc(ids, func(id string) bool { return id == "" || id == q.launch.Environment })
}
