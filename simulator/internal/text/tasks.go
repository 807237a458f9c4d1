package text

import (
	"strings"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// reasonMessages explain why something happened to a task, or why it waits.
var reasonMessages = map[api.EventReason]Message{
	api.EventReasonImagePullFailed:    {"镜像拉取失败", "the image could not be pulled"},
	api.EventReasonNodeFailed:         {"节点故障", "a node of the task failed"},
	api.EventReasonEnvironmentStopped: {"开发环境已停止", "the development environment stopped"},
	api.EventReasonNoRoom:             {"空闲 GPU 不足", "not enough GPUs are free together"},
	api.EventReasonQueuedBehind: {
		"有空闲 GPU，但不能推迟排在前面的任务",
		"GPUs are free, but taking them would hold up a task that is before it",
	},
	api.EventReasonTrainingCrashed:    {"训练进程崩溃", "the training crashed"},
	api.EventReasonImagePullRetried:   {"镜像拉取失败，重试", "the image could not be pulled; trying again"},
	api.EventReasonStoppedByUser:      {"已由用户停止", "stopped on request"},
	api.EventReasonMaxDurationReached: {"已达到最长时间", "it has had its longest time"},
	api.EventReasonPreempted:          {"让位于优先级更高的任务", "it gave way to a task of a higher priority"},
}

// Reason explains why something happened to a task, or why it waits.
func Reason(l Language, reason world.Reason) string {
	return reasonMessages[api.EventReason(reason)].In(l)
}

// What happened to a task, by the event's type. An event of the types phase and status is told by what it led to.
var (
	typeMessages = map[world.EventType]Message{
		world.TaskCreated:   {"任务已创建", "the task was created"},
		world.TaskQueued:    {"排队等待", "the task waits in the queue"},
		world.TaskPlaced:    {"已选定节点并占用 GPU", "nodes were chosen and their GPUs held"},
		world.TaskRestarted: {"任务从检查点重新启动", "the task restarts, from its last checkpoint if it has one"},
		world.TaskDeleted:   {"任务已删除", "the task was deleted"},
		world.TaskUpdated:   {"任务信息已修改", "the task was edited"},
	}
	phaseMessages = map[world.Phase]Message{
		world.FindingNodes:      {"查找可用节点", "finding available nodes"},
		world.AllocatingGPUs:    {"分配 GPU 资源", "allocating GPUs"},
		world.PullingImage:      {"拉取镜像", "pulling the image"},
		world.MountingData:      {"挂载数据集和模型", "mounting dataset and model"},
		world.StartingContainer: {"启动训练容器", "starting the training container"},
	}
	statusMessages = map[world.Status]Message{
		world.Running:   {"训练开始", "training runs"},
		world.Succeeded: {"训练成功", "training succeeded"},
		world.Failed:    {"训练失败", "the task failed"},
		world.Stopped:   {"任务已停止", "the task was stopped"},
	}
)

// preempts comes before the tasks whose place another takes.
var preempts = Message{"取代 ", "in the place of "}

// Event says what happened to a task, and why.
func Event(l Language, e *world.Event) string {
	var m Message
	switch e.Type {
	case world.TaskPhase:
		m = phaseMessages[e.Phase]
	case world.TaskStatus:
		m = statusMessages[e.Status]
	default:
		m = typeMessages[e.Type]
	}
	message := m.In(l)
	if e.Reason != "" {
		message += colon.In(l) + Reason(l, e.Reason)
	}
	if len(e.Tasks) == 0 {
		return message
	}
	message += colon.In(l)
	if e.Type == world.TaskPlaced {
		message += preempts.In(l)
	}
	return message + strings.Join(e.Tasks, ", ")
}
