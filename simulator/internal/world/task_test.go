package world

import (
	"fmt"
	"math"
	"testing"
)

// Each task has one id: another spelling of its number must not find it.
func TestTaskIDs(t *testing.T) {
	for _, n := range []int32{1, 9, 10, 99, 100, 999, 1000, 12345, math.MaxInt32} {
		id := taskID(n)
		if want := fmt.Sprintf("task-%03d", n); id != want || taskNumber(id) != n {
			t.Errorf("the id of %d is %q, want %q, and is taken for %d", n, id, want, taskNumber(id))
		}
	}
	for _, id := range []string{
		"", "task-", "task-000", "task-1", "task-01", "task-0100", "task-+01", "task--01", "task-1e3", "task-00１", "Task-001", "env-001",
		"task-001 ", "task-2147483648", "task-99999999999999999999999999", "task-00000000000000000000000001",
	} {
		if n := taskNumber(id); n != 0 {
			t.Errorf("%q is taken for task %d", id, n)
		}
	}
}
