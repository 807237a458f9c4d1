// Package history keeps how levels that change in steps were over virtual time, such as how many GPUs are held: exact
// integrals over steps of fixed length, in bounded memory however much time passes. It is pure.
package history

import (
	"slices"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// Level names one of a pool's levels.
type Level int

// The levels of a pool.
const (
	Held    Level = iota // GPUs that are held, by anybody
	Waiting              // tasks in the queue, jobs of other users among them
	Running              // tasks that train
	Billed               // GPUs that tasks pay for

	levelCount
)

// Levels are a pool's levels at one instant, or their integrals over a time, in level-microseconds.
type Levels [levelCount]int64

// Pool names the GPUs of one type in one zone.
type Pool struct {
	Zone    string `json:"zone"`
	GPUType string `json:"gpuType"`
}

// Window is how far back a history is kept at one resolution.
type Window struct {
	Name  string
	Step  des.Time // divides an hour
	Steps int
}

const (
	minute = des.Time(time.Minute)
	hour   = 60 * minute
)

// Windows are all windows, the finest first.
var Windows = [...]Window{{"1h", minute, 60}, {"24h", 15 * minute, 96}, {"7d", hour, 7 * 24}}

// Recorder keeps the history of some pools. Steps begin at full minutes, quarters and hours of UTC. Its size depends on
// the pools and the windows, never on the time that passed. The zero value is not ready for use.
type Recorder struct {
	offset des.Time // from a full hour of UTC to time 0
	began  des.Time
	names  []Pool
	pools  []pool
	nodes  nodeLog

	unsaved bool // when the recording began
}

// pool is the history of one pool. It is brought up to date when a level changes, not when time passes.
type pool struct {
	at     des.Time // the levels hold since then
	levels Levels
	// By window: the integrals of the step that is open at that time, and of closed ones. Steps count from the one in
	// which the recording began, and step n is at n modulo the window's number of steps. What is absent at the end is 0.
	open   [len(Windows)]Levels
	closed [len(Windows)][]Levels

	unsaved bool
	saved   [len(Windows)]int // closed steps before this one need not be saved
}

// New begins a history in which all levels are 0. offset is how far time 0 is from a full hour of UTC.
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

// Names returns the pools in the order of their numbers.
func (r *Recorder) Names() []Pool { return r.names }

// Add changes a level of a pool at a time not before the last change.
func (r *Recorder) Add(now des.Time, number int, level Level, change int64) {
	p := &r.pools[number]
	r.advance(p, now)
	p.levels[level] += change
}

// Set is Add with the level that the pool then has. A level that it has already costs nothing.
func (r *Recorder) Set(now des.Time, number int, level Level, value int64) {
	if p := &r.pools[number]; p.levels[level] != value {
		r.Add(now, number, level, value-p.levels[level])
	}
}

// Levels returns a pool's present levels.
func (r *Recorder) Levels(number int) Levels { return r.pools[number].levels }

// step returns the number of the step of a window in which a time lies.
func (r *Recorder) step(w *Window, t des.Time) int {
	return int((t+r.offset)/w.Step - (r.began+r.offset)/w.Step)
}

// start returns the time at which a step of a window starts; that of the first may be before the recording's.
func (r *Recorder) start(w *Window, step int) des.Time {
	return ((r.began+r.offset)/w.Step+des.Time(step))*w.Step - r.offset
}

// advance notes that the levels have been the same until now.
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

// fill adds the time until now to one window of a pool.
func (r *Recorder) fill(p *pool, window int, now des.Time) {
	w := &Windows[window]
	from, step, last := p.at, r.step(w, p.at), r.step(w, now)
	if last-step > w.Steps {
		// After a long time in which nothing changed: what the window has left behind is not filled.
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

// step returns a closed step.
func (p *pool) step(window, step int) Levels {
	if slot := step % Windows[window].Steps; slot < len(p.closed[window]) {
		return p.closed[window][slot]
	}
	return Levels{}
}

// add adds levels over a time. Whole microseconds since time 0 are counted, so that none is lost between two changes.
func (l *Levels) add(levels *Levels, until, from des.Time) {
	d := int64(until/1000) - int64(from/1000)
	for i, level := range levels {
		l[i] += level * d
	}
}

// Series is the history of all pools in one window, step by step.
type Series struct {
	Window Window
	// Bounds are the times between the steps, from the start of the first to the end of the last. There is one more than
	// steps, or none where no time has passed. The first and the last step may be shorter than the others.
	Bounds []des.Time
	// Pools are the integrals, by pool and step.
	Pools [][]Levels
}

// Read returns a window's history until now: the steps that lie in the window, whole or in part.
func (r *Recorder) Read(window int, now des.Time) Series {
	w := &Windows[window]
	s := Series{Window: *w, Pools: make([][]Levels, len(r.pools))}
	if now <= r.began {
		return s
	}
	last := r.step(w, now)
	if r.start(w, last) == now {
		last-- // it has just begun
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
