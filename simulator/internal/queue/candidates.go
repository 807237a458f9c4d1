package queue

import "container/heap"

// candidates is a heap: of each class that has any, the next job that may overtake the first, in the order of backfill.
type candidates struct {
	queue *Queue
	list  []candidate
}

type candidate struct {
	lot *lot
	at  int // of the lot's jobs
}

// add adds a class, from a place among its jobs on.
func (c *candidates) add(l *lot, at int) {
	if at = l.next(at); at < len(l.jobs) {
		c.list = append(c.list, candidate{l, at})
	}
}

// advance goes on behind the first of all, which has started or was refused.
func (c *candidates) advance() {
	first := &c.list[0]
	if first.at = first.lot.next(first.at); first.at < len(first.lot.jobs) {
		heap.Fix(c, 0)
	} else {
		heap.Pop(c)
	}
}

// next returns the first place from a given one on whose job is short enough. Where the policy would put a job changes as
// others start: without this an equal one that came later could be put where it does no harm, and pass.
func (l *lot) next(from int) int {
	if l.least >= l.refused {
		return len(l.jobs)
	}
	for from < len(l.jobs) && l.jobs[from].Limit >= l.refused {
		from++
	}
	return from
}

func (c *candidates) Len() int { return len(c.list) }

func (c *candidates) Less(i, j int) bool {
	a, b := &c.list[i], &c.list[j]
	return c.queue.compareBackfill(a.lot.jobs[a.at], b.lot.jobs[b.at]) < 0
}

func (c *candidates) Swap(i, j int) { c.list[i], c.list[j] = c.list[j], c.list[i] }

// Push is heap.Interface's; candidates are all added before the heap is made.
func (c *candidates) Push(any) { panic("queue: nothing is pushed") }

// Pop takes the last of the list, as heap.Interface wants it.
func (c *candidates) Pop() any {
	c.list = c.list[:len(c.list)-1]
	return nil
}
