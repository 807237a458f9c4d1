package des

import (
	"container/heap"
	"math/rand/v2"
	"testing"
)

// The hold model (Jones, "An empirical comparison of priority-queue and event-set implementations", 1986): a calendar of
// constant size, from which the next event is repeatedly taken and rescheduled after an exponential delay.
const pending = 10_000

// payload has the size of the world's events.
type payload struct{ task, node int64 }

func increments() []Time {
	r := rand.New(rand.NewPCG(1, 2))
	inc := make([]Time, 1<<16)
	for i := range inc {
		inc[i] = Time(r.ExpFloat64() * 1e9)
	}
	return inc
}

func BenchmarkHold(b *testing.B) {
	b.Run("calendar", func(b *testing.B) {
		inc := increments()
		var c Calendar[payload]
		for i := range pending {
			c.Schedule(inc[i], payload{int64(i), 0})
		}
		b.ReportAllocs()
		b.ResetTimer()
		for i := range b.N {
			at, e, _ := c.Pop()
			c.Schedule(at+inc[i%len(inc)], e)
		}
	})
	b.Run("container-heap", func(b *testing.B) {
		inc := increments()
		h := make(pointerHeap, 0, pending)
		for i := range pending {
			heap.Push(&h, &pointerEvent{inc[i], uint64(i), payload{int64(i), 0}})
		}
		b.ReportAllocs()
		b.ResetTimer()
		for i := range b.N {
			e := heap.Pop(&h).(*pointerEvent)
			e.at, e.seq = e.at+inc[i%len(inc)], uint64(i+pending)
			heap.Push(&h, e)
		}
	})
}

// pointerHeap is the usual container/heap of pointers, for comparison.
type pointerHeap []*pointerEvent

type pointerEvent struct {
	at  Time
	seq uint64
	payload
}

func (h pointerHeap) Len() int { return len(h) }
func (h pointerHeap) Less(i, j int) bool {
	return h[i].at < h[j].at || h[i].at == h[j].at && h[i].seq < h[j].seq
}
func (h pointerHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *pointerHeap) Push(e any)   { *h = append(*h, e.(*pointerEvent)) }
func (h *pointerHeap) Pop() any {
	last := len(*h) - 1
	e := (*h)[last]
	*h = (*h)[:last]
	return e
}
