package queue

import (
	"slices"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"pgregory.net/rapid"
)

// Dropping empty groups changes no start.
func TestDroppingGroupsChangesNothing(t *testing.T) {
	checkAll(t, func(t *rapid.T, d Discipline) {
		l := drawSimulation(t, d)
		c := l.clone()
		for l.step() {
			c.queue.dropEmptyGroups()
			c.step()
		}
		if !slices.Equal(l.started, c.started) {
			t.Fatalf("the queue started %v, one that drops its groups %v", l.started, c.started)
		}
	})
}

// However many different requests have come and gone, the queue keeps few groups.
func TestGroupsOfALongLife(t *testing.T) {
	c, err := cluster.New([]cluster.Node{{Name: "a", GPUs: 4}})
	if err != nil {
		t.Fatal(err)
	}
	q := New(EASY, c, "")
	for i := range int32(10_000) {
		q.Push(Job{ID: i, Arrival: int64(i), Request: cluster.Request{GPUs: 1, Milli: 1000, CPUMilli: int64(i)}})
		q.Remove(i)
		if n := len(q.classes); n > spareGroups+1 {
			t.Fatalf("%d groups after %d jobs, of which none waits", n, i+1)
		}
	}
}
