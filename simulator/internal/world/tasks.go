package world

import (
	"slices"
	"time"
)

// taskTable is the part of a world that has the tasks. It hands them out: find and list to be read, edit to be changed.
type taskTable struct {
	*core

	list     []*task // by number - 1; nil for one that was deleted or purged
	purged   []uint8 // by number - 1: how a purged task ended, as an index of finalStatuses; 0 for the others
	finished []int32 // numbers, in the order of the ends; the oldest is purged next
	live     int     // tasks that have not finished
}

// finalStatuses numbers the ends of a task, from 1.
var finalStatuses = []Status{"", Succeeded, Failed, Stopped}

// clone returns a copy. It shares the finished tasks, which are never changed in place.
func (t *taskTable) clone() taskTable {
	copied := *t
	copied.list = slices.Clone(t.list)
	for i, x := range copied.list {
		if x != nil && !x.Status.Finished() {
			own := *x
			own.History = slices.Clip(x.History)
			copied.list[i] = &own
		}
	}
	copied.purged = slices.Clone(t.purged)
	copied.finished = slices.Clone(t.finished)
	return copied
}

// find returns a task to be read. The error says why there is none.
func (t *taskTable) find(id string) (*task, *Error) {
	n := taskNumber(id)
	if n == 0 || int(n) > len(t.list) || t.list[n-1] == nil {
		if n > 0 && int(n) <= len(t.purged) && t.purged[n-1] > 0 {
			return nil, (&Error{Kind: Gone, Reason: ReasonTaskPurged}).with("taskId", id).
				with("status", string(finalStatuses[t.purged[n-1]]))
		}
		return nil, (&Error{Kind: NotFound, Reason: ReasonTaskUnknown}).with("taskId", id)
	}
	return t.list[n-1], nil
}

// edit returns a task to be changed. A finished task is replaced by a copy, since clones may share it.
func (t *taskTable) edit(n int32) *task {
	t.journal.note(subject{kind: taskSubject, n: int(n)})
	x := t.list[n-1]
	if x.Status.Finished() {
		own := *x
		own.History = slices.Clip(x.History)
		t.list[n-1] = &own
		x = &own
	}
	return x
}

// add gives a new task the next number.
func (t *taskTable) add(x *task) {
	x.number = int32(len(t.list)) + 1
	x.id = taskID(x.number)
	t.list = append(t.list, x)
	t.purged = append(t.purged, 0)
	t.live++
	t.journal.note(subject{kind: taskSubject, n: int(x.number)})
	t.journal.note(subject{kind: figures})
}

// ended counts a task that has just finished.
func (t *taskTable) ended(x *task) {
	t.live--
	t.finished = append(t.finished, x.number)
}

// remove deletes a task that has finished.
func (t *taskTable) remove(n int32) {
	t.journal.note(subject{kind: taskSubject, n: int(n)})
	t.list[n-1] = nil
}

// purge removes the tasks that finished longer ago than the retention. How they ended is kept.
func (t *taskTable) purge() {
	if t.cfg.Retention <= 0 {
		return
	}
	for len(t.finished) > 0 {
		n := t.finished[0]
		if x := t.list[n-1]; x != nil {
			if t.now.Sub(x.Finished) < time.Duration(t.cfg.Retention) {
				return
			}
			t.purged[n-1] = uint8(slices.Index(finalStatuses, x.Status))
			t.remove(n)
		}
		t.finished = t.finished[1:]
	}
}

// records returns what is saved of a task: the task, or its removal, and how it ended where it was purged.
func (t *taskTable) records(n int32) []Record {
	r := Record{Kind: kindTask, ID: number(n)}
	if x := t.list[n-1]; x != nil {
		r = record(kindTask, number(n), x)
	}
	if t.purged[n-1] == 0 {
		return []Record{r}
	}
	return []Record{r, record(kindPurged, number(n), finalStatuses[t.purged[n-1]])}
}
