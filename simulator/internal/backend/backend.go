// Package backend is the boundary between the API and the cluster that it serves. A Cluster answers in domain types: requests,
// statuses and languages are the API's concern, and where tasks really run is the cluster's.
//
// Ids of tasks and templates are small and the same in every cluster, so a write also takes the id of the cluster that it is for.
// The cluster compares it in the same step as it makes the change, and refuses a write for another one. The empty id stands for
// whichever cluster it is. A write returns when its change is durable.
//
// A refused call returns a *world.Error, or a *WrongClusterError, and has changed nothing. A change that can't be saved is undone
// and returns a *StorageError. Any other error is a failure of the cluster itself.
//
// What not every cluster can do is an interface of its own, which the API looks for: Historian, Durable.
package backend

import (
	"context"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/catalog"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/forecast"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/history"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// Cluster is what the API asks of a cluster. It is safe for concurrent use.
type Cluster interface {
	Clock
	Tasks
	Templates
	Inventory
	Changes

	// Info says which cluster this is. A cluster that begins anew has another id.
	Info() Info
	// Estimate says what the creation of a task would lead to. It creates nothing, and ends early when ctx ends.
	Estimate(ctx context.Context, d world.Draft) (forecast.Answer, error)
	// Ready returns why the cluster can't serve now; nil when it can.
	Ready() error
	// Close ends all calls of AwaitTask and Follow. Everything else goes on working.
	Close()
}

// Info identifies a cluster.
type Info struct {
	ID        string // a UUID in lower case
	Name      string // for people
	Ephemeral bool   // its objects end with the process
}

// Clock is a cluster's time. The times of tasks and events are relative to a start.
type Clock interface {
	Now() time.Time
	// Time returns the instant of a time in the cluster.
	Time(t des.Time) time.Time
}

// Tasks are the training tasks of a cluster.
type Tasks interface {
	CreateTask(ctx context.Context, cluster string, c world.CreateDraft) (CreatedTask, error)
	CreateTasks(ctx context.Context, cluster string, c world.CreateDrafts) ([]world.Created, error)
	UpdateTask(ctx context.Context, cluster string, c world.UpdateTask) (world.TaskView, error)
	StopTask(ctx context.Context, cluster string, c world.StopTask) (world.TaskView, error)
	DeleteTask(ctx context.Context, cluster string, c world.DeleteTask) error

	// Task returns a task with its queue position and its expected start.
	Task(ctx context.Context, id string) (world.TaskView, error)
	ListTasks(ctx context.Context, f *TaskFilter, w Window) (Page[*world.TaskView], error)
	// AwaitTask blocks until changed is true of the task's revision, the task is gone, or d has passed on the cluster's clock or in
	// real time. It also returns when ctx ends and when the cluster is closed.
	AwaitTask(ctx context.Context, id string, d time.Duration, changed func(revision int) bool)
	// TaskEvents returns a task's history, oldest event first.
	TaskEvents(ctx context.Context, id string) ([]world.Event, error)
	// TaskLog returns the last lines of a task's log, tail at most.
	TaskLog(ctx context.Context, id string, tail int) ([]string, error)
}

// CreatedTask is a new task, or one that an earlier creation with the same key made.
type CreatedTask struct {
	world.Created
	Revision int // 0 where the task is gone
}

// Templates are named configurations of tasks.
type Templates interface {
	CreateTemplate(ctx context.Context, cluster string, c world.CreateTemplate) (world.CreatedTemplate, error)
	UpdateTemplate(ctx context.Context, cluster string, c world.UpdateTemplate) (world.Template, error)
	DeleteTemplate(ctx context.Context, cluster string, c world.DeleteTemplate) error
	Template(ctx context.Context, id string) (world.Template, error)
	// ListTemplates returns all templates in the order of their creation.
	ListTemplates(ctx context.Context) ([]world.Template, error)
}

// Inventory is what tasks can be placed on, and what they can be made of.
type Inventory interface {
	Zones(ctx context.Context) ([]world.ZoneView, error)
	Environment(ctx context.Context, id string) (*world.EnvironmentView, error)
	ListEnvironments(ctx context.Context, f *EnvironmentFilter, w Window) (Page[*world.EnvironmentView], error)
	// Catalog returns what can be chosen for a task. Its environments are as they were at the cluster's start.
	Catalog() *catalog.Indexed
}

// Historian is a cluster that records its utilization, queues and cost.
type Historian interface {
	// History returns what was recorded in one of history.Windows, by its index.
	History(ctx context.Context, window int) (History, error)
}

// History is what was recorded in a window, for each of the cluster's pools.
type History struct {
	Series history.Series
	Pools  []world.Pool // as Series has them
	Now    des.Time
}

// Durable is a cluster whose changes are on disk some time after they can be seen. The API sends no answer before what it tells is
// saved.
type Durable interface {
	// Mark returns the present point for SettleSince.
	Mark() Mark
	// SettleSince waits until what was seen of the cluster since the mark is on disk. The error is a *StorageError: then some of it
	// is undone.
	SettleSince(m Mark) error
}

// Mark is a point in the life of a Durable cluster.
type Mark uint64
