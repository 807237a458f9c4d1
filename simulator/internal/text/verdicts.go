package text

import (
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

var (
	oneNode   = Message{"%d 个节点", "%d node"}
	manyNodes = Message{"%d 个节点", "%d nodes"}

	// verdictMessages say why nodes can't host a request, or that they can.
	verdictMessages = map[cluster.VerdictReason]Message{
		cluster.BusyShares:      {"%[2]d 个 GPU 中有 %[1]d 个空闲至少 %[3]d‰", "%d of %d GPUs with %d milli free"},
		cluster.BusyGPUs:        {"%[2]d 个 GPU 中有 %[1]d 个空闲", "%d of %d GPUs free"},
		cluster.NodeDraining:    {"正在排空", "draining"},
		cluster.NodeFailed:      {"故障", "failed"},
		cluster.NoGPUs:          {"没有 GPU", "no GPUs"},
		cluster.NoSuchGPUType:   {"没有这种 GPU", "no such GPU type here"},
		cluster.NotEnoughCPU:    {"空闲 CPU 不足", "not enough CPU free"},
		cluster.NotEnoughMemory: {"空闲内存不足", "not enough memory free"},
		cluster.OtherGPUType:    {"GPU 类型不同（%s）", "other GPU type, %s"},
		cluster.HasRoom:         {"有空位", "room"},
		cluster.HasRoomForPart:  {"可容纳 %[2]d 个 GPU 中的 %[1]d 个", "room for %d of the %d GPUs"},
		cluster.TooSmall:        {"全部空闲时也不够大", "too small even when empty"},
	}

	behindTask   = Message{"排在 %s 之后", "behind %s"}
	behindTasks  = Message{"排在 %s 及另外 %d 个任务之后", "behind %s and %d more"}
	behindOther  = Message{"排在其他用户的任务之后", "behind a job of other users"}
	behindOthers = Message{"排在其他用户的任务及另外 %d 个任务之后", "behind a job of other users and %d more"}
)

// Verdicts say why a task waits: what each class of nodes lacks, and whom the task waits behind.
func Verdicts(l Language, verdicts world.Verdicts) []string {
	list := make([]string, len(verdicts))
	for i, v := range verdicts {
		if v.Behind != nil {
			list[i] = behind(v.Behind).In(l)
			continue
		}
		nodes := manyNodes
		if v.Nodes == 1 {
			nodes = oneNode
		}
		list[i] = nodes.with(v.Nodes).In(l) + colon.In(l) + verdict(v.Verdict).In(l)
	}
	return list
}

func verdict(v cluster.Verdict) Message {
	m := verdictMessages[v.Reason]
	switch v.Reason {
	case cluster.BusyGPUs, cluster.HasRoomForPart:
		return m.with(v.Free, v.Total)
	case cluster.BusyShares:
		return m.with(v.Free, v.Total, v.Milli)
	case cluster.OtherGPUType:
		return m.with(v.GPUType)
	}
	return m
}

func behind(b *world.Behind) Message {
	switch {
	case b.Task == "" && b.More == 0:
		return behindOther
	case b.Task == "":
		return behindOthers.with(b.More)
	case b.More == 0:
		return behindTask.with(b.Task)
	}
	return behindTasks.with(b.Task, b.More)
}

// Shape says how much a node has, for example "8 GPUs, 128 cores, 1024 GB".
func Shape(s world.Shape) Message {
	return Message{"%d 个 GPU、%d 核、%d GB", "%d GPUs, %d cores, %d GB"}.with(s.GPUs, s.Cores, s.MemoryGB)
}
