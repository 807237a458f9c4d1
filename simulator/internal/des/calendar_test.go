package des

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// model is a reference calendar: a slice sorted by time, then by order of scheduling.
type model []modelEvent

type modelEvent struct {
	at     Time
	event  int
	handle Handle
}

func (m *model) schedule(at Time, event int, h Handle) {
	i := 0
	for i < len(*m) && (*m)[i].at <= at {
		i++
	}
	*m = slices.Insert(*m, i, modelEvent{at, event, h})
}

func (m *model) cancel(h Handle) bool {
	i := slices.IndexFunc(*m, func(e modelEvent) bool { return e.handle == h })
	if i < 0 {
		return false
	}
	*m = slices.Delete(*m, i, i+1)
	return true
}

func drain(c *Calendar[int]) (m model) {
	for at, e, ok := c.Pop(); ok; at, e, ok = c.Pop() {
		m = append(m, modelEvent{at: at, event: e})
	}
	return m
}

func (m model) withoutHandles() model {
	out := slices.Clone(m)
	for i := range out {
		out[i].handle = Handle{}
	}
	return out
}

func TestCalendarIsASortedList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c Calendar[int]
		var m model
		handles := []Handle{{}}
		next := 0
		t.Repeat(map[string]func(*rapid.T){
			"schedule": func(t *rapid.T) {
				for range rapid.SampledFrom([]int{1, 1, 100}).Draw(t, "how many") {
					at := Time(rapid.IntRange(-3, 20).Draw(t, "at"))
					h := c.Schedule(at, next)
					m.schedule(at, next, h)
					handles = append(handles, h)
					next++
				}
			},
			"cancel": func(t *rapid.T) {
				for range rapid.SampledFrom([]int{1, 1, 50}).Draw(t, "how many") {
					h := rapid.SampledFrom(handles).Draw(t, "handle")
					if got, want := c.Cancel(h), m.cancel(h); got != want {
						t.Fatalf("Cancel(%v) = %v, want %v", h, got, want)
					}
				}
			},
			"pop": func(t *rapid.T) {
				at, e, ok := c.Pop()
				if ok != (len(m) > 0) {
					t.Fatalf("Pop: ok = %v with %d pending", ok, len(m))
				}
				if ok {
					if at != m[0].at || e != m[0].event {
						t.Fatalf("Pop = %v, %v, want %v, %v", at, e, m[0].at, m[0].event)
					}
					m = m[1:]
				}
			},
			"clone": func(t *rapid.T) {
				d := c.Clone()
				if h := rapid.SampledFrom(handles).Draw(t, "handle"); rapid.Bool().Draw(t, "cancel in the clone") {
					e := slices.Clone(m)
					if got, want := d.Cancel(h), e.cancel(h); got != want {
						t.Fatalf("Cancel(%v) in the clone = %v, want %v", h, got, want)
					}
					if got, want := drain(&d), e.withoutHandles(); !slices.Equal(got, want) {
						t.Fatalf("the clone holds %v, want %v", got, want)
					}
				} else if got, want := drain(&d), m.withoutHandles(); !slices.Equal(got, want) {
					t.Fatalf("the clone holds %v, want %v", got, want)
				}
			},
			"": func(t *rapid.T) {
				if c.Len() != len(m) {
					t.Fatalf("Len = %d, want %d", c.Len(), len(m))
				}
				if at, ok := c.Next(); ok != (len(m) > 0) || ok && at != m[0].at {
					t.Fatalf("Next = %v, %v with %v pending", at, ok, m)
				}
				var all model
				for e := range c.All() {
					all = append(all, modelEvent{e.At, e.Event, e.Handle})
				}
				if !slices.Equal(all, m) {
					t.Fatalf("All = %v, want %v", all, m)
				}
			},
		})
		if got, want := drain(&c), m.withoutHandles(); !slices.Equal(got, want) {
			t.Fatalf("Pop to the end = %v, want %v", got, want)
		}
	})
}

func TestCancelledEventsDoNotPileUp(t *testing.T) {
	var c Calendar[int]
	for i := range 100_000 {
		c.Cancel(c.Schedule(Time(i), i))
	}
	if got := len(c.heap); got > 100 {
		t.Errorf("%d keys are kept of an empty calendar", got)
	}
	if got := len(c.slots); got != 1 {
		t.Errorf("%d slots for at most one pending event", got)
	}
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	var c Calendar[*int]
	for i := range 1000 {
		c.Schedule(Time(i), new(int))
	}
	if got := testing.AllocsPerRun(10_000, func() {
		at, e, _ := c.Pop()
		c.Cancel(c.Schedule(at+7, e))
		c.Schedule(at+1000, e)
	}); got != 0 {
		t.Errorf("%v allocations an event", got)
	}
}
