package world

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/catalog"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// World is the simulated cluster at one instant. It is a value in the sense that Clone makes an independent one. Its
// methods are not safe for concurrent use.
type World struct {
	core
	processed uint64 // events since the start

	tasks        taskTable
	life         lifecycle
	queues       zoneQueues
	images       imageCaches
	environments environments
	outages      outages
	background   background
	templates    templates
	keys         keys
	admission    admission
	expectations expectations
}

// wire connects the parts of a world with each other. Whoever makes or copies a World calls it.
func (w *World) wire() {
	c := &w.core
	w.tasks.core = c
	w.life = lifecycle{c, &w.tasks, &w.queues, &w.environments, &w.images}
	w.queues.core, w.queues.life, w.queues.background = c, &w.life, &w.background
	w.queues.bindPolicy()
	w.images.core = c
	w.environments.core, w.environments.tasks = c, &w.tasks
	w.outages.core, w.outages.queues, w.outages.images = c, &w.queues, &w.images
	w.outages.background, w.outages.life = &w.background, &w.life
	w.background.core, w.background.queues = c, &w.queues
	w.templates.core, w.templates.keys = c, &w.keys
	w.keys.core = c
	w.admission = admission{c, &w.environments, &w.templates}
	w.expectations.world = w
}

// New makes a world at time 0. The error, a *ConfigError, names what is inconsistent in the configuration.
func New(cfg *Config, seed uint64) (*World, error) {
	w, err := empty(cfg, seed)
	if err != nil {
		return nil, err
	}
	for i := range cfg.Environments {
		e := &w.environments.list[i]
		e.Running = !cfg.Environments[i].Stopped
		e.Since = -des.Time(cfg.Environments[i].Uptime)
	}
	w.now = -des.Time(cfg.WarmUp)
	w.outages.begin()
	if err := w.background.begin(); err != nil {
		return nil, err
	}
	if err := w.warmUp(); err != nil {
		return nil, err
	}
	return w, nil
}

// empty makes a world without any task, job or pending event.
func empty(cfg *Config, seed uint64) (*World, error) {
	c, err := cluster.New(cfg.Nodes)
	if err != nil {
		return nil, &ConfigError{"Nodes", -1, err}
	}
	w := &World{core: core{inventory: inventory{cfg: cfg, catalog: catalog.Index(&cfg.Catalog), cluster: c}, seed: seed}}
	if w.queues, err = newQueues(&w.core); err != nil {
		return nil, err
	}
	w.images.list = make([]imageCache, c.Len())
	w.environments.list = make([]environment, len(cfg.Environments))
	w.outages.list = newOutages(c.Len())
	w.background = newBackground(len(cfg.Background))
	w.keys.records = map[string]keyRecord{}
	w.wire()
	return w, nil
}

// warmUpWork bounds the events before the start: about half a second's worth, in events that only change a node's state.
const warmUpWork = 400_000

// maxWarmUp returns how many events may happen before the start. With a background load each of them may make a queue look
// for room, which takes longer in a large zone, for a large gang, and where nodes fail.
func (w *World) maxWarmUp() int {
	weight := 1 + w.cluster.Len()/8_000
	for i := range w.cfg.Background {
		b := &w.cfg.Background[i]
		nodes, _ := w.cluster.Places(b.Zone)
		for _, size := range b.Sizes {
			weight = max(weight, 4+len(nodes)/50+size.GPUs/10)
		}
	}
	if f := &w.cfg.Failures; len(w.cfg.Background) > 0 && (f.NodeMTBF > 0 || f.DrainEvery > 0) {
		weight *= 3
	}
	return warmUpWork / weight
}

// warmUp advances to time 0, without telling of any event.
func (w *World) warmUp() error {
	w.journal.quiet = true
	most := w.maxWarmUp()
	_, arrived := w.AdvanceSome(0, most, nil)
	w.journal.quiet = false
	if !arrived {
		return &ConfigError{"WarmUp", -1, fmt.Errorf(
			"warm_up: more than %d events happen in these %s, which is too much for a cluster like this; make it shorter", most, w.cfg.WarmUp)}
	}
	w.processed = 0
	return nil
}

// Config returns the configuration that the world was made of.
func (w *World) Config() *Config { return w.cfg }

// Catalog returns the catalog of the configuration, with look-ups.
func (w *World) Catalog() *catalog.Indexed { return w.catalog }

// Seed returns the seed of all random draws.
func (w *World) Seed() uint64 { return w.seed }

// Now returns the world's time.
func (w *World) Now() des.Time { return w.now }

// Next returns the time of the next event. It returns false when nothing more will happen by itself.
func (w *World) Next() (des.Time, bool) { return w.calendar.Next() }

// Processed returns how many events have been processed since the start.
func (w *World) Processed() uint64 { return w.processed }

// Idle reports whether no task has anything left to happen.
func (w *World) Idle() bool { return w.tasks.live == 0 || w.calendar.Len() == 0 }

// AdvanceTo processes all events until t, in their order, and sets the time to t. It does nothing if t is in the past.
func (w *World) AdvanceTo(t des.Time) []Event {
	events, _ := w.AdvanceSome(t, math.MaxInt, nil)
	return events
}

// AdvanceSome is like AdvanceTo, but may stop early: at the end of the instant at which most events have been processed,
// or before an event for which stop returns true. In the second case events of the present instant may be pending still.
// A nil stop never stops. AdvanceSome reports whether it reached t.
func (w *World) AdvanceSome(t des.Time, most int, stop func() bool) (events []Event, arrived bool) {
	for n := 0; ; n++ {
		next, ok := w.calendar.Peek()
		if !ok || next.At > t {
			break
		}
		if n >= most && next.At > w.now || stop != nil && stop() {
			w.purge()
			return w.journal.takeEvents(), false
		}
		w.setTime(next.At)
		w.happen(w.pop(next))
	}
	w.setTime(t)
	w.purge()
	return w.journal.takeEvents(), true
}

// happen lets the part to which a pending event belongs act on it.
func (w *World) happen(e pendingEvent) {
	w.processed++
	w.journal.note(subject{kind: figures})
	switch e.kind {
	case phaseEnds:
		w.life.endPhase(w.tasks.edit(e.id))
	case trainingEnds:
		w.life.finish(w.tasks.edit(e.id), Succeeded, "")
	case trainingCrashes:
		w.life.crash(w.tasks.edit(e.id))
	case environmentServes:
		w.life.environmentServed(int(e.id))
	case nodeFails, nodeDrains:
		w.outages.starts(int(e.id), w.outages.kindOf(e.kind))
	case nodeReturns, nodeUndrains:
		w.outages.ends(int(e.id), w.outages.kindOf(e.kind))
	case limitReached:
		w.life.reachLimit(w.tasks.edit(e.id))
	case backgroundArrives:
		w.background.arrive(int(e.id))
	case backgroundEnds:
		w.background.end(e.id)
	}
}

// purge forgets old idempotency keys and the tasks that are past their retention.
func (w *World) purge() {
	w.keys.purge()
	w.tasks.purge()
}

// Clone returns an independent world that continues identically.
func (w *World) Clone() *World {
	c := &World{
		core: cloneCore(&w.core), processed: w.processed, tasks: w.tasks.clone(), queues: w.queues.clone(), images: w.images.clone(),
		environments: w.environments.clone(), outages: w.outages.clone(), templates: w.templates, keys: w.keys.clone(),
		background: w.background.clone(slices.Collect(maps.Values(w.background.jobs))),
	}
	c.wire()
	return c
}
