package world

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/queue"
)

// World is the simulated cluster at one instant. It is a value in the sense that Clone makes an independent one; its
// methods are not safe for concurrent use.
type World struct {
	cfg  *Config
	seed uint64
	now  des.Time

	calendar  des.Calendar[due]
	processed uint64

	cluster *cluster.Cluster
	policy  cluster.Policy
	zones   map[string]int
	queues  []*queue.Queue // by zone
	caches  []imageCache

	environments []environment
	tasks        []*task // by number - 1; nil when deleted
	purged       []uint8 // by number - 1: how a purged task ended, as an index of finalStatuses; 0 for the others
	finished     []int32 // in order of their end, for the purge
	keys         map[string]keyRecord
	keyOrder     []string // oldest first, to forget them
	keysGone     int      // keys that are forgotten; the first one in keyOrder is the next
	keysAged     int      // keys that may be forgotten, from the first that there ever was, see AgeKeys
	// Oldest first. Neither the list nor a template in it is ever changed in place, so that clones can share them.
	templates     []*Template
	templatesMade int
	live          int // tasks that have not finished

	placements rand.PCG // what the random policy draws from
	arrivals   int64    // of jobs in queues
	background background
	nodes      []nodeLife

	moves    uint64 // events that were due, and commands
	expected map[rivals]expectation

	changed *changes // nil unless somebody asks for them
	touched *touched // likewise
	meter   *meter   // likewise
	out     []Event
	quiet   bool // nobody reads what happens: a fork
}

// due is a pending event; dueKind lists what may be due.
type due struct {
	kind dueKind
	id   int32 // of the task, the environment, the node, the background load or its job
}

type dueKind uint8

const (
	phaseEnds dueKind = iota
	trainingEnds
	environmentServes
	trainingCrashes
	nodeFails // the turns of a node's life come in pairs, as troubles lists them
	nodeReturns
	nodeDrains
	nodeUndrains
	backgroundArrives
	backgroundEnds
)

// New makes a world at time 0. The error, a *ConfigError, names what is inconsistent in the configuration.
func New(cfg *Config, seed uint64) (*World, error) {
	w, err := empty(cfg, seed)
	if err != nil {
		return nil, err
	}
	for i := range cfg.Environments {
		e := &w.environments[i]
		e.running = cfg.Environments[i].Running
		e.since = -des.Time(cfg.Environments[i].Uptime)
	}
	w.now = -des.Time(cfg.WarmUp)
	w.startFailures()
	if err := w.startBackground(); err != nil {
		return nil, err
	}
	if err := w.warmUp(); err != nil {
		return nil, err
	}
	return w, nil
}

// warmUpWork bounds what may come before the start: in events that change nothing but a node's state, about half a second.
const warmUpWork = 400_000

// mostWarmUp is how many events may happen before the start. With a background load each of them may make a queue look for room,
// which takes longer in a large zone, for a large gang, and where nodes fail.
func (w *World) mostWarmUp() int {
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

// warmUp comes to time 0. Nobody is told what happens until then.
func (w *World) warmUp() error {
	w.quiet = true
	most := w.mostWarmUp()
	_, arrived := w.AdvanceSome(0, most, nil)
	w.quiet = false
	if !arrived {
		return &ConfigError{"WarmUp", -1, fmt.Errorf(
			"warm_up: more than %d events happen in these %s, which is too much for a cluster like this; make it shorter", most, w.cfg.WarmUp)}
	}
	w.processed = 0
	return nil
}

// empty makes a world in which nothing is and nothing will happen.
func empty(cfg *Config, seed uint64) (*World, error) {
	c, err := cluster.New(cfg.Nodes)
	if err != nil {
		return nil, &ConfigError{"Nodes", -1, err}
	}
	w := &World{
		cfg: cfg, seed: seed, cluster: c,
		zones:  make(map[string]int, len(cfg.Zones)),
		queues: make([]*queue.Queue, len(cfg.Zones)), expected: map[rivals]expectation{},
		caches: make([]imageCache, len(cfg.Nodes)),
		keys:   map[string]keyRecord{},
	}
	w.placements = *des.Source(seed, "placement", "")
	if w.policy, err = w.newPolicy(&w.placements); err != nil {
		return nil, &ConfigError{"Policy", -1, err}
	}
	discipline, err := queue.DisciplineByName(cfg.Discipline)
	if err != nil {
		return nil, &ConfigError{"Discipline", -1, err}
	}
	for i, z := range cfg.Zones {
		w.zones[z.ID] = i
		w.queues[i] = queue.New(discipline, c, z.ID)
	}
	w.environments = make([]environment, len(cfg.Environments))
	w.nodes = make([]nodeLife, c.Len())
	w.background = background{jobs: map[int32]*backgroundJob{}, arrived: make([]int, len(cfg.Background)), last: make([]des.Time, len(cfg.Background))}
	return w, nil
}

// newPolicy makes the configured placement policy, drawing from a stream where it is random.
func (w *World) newPolicy(stream *rand.PCG) (cluster.Policy, error) {
	return cluster.PolicyByName(w.cfg.Policy, cluster.Options{Draw: rand.New(stream).IntN})
}

// Idle reports whether no task has anything left to happen.
func (w *World) Idle() bool { return w.live == 0 || w.calendar.Len() == 0 }

// Seed returns the seed of all draws.
func (w *World) Seed() uint64 { return w.seed }

// Now returns the world's time.
func (w *World) Now() des.Time { return w.now }

// Next returns the time of the next event; false when nothing more will happen by itself.
func (w *World) Next() (des.Time, bool) { return w.calendar.Next() }

// Processed returns how many events have been processed since the start.
func (w *World) Processed() uint64 { return w.processed }

// Config returns what the world was made of.
func (w *World) Config() *Config { return w.cfg }

// AdvanceTo processes all events due until t, in their order, and sets the time to t. A t in the past does nothing.
func (w *World) AdvanceTo(t des.Time) []Event {
	events, _ := w.AdvanceSome(t, math.MaxInt, nil)
	return events
}

// AdvanceSome is AdvanceTo with two ways to stop early: after the instant at which most events have been processed, and before any
// event for which stop returns true; a nil stop never does. In the second case events may still be due now. It reports
// whether it reached t.
func (w *World) AdvanceSome(t des.Time, most int, stop func() bool) (events []Event, arrived bool) {
	for n := 0; ; n++ {
		next, ok := w.calendar.Peek()
		if !ok || next.At > t {
			break
		}
		if n >= most && next.At > w.now || stop != nil && stop() {
			w.purge()
			return w.take(), false
		}
		w.calendar.Pop()
		w.changed.unscheduled(next.Handle)
		w.now = next.At
		w.processed++
		w.moves++
		d := next.Event
		switch d.kind {
		case phaseEnds:
			w.endPhase(w.tasks[d.id-1])
		case trainingEnds:
			w.finish(w.tasks[d.id-1], Succeeded, "")
		case environmentServes:
			w.environmentServed(int(d.id))
		case trainingCrashes:
			w.crash(w.tasks[d.id-1])
		case nodeFails, nodeDrains:
			w.troubleBegins(int(d.id), w.troubles()[(d.kind-nodeFails)/2])
		case nodeReturns, nodeUndrains:
			w.troubleEnds(int(d.id), w.troubles()[(d.kind-nodeFails)/2])
		case backgroundArrives:
			w.backgroundArrives(int(d.id))
		case backgroundEnds:
			w.backgroundEnds(d.id)
		}
	}
	w.now = max(w.now, t)
	w.purge()
	return w.take(), true
}

// plan adds an event to the calendar.
func (w *World) plan(at des.Time, d due) des.Handle {
	h := w.calendar.Schedule(at, d)
	w.changed.scheduled(h, at, d)
	return h
}

// cancel removes an event that may still be pending.
func (w *World) cancel(h des.Handle) {
	if w.calendar.Cancel(h) {
		w.changed.unscheduled(h)
	}
}

// take hands over the events since the last time.
func (w *World) take() []Event {
	out := w.out
	w.out = nil
	return out
}

// emit records what happened; what concerns a task becomes part of its history.
func (w *World) emit(e Event) {
	if w.quiet {
		return
	}
	e.At = w.now
	if n := taskNumber(e.Task); n > 0 {
		w.changed.task(n)
	}
	if n := taskNumber(e.Task); n > 0 && w.tasks[n-1] != nil {
		t := w.tasks[n-1]
		e.Mode = t.mode
		if t.mode == Dynamic {
			e.Zone = t.Resources.Zone
		} else {
			w.touched.environment(t.environment)
		}
		// Edits that follow each other are one entry: a history grows with what happens, not with what clients write.
		if last := len(t.history) - 1; last >= 0 && e.Type == TaskUpdated && t.history[last].Type == TaskUpdated {
			t.history = slices.Clone(t.history[:last]) // clones share the old one
		}
		t.history = append(t.history, e)
	}
	w.out = append(w.out, e)
}

// keyLife is how long an idempotency key is remembered at least, in virtual time: longer than any client goes on trying.
const keyLife = des.Time(24 * time.Hour)

// Keys returns how many idempotency keys the world has seen.
func (w *World) Keys() int { return w.keysGone + len(w.keyOrder) }

// AgeKeys lets the first n keys that the world has seen be forgotten, once they are a day old in virtual time too. Clients
// try again in real time, of which the world knows nothing: a day of its own may pass in an instant.
func (w *World) AgeKeys(n int) {
	if n > w.keysAged {
		w.keysAged = n
		w.purge()
	}
}

// finalStatuses numbers the ends of a task, from 1.
var finalStatuses = []Status{"", Succeeded, Failed, Stopped}

// purge forgets the records of tasks that finished longer ago than the retention, and old idempotency keys.
func (w *World) purge() {
	for len(w.keyOrder) > 0 && w.keysGone < w.keysAged && w.now-w.keys[w.keyOrder[0]].at >= keyLife {
		w.keysGone++
		delete(w.keys, w.keyOrder[0])
		w.changed.key(w.keyOrder[0])
		w.keyOrder = w.keyOrder[1:]
	}
	if w.cfg.Retention <= 0 {
		return
	}
	for len(w.finished) > 0 {
		n := w.finished[0]
		t := w.tasks[n-1]
		if t != nil {
			if w.now.Sub(t.finished) < w.cfg.Retention {
				return
			}
			w.purged[n-1] = uint8(slices.Index(finalStatuses, t.status))
			w.tasks[n-1] = nil
			w.changed.task(n)
		}
		w.finished = w.finished[1:]
	}
}

// Clone returns an independent world that continues identically.
func (w *World) Clone() *World {
	c := *w
	c.calendar = w.calendar.Clone()
	c.cluster = w.cluster.Clone()
	c.queues = make([]*queue.Queue, len(w.queues))
	for i, q := range w.queues {
		c.queues[i] = q.Clone()
	}
	c.caches = make([]imageCache, len(w.caches))
	for i, k := range w.caches {
		c.caches[i] = slices.Clone(k)
	}
	c.environments = slices.Clone(w.environments)
	for i := range c.environments {
		c.environments[i].tasks = slices.Clone(w.environments[i].tasks)
	}
	c.tasks = slices.Clone(w.tasks)
	for i, t := range c.tasks {
		if t != nil && !t.status.Finished() {
			copied := *t
			copied.history = slices.Clip(t.history)
			c.tasks[i] = &copied
		}
	}
	c.purged = slices.Clone(w.purged)
	c.finished = slices.Clone(w.finished)
	c.keys = maps.Clone(w.keys)
	c.keyOrder = slices.Clone(w.keyOrder)
	c.background.jobs = w.background.clone()
	c.background.arrived = slices.Clone(w.background.arrived)
	c.background.last = slices.Clone(w.background.last)
	c.nodes = slices.Clone(w.nodes)
	c.expected = map[rivals]expectation{}
	c.changed, c.touched, c.meter, c.out = nil, nil, nil, nil
	// The name was accepted when w was made.
	c.policy, _ = c.newPolicy(&c.placements)
	return &c
}
