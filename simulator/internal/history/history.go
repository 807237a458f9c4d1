// Package history records over virtual time how values that change in steps have been, such as the number of GPUs held.
// It keeps exact integrals over steps of fixed length, in bounded memory however much time passes. It is pure.
package history

import (
	"slices"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// Level is one of the values recorded for a pool.
type Level int

// The levels of a pool.
const (
	Held              Level = iota // GPUs held by anyone
	Waiting                        // queued tasks and jobs of other users
	Running                        // tasks that are training
	Billed                         // GPUs that tasks pay for in full
	BilledPreemptible              // GPUs that preemptible tasks pay for

	levelCount
)

// Levels are the levels of a pool at one instant, or their integrals over a time in level-microseconds.
type Levels [levelCount]int64

// Pool is the GPUs of one type in one zone.
type Pool struct {
	Zone    string `json:"zone"`
	GPUType string `json:"gpuType"`
}

// Window says how far back history is kept at one resolution.
type Window struct {
	Name  string
	Step  des.Time // divides an hour
	Steps int
}

const (
	minute = des.Time(time.Minute)
	hour   = 60 * minute
)

// Windows lists all windows, the finest first.
var Windows = [...]Window{{"1h", minute, 60}, {"24h", 15 * minute, 96}, {"7d", hour, 7 * 24}}

// Recorder records the history of some pools. Steps begin at full minutes, quarters and hours of UTC. Its size depends
// on the pools and windows but not on the time that passes. Use New or Restore to make one.
type Recorder struct {
	offset des.Time // time between a full hour of UTC and time 0
	began  des.Time
	names  []Pool
	pools  []pool
	nodes  nodeLog

	unsaved bool // whether the began record must be saved
}

// pool is the history of one pool. It is updated when a level changes, not when time passes.
type pool struct {
	at     des.Time // the levels are the same since then
	levels Levels
	// By window: the integrals of the step that is open at time at, and of closed steps. Steps are numbered from the one
	// in which recording began; step n is at index n modulo the window's Steps. Missing elements at the end are 0.
	open   [len(Windows)]Levels
	closed [len(Windows)][]Levels

	unsaved bool
	saved   [len(Windows)]int // steps before this one are saved
}

// New returns a recorder in which all levels are 0. offset is the time between a full hour of UTC and time 0.
func New(names []Pool, offset, now des.Time) *Recorder {
	r := &Recorder{offset: offset, began: now, names: names, pools: make([]pool, len(names)), unsaved: true}
	for i := range r.pools {
		r.pools[i].at, r.pools[i].unsaved = now, true
	}
	return r
}

// Clone returns an independent copy.
func (r *Recorder) Clone() *Recorder {
	c := *r
	c.pools = slices.Clone(r.pools)
	for i := range c.pools {
		for w := range Windows {
			c.pools[i].closed[w] = slices.Clone(r.pools[i].closed[w])
		}
	}
	c.nodes.ring = slices.Clone(r.nodes.ring)
	return &c
}

// Names returns the pools by number.
func (r *Recorder) Names() []Pool { return r.names }

// Add changes a level of a pool. Times must not decrease.
func (r *Recorder) Add(now des.Time, number int, level Level, change int64) {
	p := &r.pools[number]
	r.advance(p, now)
	p.levels[level] += change
}

// Set sets a level of a pool. It does nothing if the level is unchanged.
func (r *Recorder) Set(now des.Time, number int, level Level, value int64) {
	if p := &r.pools[number]; p.levels[level] != value {
		r.Add(now, number, level, value-p.levels[level])
	}
}

// Levels returns the current levels of a pool.
func (r *Recorder) Levels(number int) Levels { return r.pools[number].levels }

// step returns the number of the window's step that contains t.
func (r *Recorder) step(w *Window, t des.Time) int {
	return int((t+r.offset)/w.Step - (r.began+r.offset)/w.Step)
}

// start returns the time at which a step starts. The first step may start before the recording.
func (r *Recorder) start(w *Window, step int) des.Time {
	return ((r.began+r.offset)/w.Step+des.Time(step))*w.Step - r.offset
}

// advance accounts for the time up to now, during which the levels were unchanged.
func (r *Recorder) advance(p *pool, now des.Time) {
	p.unsaved = true
	if now == p.at {
		return
	}
	for i := range Windows {
		r.fill(p, i, now)
	}
	p.at = now
}

// fill adds the time up to now to one window of a pool.
func (r *Recorder) fill(p *pool, window int, now des.Time) {
	w := &Windows[window]
	from, step, last := p.at, r.step(w, p.at), r.step(w, now)
	if last-step > w.Steps {
		// After a long time without change, skip the steps that are no longer in the window.
		step = last - w.Steps
		from = r.start(w, step)
		p.open[window] = Levels{}
	}
	for ; step < last; step++ {
		end := r.start(w, step+1)
		p.open[window].add(&p.levels, end, from)
		from = end
		p.put(window, step)
	}
	p.open[window].add(&p.levels, now, from)
}

// put closes the open step.
func (p *pool) put(window, step int) {
	slot := step % Windows[window].Steps
	closed := &p.closed[window]
	if slot >= len(*closed) && p.open[window] != (Levels{}) {
		*closed = append(*closed, make([]Levels, slot+1-len(*closed))...)
	}
	if slot < len(*closed) {
		(*closed)[slot] = p.open[window]
	}
	p.open[window] = Levels{}
}

// step returns the integrals of a closed step.
func (p *pool) step(window, step int) Levels {
	if slot := step % Windows[window].Steps; slot < len(p.closed[window]) {
		return p.closed[window][slot]
	}
	return Levels{}
}

// add adds the integral of levels from from until until. It counts full microseconds since time 0, so that rounding
// never loses any between two changes.
func (l *Levels) add(levels *Levels, until, from des.Time) {
	d := int64(until/1000) - int64(from/1000)
	for i, level := range levels {
		l[i] += level * d
	}
}

// Series is the history of all pools in one window, by step.
type Series struct {
	Window Window
	// Bounds are the boundaries of the steps, from the start of the first to the end of the last. There is one more than
	// there are steps, or none if no time has passed. The first and last steps may be shorter than the others.
	Bounds []des.Time
	// Pools holds the integrals by pool and step.
	Pools [][]Levels
}

// Read returns the history of a window until now: the steps that are wholly or partly in the window.
func (r *Recorder) Read(window int, now des.Time) Series {
	w := &Windows[window]
	s := Series{Window: *w, Pools: make([][]Levels, len(r.pools))}
	if now <= r.began {
		return s
	}
	last := r.step(w, now)
	if r.start(w, last) == now {
		last-- // the step has just begun
	}
	first := max(0, r.step(w, now)-w.Steps)
	for step := first; step <= last; step++ {
		s.Bounds = append(s.Bounds, max(r.began, r.start(w, step)))
	}
	s.Bounds = append(s.Bounds, now)
	for i := range r.pools {
		p := r.pools[i]
		p.closed[window] = slices.Clone(p.closed[window])
		r.fill(&p, window, now)
		s.Pools[i] = make([]Levels, 0, last-first+1)
		for step := first; step <= last; step++ {
			if step == r.step(w, now) {
				s.Pools[i] = append(s.Pools[i], p.open[window])
			} else {
				s.Pools[i] = append(s.Pools[i], p.step(window, step))
			}
		}
	}
	return s
}
