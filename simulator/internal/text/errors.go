package text

import (
	"fmt"
	"strings"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// errorMessages explain why a call was refused. A name in braces stands for the detail with that name.
var errorMessages = map[api.ErrorReason]Message{
	api.ErrorReasonTaskNameRequired:         {"请输入任务名称", "enter a task name"},
	api.ErrorReasonDatasetRequired:          {"请选择数据集", "choose a dataset and its version"},
	api.ErrorReasonEnvironmentRequired:      {"请选择开发环境", "choose a development environment"},
	api.ErrorReasonAvailabilityZoneRequired: {"请选择可用区", "choose an availability zone"},
	api.ErrorReasonNoRunningEnvironment:     {"暂无运行中的开发环境", "no development environment is running"},
	api.ErrorReasonLaunchModeInvalid:        {"启动模式无效：{launchMode}", "launch mode {launchMode} is neither existing nor dynamic"},
	api.ErrorReasonEnvironmentNotAllowed:    {"动态创建资源时不能指定开发环境", "a dynamic task takes no environmentId"},
	api.ErrorReasonGPUTypeRequired:          {"请选择 GPU 类型", "choose a GPU type"},
	api.ErrorReasonImageRequired:            {"请选择镜像", "choose an image"},
	api.ErrorReasonBelowMinimum:             {"数值 {value} 低于最小值 {minimum}", "the value {value} is below the minimum {minimum}"},
	api.ErrorReasonAboveMaximum:             {"数值 {value} 高于最大值 {maximum}", "the value {value} is above the maximum {maximum}"},
	api.ErrorReasonPriorityInvalid:          {"优先级无效：{priority}，应为 low、normal 或 high", "{priority} is no priority; want low, normal or high"},
	api.ErrorReasonMaxDurationPassed: {
		"任务已占用 {used} 秒，最长时间 {value} 秒已过；请设置更大的值，或停止任务",
		"the task has used {used} s already, and {value} s would be over; give it more, or stop it",
	},
	api.ErrorReasonLabelsInvalid:   {"标签无效", "invalid labels: at most 64, keys not empty, keys and values at most 256 bytes"},
	api.ErrorReasonDatasetNotFound: {"数据集不存在：{datasetId}", "there is no dataset {datasetId}"},
	api.ErrorReasonDatasetVersionNotFound: {
		"数据集版本不存在：{datasetVersionId}",
		"the dataset has no version {datasetVersionId}; it has {versions}",
	},
	api.ErrorReasonModelNotFound:            {"模型不存在：{modelId}", "there is no model {modelId}"},
	api.ErrorReasonAvailabilityZoneNotFound: {"可用区不存在：{availabilityZone}", "there is no availability zone {availabilityZone}"},
	api.ErrorReasonGPUTypeNotFound:          {"GPU 类型不存在：{gpuType}", "there is no GPU type {gpuType}"},
	api.ErrorReasonEnvironmentNotFound:      {"开发环境不存在：{environmentId}", "there is no development environment {environmentId}"},
	api.ErrorReasonCapacityExceeded: {
		"超出可用区 {availabilityZone} 的 {gpuType} 总容量：请求 {asked}，总量 {capacity}，节点 {nodes}",
		"more {gpuType} capacity than zone {availabilityZone} will ever have: asked {asked}, capacity {capacity}, nodes {nodes}",
	},
	api.ErrorReasonEnvironmentNotRunning: {"开发环境 {environmentId} 未运行", "development environment {environmentId} is not running"},
	api.ErrorReasonTaskNotFound:          {"训练任务不存在：{taskId}", "there is no training task {taskId}"},
	api.ErrorReasonTaskPurged: {
		"训练任务 {taskId} 的记录已清除，最终状态：{status}", "the record of training task {taskId} was purged; it ended as {status}",
	},
	api.ErrorReasonTaskFinished: {"训练任务已结束：{status}", "the training task has already ended: {status}"},
	api.ErrorReasonNodeNotFound: {"节点不存在：{node}", "there is no node {node}"},
	api.ErrorReasonIdempotencyKeyReused: {
		"幂等键已用于内容不同的请求",
		"the idempotency key was used for a different request; details has what that created",
	},
	api.ErrorReasonTemplateNotFound:     {"任务模板不存在：{templateId}", "there is no task template {templateId}"},
	api.ErrorReasonTemplateNameRequired: {"请输入模板名称", "enter a template name"},
	api.ErrorReasonTemplateNameTaken:    {"模板名称已被 {templateId} 使用：{name}", "the template {templateId} has the name {name} already"},
	api.ErrorReasonBatchSizeInvalid: {
		"批量任务数须为 {minimum} 到 {maximum}，实际为 {count}",
		"a batch has {minimum} to {maximum} tasks; this one has {count}",
	},
	api.ErrorReasonImageInvalid: {
		"镜像名称无效：{image}，应如 pytorch/pytorch:2.1.0 或 registry.example.com/team/image:tag",
		"{image} is no image reference; want one like pytorch/pytorch:2.1.0 or registry.example.com/team/image:tag",
	},
	api.ErrorReasonTooLong: {
		"文本过长：最多 {maximum} 个字符，实际为 {length} 个", "too long: at most {maximum} characters; this text has {length}",
	},
	api.ErrorReasonForbiddenCharacter: {
		"含有不允许的字符 {character}：不能使用控制字符和改变文字方向的字符",
		"the character {character} is not allowed: no control characters, and none that change the direction of text",
	},
	api.ErrorReasonArgumentsInvalid: {
		"命令或参数无效：最多 1000 个元素，共 32768 字节，且不含 NUL 字符",
		"invalid command or arguments: at most 1,000 elements, 32,768 bytes in all, no NUL character",
	},
	api.ErrorReasonEnvironmentVariablesInvalid: {
		"环境变量无效：名称由字母、数字和下划线组成且不以数字开头，共 65536 字节，且不含 NUL 字符",
		"invalid environment variables: names of letters, digits and underscores, the first no digit, 65,536 bytes in all, no NUL character",
	},
	api.ErrorReasonRevisionMismatch: {"版本不匹配，当前为 {revision}", "If-Match names another revision; the present one is {revision}"},

	api.ErrorReasonWrongCluster: {
		"请求针对集群 {wanted}，而这是集群 {cluster}；未作任何更改",
		"the request is for cluster {wanted}, and this is cluster {cluster}; nothing was changed",
	},
	api.ErrorReasonInvalidJSON:      {"请求体不是有效的 JSON：{error}", "the body is not valid JSON: {error}"},
	api.ErrorReasonUnknownField:     {"未知字段：{field}", "unknown field {field}"},
	api.ErrorReasonDuplicateField:   {"字段重复：{field}", "the field {field} comes twice"},
	api.ErrorReasonInvalidType:      {"字段类型错误，应为 {expected}", "wrong type; want {expected}"},
	api.ErrorReasonInvalidValue:     {"字段值无效：{error}", "invalid value: {error}"},
	api.ErrorReasonInvalidParameter: {"查询参数 {parameter} 无效：{error}", "query parameter {parameter} is malformed: {error}"},
	api.ErrorReasonPageTooLarge: {
		"该页超过 {mebibytes} MiB，请将 pageSize 设为 {pageSize} 或更小，或使用 cursor 读取",
		"the page is over {mebibytes} MiB; ask for a pageSize of {pageSize} or less, or read on with cursor",
	},
	api.ErrorReasonUnknownParameter:     {"未知查询参数：{parameter}", "unknown query parameter {parameter}"},
	api.ErrorReasonInvalidHeader:        {"请求头 {header} 无效：{error}", "header {header} is malformed: {error}"},
	api.ErrorReasonBodyTooLarge:         {"请求体超过 {mebibytes} MiB", "the body is over {mebibytes} MiB"},
	api.ErrorReasonUnsupportedMediaType: {"请求体须为 {allowed}", "the body must be {allowed}"},
	api.ErrorReasonUnsupportedContentEncoding: {
		"不支持请求体编码 {contentEncoding}，应为 {allowed} 之一", "a body may not be encoded as {contentEncoding}; want one of {allowed}",
	},
	api.ErrorReasonUnauthorized:  {"缺少令牌或令牌无效", "no token or an unknown one; send Authorization: Bearer TOKEN"},
	api.ErrorReasonReadOnlyToken: {"只读令牌不能执行 {method}", "a read-only token may not {method}"},
	api.ErrorReasonHostNotAllowed: {
		"未设置令牌的模拟器不应答主机 {host} 的请求；如确需使用该名称，请以 --allowed-host 启动，或设置令牌",
		"without a token the simulator answers no request for the host {host}; " +
			"if that is a name of this server, start it with --allowed-host, or with a token",
	},
	api.ErrorReasonOriginNotAllowed: {
		"未设置令牌的模拟器不应答其他网站（{origin}）的页面发往 {host} 的请求；请设置令牌，或以 --allowed-host 允许该主机",
		"without a token the simulator answers no request to {host} from pages of another server, {origin}; " +
			"set a token, or allow that host with --allowed-host",
	},
	api.ErrorReasonTooManyConnections: {"连接数过多，请稍后重试", "too many clients are connected; try again"},
	api.ErrorReasonPathNotFound:       {"路径不存在：{path}", "there is no path {path}; /openapi.yaml lists them"},
	api.ErrorReasonMethodNotAllowed:   {"{path} 不支持 {method}", "{path} does not take {method}"},
	api.ErrorReasonFaultNotFound:      {"故障不存在：{id}", "there is no fault {id}"},
	api.ErrorReasonTooManyFaults:      {"已有 {maximum} 个故障，请先删除一些", "there are {maximum} faults, which is the most; delete some"},
	api.ErrorReasonClockCannotGoBack: {
		"虚拟时间只能前进，且不超过其起点后 200 年",
		"virtual time runs forward only, and not beyond 200 years from its start",
	},
	api.ErrorReasonCancelled:          {"请求已取消", "the request was cancelled"},
	api.ErrorReasonInjectedFault:      {"注入的故障 {faultId}", "injected fault {faultId}"},
	api.ErrorReasonTooManyRequests:    {"请求过于频繁，请稍后重试", "too many requests; try again later"},
	api.ErrorReasonServiceUnavailable: {"服务暂不可用，请稍后重试", "the service is unavailable; try again later"},
	api.ErrorReasonInvalidBody:        {"请求体读取失败：{error}", "the body could not be read: {error}"},
	api.ErrorReasonAdvanceEnded:       {"推进期间世界已被重置或替换", "the world was reset or replaced while it advanced"},
	api.ErrorReasonStateNotSaved: {
		"状态无法保存，未作任何更改，请稍后重试：{error}", "the state can't be saved, and nothing was changed; try again: {error}",
	},
	api.ErrorReasonSnapshotInvalid:    {"快照无效：{error}", "the snapshot can't be restored: {error}"},
	api.ErrorReasonScenarioInvalid:    {"场景有 {count} 处错误，首处：{first}", "the scenario has {count} mistakes, the first at {first}"},
	api.ErrorReasonInternal:           {"内部错误：{error}", "internal error: {error}"},
	api.ErrorReasonHistoryNotRecorded: {"此集群不记录历史", "this cluster records no history"},
}

// Error returns the message of a refusal, with the details filled in.
func Error(l Language, reason api.ErrorReason, details map[string]any) string {
	pairs := make([]string, 0, 2*len(details))
	for name, value := range details {
		pairs = append(pairs, "{"+name+"}", detail(l, value))
	}
	return strings.NewReplacer(pairs...).Replace(errorMessages[reason].In(l))
}

// detail returns a value of an error's details as a part of its message.
func detail(l Language, value any) string {
	switch v := value.(type) {
	case string:
		return shortened(v)
	case Message:
		return v.In(l)
	case []string:
		return strings.Join(v, enumerate.In(l))
	case world.Shape:
		return Shape(v).In(l)
	case []world.Shape:
		shapes := make([]string, len(v))
		for i := range v {
			shapes[i] = Shape(v[i]).In(l)
		}
		return strings.Join(shapes, enumerate.In(l))
	}
	return fmt.Sprint(value)
}
