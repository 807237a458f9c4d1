package des

import (
	"iter"
	"math/bits"
	"slices"
	"time"
)

// Time is an instant of virtual time, in nanoseconds since the start of the world. It covers 292 years.
type Time int64

// Add returns t + d.
func (t Time) Add(d time.Duration) Time { return t + Time(d) }

// Sub returns the duration t - u.
func (t Time) Sub(u Time) time.Duration { return time.Duration(t - u) }

// Duration returns the time since the start of the world.
func (t Time) Duration() time.Duration { return time.Duration(t) }

// Handle identifies a scheduled event, so that it can be cancelled. The zero Handle identifies no event. Handles are
// comparable.
type Handle struct {
	seq  uint64
	slot int32
}

// Order returns the position of the event among those scheduled for the same time: lower values come first. It is never
// 0, and unique within a calendar.
func (h Handle) Order() uint64 { return h.seq }

// Calendar is a set of pending events ordered by time. Events for the same time are ordered by when they were scheduled.
// The zero value is an empty calendar. Schedule and Pop take O(log n) time and allocate only while the calendar grows.
//
// The order is kept by a 4-ary heap of small keys (Johnson, "Priority queues with update and finding minimum spanning
// trees", 1975). It is half as deep as a binary heap, and the four children compared in a step are adjacent in memory.
// Events are not moved.
type Calendar[E any] struct {
	heap  []key
	slots []slot[E]
	free  int32 // head of the list of free slots, as index + 1; 0 when there is none
	seq   uint64
	live  int
}

type key struct {
	at   Time
	seq  uint64
	slot int32
}

func (k *key) before(o *key) bool { return k.less(o) == 1 }

// less returns 1 if k comes before o, else 0. It compares time and seq as one 128-bit number, by the borrow of a
// subtraction. The outcome is as good as random, so that a branch would be mispredicted half the time.
func (k *key) less(o *key) int {
	const sign = 1 << 63
	_, borrow := bits.Sub64(k.seq, o.seq, 0)
	_, borrow = bits.Sub64(uint64(k.at)^sign, uint64(o.at)^sign, borrow)
	return int(borrow)
}

// slot holds the event with the given seq. A free slot has seq 0, and next links it to the following free slot.
type slot[E any] struct {
	seq   uint64
	next  int32
	event E
}

// Schedule adds event e at the given time and returns its handle.
func (c *Calendar[E]) Schedule(at Time, e E) Handle {
	c.seq++
	return c.add(at, c.seq, e)
}

// Restore adds an event of a saved calendar with the order that it had there. Orders must be positive and distinct.
// Events scheduled later come after all restored ones.
func (c *Calendar[E]) Restore(at Time, order uint64, e E) Handle {
	c.seq = max(c.seq, order)
	return c.add(at, order, e)
}

func (c *Calendar[E]) add(at Time, seq uint64, e E) Handle {
	i := c.free - 1
	if i >= 0 {
		c.free = c.slots[i].next
	} else {
		i = int32(len(c.slots))
		c.slots = append(c.slots, slot[E]{})
	}
	s := &c.slots[i]
	s.seq, s.event = seq, e
	c.live++
	k := key{at, seq, i}
	c.heap = append(c.heap, k)
	c.up(len(c.heap)-1, k)
	return Handle{seq, i}
}

// Cancel removes the event with handle h. It reports whether the event was still pending.
func (c *Calendar[E]) Cancel(h Handle) bool {
	if h.seq == 0 || int(h.slot) >= len(c.slots) || c.slots[h.slot].seq != h.seq {
		return false
	}
	c.release(h.slot)
	// The key of a cancelled event stays in the heap until it reaches the top. Compact the heap before these outnumber
	// the live ones, or a calendar whose events are mostly cancelled would grow without bound.
	if len(c.heap) > 64 && len(c.heap) > 2*c.live {
		c.compact()
	}
	return true
}

// Next returns the time of the next event. ok is false if there is none.
func (c *Calendar[E]) Next() (at Time, ok bool) {
	c.dropDead()
	if len(c.heap) == 0 {
		return 0, false
	}
	return c.heap[0].at, true
}

// Peek returns the next event without removing it. ok is false if there is none.
func (c *Calendar[E]) Peek() (e Entry[E], ok bool) {
	c.dropDead()
	if len(c.heap) == 0 {
		return e, false
	}
	k := c.heap[0]
	return Entry[E]{k.at, Handle{k.seq, k.slot}, c.slots[k.slot].event}, true
}

// Pop removes and returns the next event and its time. ok is false if there is none.
func (c *Calendar[E]) Pop() (at Time, e E, ok bool) {
	c.dropDead()
	if len(c.heap) == 0 {
		return 0, e, false
	}
	k := c.heap[0]
	e = c.slots[k.slot].event
	c.release(k.slot)
	c.removeTop()
	return k.at, e, true
}

// Len returns the number of pending events.
func (c *Calendar[E]) Len() int { return c.live }

// Clone returns a copy that behaves exactly as c would. Handles of c are valid in the copy. Events are copied by
// assignment.
func (c *Calendar[E]) Clone() Calendar[E] {
	d := *c
	d.heap = slices.Clone(c.heap)
	d.slots = slices.Clone(c.slots)
	return d
}

// Entry is a pending event.
type Entry[E any] struct {
	At     Time
	Handle Handle
	Event  E
}

// All iterates over the pending events in the order in which Pop would return them. Restoring them into an empty
// calendar makes one that behaves as c would, apart from the handles.
func (c *Calendar[E]) All() iter.Seq[Entry[E]] {
	return func(yield func(Entry[E]) bool) {
		keys := make([]key, 0, c.live)
		for _, k := range c.heap {
			if c.alive(k) {
				keys = append(keys, k)
			}
		}
		slices.SortFunc(keys, func(a, b key) int {
			return b.less(&a) - a.less(&b)
		})
		for _, k := range keys {
			if !yield(Entry[E]{k.at, Handle{k.seq, k.slot}, c.slots[k.slot].event}) {
				return
			}
		}
	}
}

func (c *Calendar[E]) alive(k key) bool { return c.slots[k.slot].seq == k.seq }

// release frees the slot. Its key may still be in the heap, but no longer matches the slot's seq.
func (c *Calendar[E]) release(i int32) {
	c.slots[i] = slot[E]{next: c.free}
	c.free = i + 1
	c.live--
}

func (c *Calendar[E]) dropDead() {
	for len(c.heap) > 0 && !c.alive(c.heap[0]) {
		c.removeTop()
	}
}

func (c *Calendar[E]) removeTop() {
	last := len(c.heap) - 1
	k := c.heap[last]
	c.heap = c.heap[:last]
	if last > 0 {
		c.down(0, k)
	}
}

func (c *Calendar[E]) compact() {
	c.heap = slices.DeleteFunc(c.heap, func(k key) bool { return !c.alive(k) })
	for i := (len(c.heap) - 2) / 4; i >= 0 && len(c.heap) > 1; i-- {
		c.down(i, c.heap[i])
	}
}

// up moves the hole at i up to where k belongs and puts k there.
func (c *Calendar[E]) up(i int, k key) {
	h := c.heap
	for i > 0 {
		parent := (i - 1) / 4
		if !k.before(&h[parent]) {
			break
		}
		h[i] = h[parent]
		i = parent
	}
	h[i] = k
}

// down moves the hole at i down to where k belongs and puts k there.
func (c *Calendar[E]) down(i int, k key) {
	h := c.heap
	for {
		first := 4*i + 1
		if first >= len(h) {
			break
		}
		least := first
		if first+4 <= len(h) {
			four := h[first : first+4 : first+4]
			low := four[1].less(&four[0])
			high := 2 + four[3].less(&four[2])
			low += (high - low) * four[high].less(&four[low])
			least += low
		} else {
			for j := first + 1; j < len(h); j++ {
				if h[j].before(&h[least]) {
					least = j
				}
			}
		}
		if !h[least].before(&k) {
			break
		}
		h[i] = h[least]
		i = least
	}
	h[i] = k
}
