package world

import (
	"math"
	"strconv"
	"strings"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/queue"
)

// Status is the status of a task.
type Status string

// The statuses of a task, in the order in which a dynamic task goes through them. The last three are final.
const (
	Queued     Status = "queued"
	Allocating Status = "allocating"
	Starting   Status = "starting"
	Running    Status = "running"
	Succeeded  Status = "succeeded"
	Failed     Status = "failed"
	Stopped    Status = "stopped"
)

// Finished reports whether the status is final.
func (s Status) Finished() bool { return s == Succeeded || s == Failed || s == Stopped }

// Phase is a step of a start-up, in status allocating or starting.
type Phase string

// The phases in their order. An existing task has only the last two.
const (
	FindingNodes      Phase = "finding_nodes"
	AllocatingGPUs    Phase = "allocating_gpus"
	PullingImage      Phase = "pulling_image"
	MountingData      Phase = "mounting_data"
	StartingContainer Phase = "starting_container"
)

// LaunchMode says where a task runs: in an existing environment, or on GPUs that it is given.
type LaunchMode string

// The two launch modes.
const (
	Existing LaunchMode = "existing"
	Dynamic  LaunchMode = "dynamic"
)

// task is the whole state of one task. What is exported is saved. A finished task is never changed in place, so that clones
// can share it.
type task struct {
	Spec
	Mode        LaunchMode     `json:"mode"`                  // the one chosen, where the spec leaves it out
	Environment string         `json:"environment,omitempty"` // id, of an existing task
	Status      Status         `json:"status"`
	Phase       Phase          `json:"phase,omitempty"`
	Reason      Reason         `json:"reason,omitempty"`
	Created     des.Time       `json:"created"`
	Placed      des.Time       `json:"placed,omitempty"` // when it got its GPUs, or its start-up in an environment began
	Began       des.Time       `json:"began,omitempty"`  // when the last start-up began
	PhaseBegan  des.Time       `json:"phaseBegan,omitempty"`
	Started     des.Time       `json:"started,omitempty"` // when training first began
	Resumed     des.Time       `json:"resumed,omitempty"` // when training last began
	Queued      des.Time       `json:"queued,omitempty"`  // when it last came into the queue
	Arrival     int64          `json:"arrival,omitempty"` // its place in the queue, a number among all arrivals
	Limit       des.Time       `json:"limit,omitempty"`   // its walltime limit
	Finished    des.Time       `json:"finished,omitempty"`
	Holds       []cluster.Part `json:"holds,omitempty"`  // while it is live
	Nodes       []string       `json:"nodes,omitempty"`  // names; kept after the end
	Length      des.Time       `json:"length"`           // of the training at full speed
	Served      des.Time       `json:"served,omitempty"` // how much of Length was done when it last stopped training
	Target      des.Time       `json:"target,omitempty"` // its environment's service count at which it will end
	WasStarted  bool           `json:"wasStarted,omitempty"`
	Billed      des.Time       `json:"billed,omitempty"`   // for allocations before the present one
	Saved       des.Time       `json:"saved,omitempty"`    // how much of Length the last checkpoint holds
	Attempts    int            `json:"attempts,omitempty"` // to pull the image, in this allocation
	Crashes     int            `json:"crashes,omitempty"`
	Losses      int            `json:"losses,omitempty"` // how many times it lost a node
	Preemptions int            `json:"preemptions,omitempty"`
	Revision    int            `json:"revision"`
	History     taskHistory    `json:"history"`

	number      int32      // among all tasks that were ever created, from 1
	id          string     // of the number
	environment int        // index; -1 for a dynamic task
	pending     des.Handle // the end of the phase or of the training on own GPUs
	limitEnds   des.Handle // its end by its limit, while it uses that up
}

func (t *task) allocation() cluster.Allocation { return cluster.Allocation{Parts: t.Holds} }

// job is the task as its zone's queue knows it.
func (t *task) job() queue.Job {
	return queue.Job{
		ID: t.number, Priority: levels[t.PriorityOrNormal()], Arrival: t.Arrival, Request: t.Resources.request(), Limit: t.Limit,
	}
}

// taskID returns fmt.Sprintf("task-%03d", number), in a tenth of the time.
func taskID(number int32) string {
	var buffer [16]byte
	id := append(buffer[:0], "task-"...)
	for least := int32(100); least > 1 && least > number; least /= 10 {
		id = append(id, '0')
	}
	return string(strconv.AppendInt(id, int64(number), 10))
}

// taskNumber is the inverse of taskID. It returns 0 for a text that is no task's id.
func taskNumber(id string) int32 {
	digits, ok := strings.CutPrefix(id, "task-")
	if !ok {
		return 0
	}
	n := int64(0)
	for _, d := range []byte(digits) {
		if d < '0' || d > '9' || n > math.MaxInt32 {
			return 0
		}
		n = 10*n + int64(d-'0')
	}
	// A number with too few or too many leading zeros is no task's id.
	if n > math.MaxInt32 || len(digits) < 3 || len(digits) > 3 && digits[0] == '0' {
		return 0
	}
	return int32(n)
}

// EventType says what has happened.
type EventType string

// The types of events.
const (
	TaskCreated        EventType = "created"
	TaskQueued         EventType = "queued"
	TaskPlaced         EventType = "placed"
	TaskPhase          EventType = "phase"
	TaskStatus         EventType = "status"
	TaskUpdated        EventType = "updated"
	TaskRestarted      EventType = "restarted"
	TaskDeleted        EventType = "deleted"
	EnvironmentChanged EventType = "environment"
	NodeChanged        EventType = "node"
)

// Event is something that has happened in the world.
type Event struct {
	At          des.Time   `json:"at"`
	Type        EventType  `json:"type"`
	Task        string     `json:"task,omitempty"` // id
	Mode        LaunchMode `json:"mode,omitempty"`
	Zone        string     `json:"zone,omitempty"`        // of a dynamic task
	Environment string     `json:"environment,omitempty"` // id
	Node        string     `json:"node,omitempty"`        // name
	Status      Status     `json:"status,omitempty"`      // the task's
	Phase       Phase      `json:"phase,omitempty"`
	Reason      Reason     `json:"reason,omitempty"`
	Nodes       []string   `json:"nodes,omitempty"`    // where the task was placed
	Tasks       []string   `json:"tasks,omitempty"`    // ids of those whose place a placed task took, or of the one that took this one's
	Verdicts    Verdicts   `json:"verdicts,omitempty"` // why a queued task waits
	// Took is a duration: for a placed task its wait in the queue, for a running one its start-up, and for a finished one the
	// time since training first began, including restarts and the waits between them.
	Took des.Time `json:"took,omitempty"`
}
