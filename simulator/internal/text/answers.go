package text

import "github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"

// The messages of calls that succeed. The Chinese of creations is the source document's to the letter.
var (
	OK        = Message{"成功", "OK"}
	Estimated = Message{"预估完成，未创建任务", "an estimate; nothing was created"}

	TaskCreated = Message{"训练任务创建成功", "training task created"}
	TaskUpdated = Message{"训练任务已更新", "training task updated"}
	TaskStopped = Message{"训练任务已停止", "training task stopped"}
	TaskDeleted = Message{"训练任务已删除", "training task deleted"}

	TemplateCreated = Message{"任务模板创建成功", "task template created"}
	TemplateUpdated = Message{"任务模板已更新", "task template updated"}
	TemplateDeleted = Message{"任务模板已删除", "task template deleted"}

	Reset   = Message{"已重置", "reset"}
	Removed = Message{"已删除", "removed"}
	Loaded  = Message{"已载入", "loaded"}
)

var resetMessages = map[api.StreamResetReason]Message{
	api.StreamResetReasonEventsLost:    {"部分事件已丢失，请重新加载", "some events are remembered no more; load everything again"},
	api.StreamResetReasonWorldReplaced: {"模拟集群已重置，请重新加载", "the cluster was reset or replaced; load everything again"},
}

// StreamReset says why a client of a stream must load everything again.
func StreamReset(l Language, reason api.StreamResetReason) string { return resetMessages[reason].In(l) }
