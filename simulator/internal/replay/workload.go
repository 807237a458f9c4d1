// Package replay runs a recorded workload through the inventory model: the arrival-only experiment of Weng et al., "Beware
// of Fragmentation" (USENIX ATC 2023), and a run in time with a queue.
package replay

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// Task is one task of a recorded workload.
type Task struct {
	Name    string
	Request cluster.Request
	Arrival des.Time      // since the first instant of the record
	Length  time.Duration // how long it ran, at most its limit
	Limit   time.Duration // how long it said that it would run at most
	Unended bool          // the record does not tell its end: it ran until the record ended
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
			Name: t.text(name), Zone: t.value(zone), GPUType: t.value(typ), GPUs: int(t.whole(gpus, cluster.MaxGPUs)),
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
//	limit      –                              seconds; absent or empty for the duration
//	zone       –                              may be absent
//
// Times are numbers of seconds, durations such as 90s, 5d3h or 1 days 02:00:00, or dates, which no list mixes with others. A task that was never scheduled ran
// from its creation, and one that ran for longer than its limit ended at its limit. One that never ended ran to the end of the
// record, the latest time in it. A task without GPUs has no milli and no types. Errors name the line and the column.
func ReadTasks(r io.Reader) ([]Task, error) {
	t, err := newTable(r)
	if err != nil {
		return nil, fmt.Errorf("task list: %w", err)
	}
	c := taskColumns{
		name: t.column("name"), gpus: t.column("gpus", "num_gpu"),
		milli: t.optional("gpu_milli"), types: t.optional("gpu_types", "gpu_spec"),
		cpu: t.column("cpu_milli"), memory: t.column("memory_mib"), zone: t.optional("zone"),
		arrival: t.optional("arrival", "creation_time"), length: t.optional("duration"), limit: t.optional("limit"),
		scheduled: t.optional("scheduled_time"), deleted: t.optional("deletion_time"),
	}
	var tasks []Task
	var starts []time.Duration // of those that never ended
	end := time.Duration(0)
	for t.next() {
		task := Task{Name: t.text(c.name), Request: c.request(t), Arrival: des.Time(t.instant(c.arrival))}
		start := task.Arrival.Duration()
		if t.known(c.scheduled) {
			start = t.instant(c.scheduled)
		}
		switch {
		case t.known(c.length):
			task.Length = t.seconds(c.length)
		case c.length < 0 && t.known(c.deleted):
			if task.Length = t.instant(c.deleted) - start; task.Length < 0 {
				t.fail(c.deleted, "is before the task started")
			}
		default:
			task.Unended = true
			starts = append(starts, start)
		}
		if t.known(c.limit) {
			if task.Limit = t.seconds(c.limit); task.Limit == 0 {
				t.fail(c.limit, "is no time to run")
			}
			task.Length = min(task.Length, task.Limit)
		}
		end = max(end, task.Arrival.Duration(), start+task.Length)
		tasks = append(tasks, task)
	}
	if t.err != nil {
		return nil, fmt.Errorf("task list: %w", t.err)
	}
	for i := range tasks {
		if tasks[i].Unended {
			tasks[i].Length = end - starts[0]
			starts = starts[1:]
			if tasks[i].Limit > 0 {
				tasks[i].Length = min(tasks[i].Length, tasks[i].Limit)
			}
		}
		if tasks[i].Limit == 0 {
			tasks[i].Limit = tasks[i].Length
		}
	}
	return tasks, nil
}

// taskColumns are the columns of a task list, -1 for those that are absent.
type taskColumns struct {
	name, gpus, milli, types, cpu, memory, zone int
	arrival, length, limit, scheduled, deleted  int
}

func (c *taskColumns) request(t *table) cluster.Request {
	r := cluster.Request{
		Zone: t.value(c.zone), GPUs: int(t.whole(c.gpus, 1<<16)),
		CPUMilli: t.whole(c.cpu, math.MaxInt32), MemoryMiB: t.whole(c.memory, math.MaxInt32),
	}
	if r.GPUs == 0 {
		return r
	}
	r.Milli = cluster.WholeGPU
	if t.value(c.milli) != "" {
		r.Milli = min(cluster.WholeGPU, int(t.whole(c.milli, math.MaxInt32)))
	}
	if r.Milli == 0 {
		t.fail(c.milli, "is no part of a GPU")
	}
	for name := range strings.SplitSeq(t.value(c.types), "|") {
		if name = strings.TrimSpace(name); name != "" && !slices.Contains(r.GPUTypes, name) {
			r.GPUTypes = append(r.GPUTypes, name)
		}
	}
	return r
}
