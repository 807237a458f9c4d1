package forecast

import (
	"cmp"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// Kind says what an alternative changes.
type Kind string

// The kinds of alternatives.
const (
	OtherZone        Kind = "availability_zone"
	OtherGPUType     Kind = "gpu_type"
	OtherGPUCount    Kind = "gpu_count"
	OtherEnvironment Kind = "environment"
	OtherLaunchMode  Kind = "launch_mode" // GPUs of its own instead of an environment
	Preemptible      Kind = "preemptible" // the same, but gives way to tasks of higher priority
)

// Suggestion is an alternative that is cheaper or ends sooner in the fork with the median finish.
type Suggestion struct {
	Kind          Kind
	Launch        world.Launch
	Resources     *world.Resources // of a dynamic task; nil for one in an environment
	HourlyPrice   decimal.Decimal
	Start, Finish des.Time
	Cost          decimal.Decimal
	SavedMoney    decimal.Decimal // negative if it costs more
	SavedTime     time.Duration   // negative if it ends later; a lower bound if EndsOnly
	EndsOnly      bool            // the requested task does not end within the Horizon
	Risk          *Risk           // of a Preemptible alternative, from all forks; nil for others
}

// noticeable is the least part of the money or time that a suggestion must save.
const noticeable = 0.01

// sameLaunch are the kinds that leave the task where it is.
var sameLaunch = []Kind{OtherGPUType, OtherGPUCount, Preemptible}

type alternative struct {
	kind     Kind
	spec     world.Spec
	launch   world.Launch
	outcomes []outcome // the first is that of the middle fork
}

// suggest tries each alternative in one fork, with the random draws of the middle one of the forks, which gave base. Beside them it
// finds out what the task would find now.
func (q *Request) suggest(a *Answer, base outcome, middle, forks int, each Each) bool {
	requested, endless := base, base.finished == never
	if endless {
		base.finished, base.progress = q.world.Now().Add(Horizon), 1
	}
	alternatives := q.alternatives()
	// A preemptible task is tried in the other forks too, for its risk. One that nothing can preempt does what the requested one does.
	type trial struct{ alternative, fork int }
	var trials []trial
	for i := range alternatives {
		alt := &alternatives[i]
		if alt.kind == Preemptible && !q.world.MayBePreempted(&alt.spec, alt.launch) {
			alt.outcomes = []outcome{q.cheaper(requested, alt)}
			continue
		}
		trials = append(trials, trial{i, middle})
		if alt.kind == Preemptible {
			for fork := range max(forks, someForks) {
				if fork != middle {
					trials = append(trials, trial{i, fork})
				}
			}
		}
	}
	outcomes := make([]outcome, len(trials))
	if !each(len(trials)+1, func(i int) {
		if i == 0 {
			q.lookNow(a)
			return
		}
		alt := &alternatives[trials[i-1].alternative]
		outcomes[i-1] = q.run(alt.spec, q.prospect(&alt.spec, alt.launch), q.seed(trials[i-1].fork), 1)[0]
	}) {
		return false
	}
	for i, t := range trials {
		alternatives[t.alternative].outcomes = append(alternatives[t.alternative].outcomes, outcomes[i])
	}
	type rated struct {
		Suggestion
		score float64
	}
	var all []rated
	for i := range alternatives {
		alt := &alternatives[i]
		o := alt.outcomes[0]
		if o.finished == never || o.progress < base.progress {
			continue // its limit would end it before it has trained as much
		}
		s := Suggestion{
			Kind: alt.kind, Launch: alt.launch, HourlyPrice: q.world.HourlyPrice(alt.spec, alt.launch),
			Start: o.started, Finish: o.finished, Cost: o.cost,
			SavedMoney: base.cost.Sub(o.cost), SavedTime: base.finished.Sub(o.finished), EndsOnly: endless,
		}
		if alt.launch.Mode == world.Dynamic {
			s.Resources = alt.spec.Resources
		}
		if alt.kind == Preemptible {
			s.Risk = q.risk(alt.outcomes)
		}
		money := saving(base.cost.InexactFloat64(), o.cost.InexactFloat64())
		lasts := func(end des.Time) float64 { return end.Sub(q.world.Now()).Seconds() }
		sooner := saving(lasts(base.finished), lasts(o.finished))
		// Savings below a cent and a second don't show in the output.
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

// cheaper returns an outcome at the price of an alternative.
func (q *Request) cheaper(o outcome, alt *alternative) outcome {
	full, part := q.world.HourlyPrice(q.spec, q.launch), q.world.HourlyPrice(alt.spec, alt.launch)
	if !full.IsZero() {
		o.cost = o.cost.Mul(part).DivRound(full, 2)
	}
	return o
}

// saving returns how much less after is than before, relative to the larger of them: −1 to 1, symmetric for halving and
// doubling.
func saving(before, after float64) float64 {
	greater := max(before, after)
	if greater <= 0 {
		return 0
	}
	return (before - after) / greater
}

// alternatives lists requests that differ from the given one in one thing.
func (q *Request) alternatives() []alternative {
	var list []alternative
	add := func(kind Kind, change func(*world.Spec)) {
		spec := q.spec
		if spec.Resources != nil {
			r := *spec.Resources
			spec.Resources = &r
		}
		change(&spec)
		launch, err := q.world.Check(&spec)
		if err == nil && (launch != q.launch || slices.Contains(sameLaunch, kind)) {
			list = append(list, alternative{kind: kind, spec: spec, launch: launch})
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
	if !q.spec.Preemptible {
		add(Preemptible, func(s *world.Spec) { s.Preemptible = true })
	}
	zones := q.world.Zones()
	// Zones with free GPUs first, because of maxZones.
	slices.SortStableFunc(zones, func(x, y world.ZoneView) int {
		return cmp.Compare(y.GPUs[asked.GPUType].Free, x.GPUs[asked.GPUType].Free)
	})
	for _, z := range zones[:min(len(zones), maxZones)] {
		if z.GPUs[asked.GPUType].Capacity > 0 && z.ID != asked.Zone {
			add(OtherZone, dynamic(func(r *world.Resources) { r.Zone = z.ID }))
		}
	}
	for _, g := range q.world.Catalog().GPUTypes {
		if g.Name != asked.GPUType {
			add(OtherGPUType, dynamic(func(r *world.Resources) { r.GPUType, r.Zone = g.Name, q.bestZone(zones, g.Name) }))
		}
	}
	for _, gpus := range []int{asked.GPUs / 2, asked.GPUs * 2} {
		add(OtherGPUCount, dynamic(func(r *world.Resources) {
			// Scale cores and memory with the GPUs.
			r.CPUCores = max(1, r.CPUCores*gpus/r.GPUs)
			r.MemoryGB = max(1, r.MemoryGB*gpus/r.GPUs)
			r.GPUs = gpus
		}))
	}
	return list
}

// maxZones bounds the number of forks.
const maxZones = 8

// bestZone returns the zone in which to request another GPU type: the same zone if it has the type, else the one with
// most free.
func (q *Request) bestZone(zones []world.ZoneView, gpuType string) string {
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

// environments returns up to two running environments other than the requested one: the one where training would end
// first, and the cheapest.
func (q *Request) environments() []string {
	fastest, cheapest := "", ""
	var speed, perMoney float64
	for _, e := range q.world.Environments() {
		if !e.Running {
			continue
		}
		g := q.world.Catalog().GPUType(e.GPUType)
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
