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

// Task is a task of a recorded workload.
type Task struct {
	Name    string
	Request cluster.Request
	Arrival des.Time      // since the origin of the record
	Length  time.Duration // run time, at most Limit
	Limit   time.Duration // requested walltime limit
	Unended bool          // no end is recorded: it runs to the end of the record
}

// demand returns the GPU capacity that the task requests, in milli.
func (t *Task) demand() int64 { return int64(t.Request.GPUs) * int64(t.Request.Milli) }

// Workload is the nodes of a cluster and the tasks submitted to it.
type Workload struct {
	Nodes []cluster.Node
	Tasks []Task
}

// ReadNodes reads a node list. It is CSV with a header; columns may be in any order, and others are ignored.
//
//	ours       Alibaba 2023
//	name       sn
//	gpus       gpu
//	gpu_type   model
//	cpu_milli  cpu_milli     thousandths of a core
//	memory_mib memory_mib
//	zone       –             optional
//
// Errors state the line and the column.
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

// ReadTasks reads a task list. It is CSV with a header; columns may be in any order, and others are ignored.
//
//	ours       Alibaba 2023
//	name       name
//	gpus       num_gpu
//	gpu_milli  gpu_milli                      of each GPU, at most 1000; default 1000
//	gpu_types  gpu_spec                       separated by |; default any
//	cpu_milli  cpu_milli                      thousandths of a core
//	memory_mib memory_mib
//	arrival    creation_time                  optional
//	duration   deletion_time − scheduled_time optional
//	limit      –                              default is the duration
//	zone       –                              optional
//
// Times are numbers of seconds, durations such as 90s, 5d3h or 1 days 02:00:00, or dates; a list can't mix dates with
// others. A task that was never scheduled counts as started at its creation. A task that ran longer than its limit ends
// at its limit. A task that never ended runs to the end of the record, which is the latest time in it. gpu_milli and
// gpu_types are ignored for a task without GPUs. Errors state the line and the column.
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
	var starts []time.Duration // start times of the tasks that never ended
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

// taskColumns holds the indices of the columns of a task list, or -1.
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
