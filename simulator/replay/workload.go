// Package replay runs a recorded workload through the inventory model: the arrival-only experiment of Weng et al., "Beware
// of Fragmentation" (USENIX ATC 2023), and a run in time with a queue.
package replay

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/des"
)

// Task is one task of a recorded workload.
type Task struct {
	Name    string
	Request cluster.Request
	Arrival des.Time      // since the first instant of the record
	Length  time.Duration // how long it ran
}

// demand returns the GPU capacity that the task asks for, in milli.
func (t *Task) demand() int64 { return int64(t.Request.GPUs) * int64(t.Request.Milli) }

// Workload is the nodes of a cluster and the tasks that came to it.
type Workload struct {
	Nodes []cluster.Node
	Tasks []Task
}

// ReadNodes reads a node list: CSV with a header, whose columns may stand in any order and among others.
//
//	ours       Alibaba 2023
//	name       sn
//	gpus       gpu
//	gpu_type   model
//	cpu_milli  cpu_milli     thousandths of a core
//	memory_mib memory_mib
//	zone       –             may be absent
//
// Errors name the line and the column.
func ReadNodes(r io.Reader) ([]cluster.Node, error) {
	t, err := newTable(r)
	if err != nil {
		return nil, fmt.Errorf("node list: %w", err)
	}
	name, gpus, typ := t.column("name", "sn"), t.column("gpus", "gpu"), t.column("gpu_type", "model")
	cpu, memory, zone := t.column("cpu_milli"), t.column("memory_mib"), t.optional("zone")
	var nodes []cluster.Node
	for t.next() {
		nodes = append(nodes, cluster.Node{
			Name: t.text(name), Zone: t.text(zone), GPUType: t.text(typ), GPUs: int(t.whole(gpus, cluster.MaxGPUs)),
			CPUMilli: t.whole(cpu, math.MaxInt32), MemoryMiB: t.whole(memory, math.MaxInt32),
		})
	}
	if t.err != nil {
		return nil, fmt.Errorf("node list: %w", t.err)
	}
	return nodes, nil
}

// ReadTasks reads a task list: CSV with a header, whose columns may stand in any order and among others.
//
//	ours       Alibaba 2023
//	name       name
//	gpus       num_gpu
//	gpu_milli  gpu_milli                      of each GPU; more than 1000 is 1000, absent or empty too
//	gpu_types  gpu_spec                       separated by |; absent or empty for any
//	cpu_milli  cpu_milli                      thousandths of a core
//	memory_mib memory_mib
//	arrival    creation_time                  seconds; may be absent
//	duration   deletion_time − scheduled_time seconds; may be absent
//	zone       –                              may be absent
//
// A task that was never scheduled ran from its creation. A task without GPUs has no milli and no types. Errors name the
// line and the column.
func ReadTasks(r io.Reader) ([]Task, error) {
	t, err := newTable(r)
	if err != nil {
		return nil, fmt.Errorf("task list: %w", err)
	}
	name, gpus := t.column("name"), t.column("gpus", "num_gpu")
	milli, types := t.optional("gpu_milli"), t.optional("gpu_types", "gpu_spec")
	cpu, memory, zone := t.column("cpu_milli"), t.column("memory_mib"), t.optional("zone")
	arrival, length := t.optional("arrival", "creation_time"), t.optional("duration")
	scheduled, deleted := t.optional("scheduled_time"), t.optional("deletion_time")
	var tasks []Task
	for t.next() {
		task := Task{Name: t.text(name), Arrival: des.Time(t.seconds(arrival)), Length: t.seconds(length)}
		if deleted >= 0 && length < 0 {
			start := t.seconds(scheduled)
			if t.text(scheduled) == "" {
				start = task.Arrival.Duration()
			}
			task.Length = t.seconds(deleted) - start
			if task.Length < 0 {
				t.fail(deleted, "is before the task started")
			}
		}
		task.Request = cluster.Request{
			Zone: t.text(zone), GPUs: int(t.whole(gpus, 1<<16)),
			CPUMilli: t.whole(cpu, math.MaxInt32), MemoryMiB: t.whole(memory, math.MaxInt32),
		}
		if task.Request.GPUs > 0 {
			task.Request.Milli = cluster.WholeGPU
			if t.text(milli) != "" {
				task.Request.Milli = min(cluster.WholeGPU, int(t.whole(milli, math.MaxInt32)))
			}
			if task.Request.Milli == 0 {
				t.fail(milli, "is no part of a GPU")
			}
			if s := t.text(types); s != "" {
				task.Request.GPUTypes = strings.Split(s, "|")
			}
		}
		tasks = append(tasks, task)
	}
	if t.err != nil {
		return nil, fmt.Errorf("task list: %w", t.err)
	}
	return tasks, nil
}

// table reads CSV by column names and keeps the first error.
type table struct {
	csv    *csv.Reader
	header []string
	row    []string
	err    error
}

func newTable(r io.Reader) (*table, error) {
	t := &table{csv: csv.NewReader(r)}
	t.csv.ReuseRecord = true
	header, err := t.csv.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("line 1: there is no header")
	}
	if err != nil {
		return nil, err
	}
	for _, h := range header {
		t.header = append(t.header, strings.TrimSpace(strings.TrimPrefix(h, "\ufeff")))
	}
	return t, nil
}

// optional returns the column that has one of these names, or -1.
func (t *table) optional(names ...string) int {
	return slices.IndexFunc(t.header, func(h string) bool { return slices.Contains(names, h) })
}

func (t *table) column(names ...string) int {
	i := t.optional(names...)
	if i < 0 && t.err == nil {
		t.err = fmt.Errorf("line 1: there is no column %s", strings.Join(names, " or "))
	}
	return i
}

func (t *table) next() bool {
	if t.err != nil {
		return false
	}
	row, err := t.csv.Read()
	if err != nil {
		if !errors.Is(err, io.EOF) {
			t.err = err
		}
		return false
	}
	t.row = row
	return true
}

func (t *table) fail(column int, what string) {
	if t.err == nil {
		line, _ := t.csv.FieldPos(column)
		t.err = fmt.Errorf("line %d, column %s: %q %s", line, t.header[column], t.row[column], what)
	}
}

// text returns a field, empty for a column that is absent.
func (t *table) text(column int) string {
	if column < 0 {
		return ""
	}
	// A copy, so that a name doesn't keep its whole line in memory.
	return strings.Clone(strings.TrimSpace(t.row[column]))
}

func (t *table) whole(column int, most int64) int64 {
	n, err := strconv.ParseInt(t.text(column), 10, 64)
	if err != nil {
		t.fail(column, "is no whole number")
	} else if n < 0 || n > most {
		t.fail(column, fmt.Sprintf("is not in 0–%d", most))
	}
	return n
}

// maxSeconds keeps the sum of two times within the range of virtual time.
const maxSeconds = 4e9

func (t *table) seconds(column int) time.Duration {
	s := t.text(column)
	if s == "" {
		return 0
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.fail(column, "is no number of seconds")
	} else if !(n >= 0 && n <= maxSeconds) {
		t.fail(column, fmt.Sprintf("is not in 0–%.0f seconds", float64(maxSeconds)))
		return 0
	}
	return time.Duration(n * float64(time.Second))
}
