package queue

import (
	"slices"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"pgregory.net/rapid"
)

// Forgetting the classes that nobody waits in changes no start.
func TestForgettingClassesChangesNothing(t *testing.T) {
	checkAll(t, func(t *rapid.T, d Discipline) {
		l := drawLine(t, d)
		c := l.clone()
		for l.step() {
			c.queue.renumber()
			c.step()
		}
		if !slices.Equal(l.started, c.started) {
			t.Fatalf("the line started %v, one that forgets its classes %v", l.started, c.started)
		}
	})
}

// However many different requests have come and gone, the line remembers few.
func TestClassesOfALongLife(t *testing.T) {
	c, err := cluster.New([]cluster.Node{{Name: "a", GPUs: 4}})
	if err != nil {
		t.Fatal(err)
	}
	q, err := New(EASY, c, "")
	if err != nil {
		t.Fatal(err)
	}
	for i := range int32(10_000) {
		q.Push(Job{ID: i, Arrival: int64(i), Request: cluster.Request{GPUs: 1, Milli: 1000, CPUMilli: int64(i)}})
		q.Remove(i)
		if n := len(q.classes); n > spareClasses+1 {
			t.Fatalf("%d classes after %d jobs, of which none waits", n, i+1)
		}
	}
}
