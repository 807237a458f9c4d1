package queue

import "container/heap"

// candidates is a heap of the next job of each group that may start, in the order in which they are to be examined.
type candidates struct {
	compare func(a, b *entry) int
	list    []candidate
}

type candidate struct {
	group *group
	at    int // index of the group's jobs
}

func (c *candidates) reset(compare func(a, b *entry) int) { c.compare, c.list = compare, c.list[:0] }

// add adds the first candidate among a group's jobs from an index on. heap.Init must follow.
func (c *candidates) add(g *group, from int) {
	if at := g.next(from); at < len(g.jobs) {
		c.list = append(c.list, candidate{g, at})
	}
}

// first returns the next job to be examined. The heap must not be empty.
func (c *candidates) first() *entry { return c.list[0].group.jobs[c.list[0].at] }

// skip goes on behind the first job, which waits on.
func (c *candidates) skip() {
	c.list[0].at++
	c.advance()
}

// advance goes on after the first job has started or was refused. A job that started has left its group.
func (c *candidates) advance() {
	first := &c.list[0]
	if first.at = first.group.next(first.at); first.at < len(first.group.jobs) {
		heap.Fix(c, 0)
	} else {
		heap.Pop(c)
	}
}

// next returns the index of the first job from an index on whose limit is shorter than what was refused. The policy places
// equal jobs differently as others start. So without this rule a job could pass an equal one that came before it.
func (g *group) next(from int) int {
	if g.shortest >= g.refused {
		return len(g.jobs)
	}
	for from < len(g.jobs) && g.jobs[from].Limit >= g.refused {
		from++
	}
	return from
}

func (c *candidates) Len() int { return len(c.list) }

func (c *candidates) Less(i, j int) bool {
	a, b := &c.list[i], &c.list[j]
	return c.compare(a.group.jobs[a.at], b.group.jobs[b.at]) < 0
}

func (c *candidates) Swap(i, j int) { c.list[i], c.list[j] = c.list[j], c.list[i] }

// Push panics. It is for heap.Interface alone: add comes before heap.Init.
func (c *candidates) Push(any) { panic("queue: candidates are added before the heap is made") }

// Pop removes the last candidate of the list, as heap.Interface demands.
func (c *candidates) Pop() any {
	c.list = c.list[:len(c.list)-1]
	return nil
}
