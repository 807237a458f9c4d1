package httpapi

import (
	"crypto/sha256"
	"encoding/json"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// taskConfig is the configuration of a task, of which any part may be absent.
type taskConfig struct {
	TaskName         *string           `json:"taskName,omitempty"`
	DatasetID        *string           `json:"datasetId,omitempty"`
	DatasetVersionID *string           `json:"datasetVersionId,omitempty"`
	ModelID          *string           `json:"modelId,omitempty"`
	LaunchMode       *world.LaunchMode `json:"launchMode,omitempty"`
	EnvironmentID    *string           `json:"environmentId,omitempty"`
	ResourceConfig   *resourceDraft    `json:"resourceConfig,omitempty"`
	Description      *string           `json:"description,omitempty"`
	Labels           map[string]string `json:"labels,omitempty"`
}

type resourceDraft struct {
	AvailabilityZone *string `json:"availabilityZone,omitempty"`
	GPUType          *string `json:"gpuType,omitempty"`
	GPUCount         *int    `json:"gpuCount,omitempty"`
	CPUCores         *int    `json:"cpuCores,omitempty"`
	Memory           *int    `json:"memory,omitempty"`
	Image            *string `json:"image,omitempty"`
}

// taskRequest is a template and a configuration. It doesn't embed the latter, whose name would get into the path of a
// field with a wrong type.
type taskRequest struct {
	TemplateID       *string           `json:"templateId,omitempty"`
	TaskName         *string           `json:"taskName,omitempty"`
	DatasetID        *string           `json:"datasetId,omitempty"`
	DatasetVersionID *string           `json:"datasetVersionId,omitempty"`
	ModelID          *string           `json:"modelId,omitempty"`
	LaunchMode       *world.LaunchMode `json:"launchMode,omitempty"`
	EnvironmentID    *string           `json:"environmentId,omitempty"`
	ResourceConfig   *resourceDraft    `json:"resourceConfig,omitempty"`
	Description      *string           `json:"description,omitempty"`
	Labels           map[string]string `json:"labels,omitempty"`
}

type resourceConfig struct {
	AvailabilityZone string `json:"availabilityZone"`
	GPUType          string `json:"gpuType"`
	GPUCount         int    `json:"gpuCount"`
	CPUCores         int    `json:"cpuCores"`
	Memory           int    `json:"memory"`
	Image            string `json:"image"`
}

func (c *taskConfig) draft() world.Draft {
	d := world.Draft{
		TaskName: c.TaskName, Description: c.Description, DatasetID: c.DatasetID, DatasetVersionID: c.DatasetVersionID,
		ModelID: c.ModelID, Labels: c.Labels, LaunchMode: c.LaunchMode, EnvironmentID: c.EnvironmentID,
	}
	if r := c.ResourceConfig; r != nil {
		d.Resources = &world.ResourceDraft{
			Zone: r.AvailabilityZone, GPUType: r.GPUType, Image: r.Image, GPUs: r.GPUCount, CPUCores: r.CPUCores, MemoryGB: r.Memory,
		}
	}
	return d
}

func newTaskConfig(d *world.Draft) taskConfig {
	c := taskConfig{
		TaskName: d.TaskName, Description: d.Description, DatasetID: d.DatasetID, DatasetVersionID: d.DatasetVersionID,
		ModelID: d.ModelID, Labels: d.Labels, LaunchMode: d.LaunchMode, EnvironmentID: d.EnvironmentID,
	}
	if r := d.Resources; r != nil {
		c.ResourceConfig = &resourceDraft{r.Zone, r.GPUType, r.GPUs, r.CPUCores, r.MemoryGB, r.Image}
	}
	return c
}

func (t *taskRequest) draft() world.Draft {
	c := taskConfig{
		t.TaskName, t.DatasetID, t.DatasetVersionID, t.ModelID, t.LaunchMode, t.EnvironmentID, t.ResourceConfig, t.Description, t.Labels,
	}
	d := c.draft()
	d.TemplateID = t.TemplateID
	return d
}

// digest is equal for bodies that mean the same, whatever their spacing and order of fields.
func digest(body any) [32]byte {
	canonical, err := json.Marshal(body)
	if err != nil {
		panic(err) // it was read from JSON
	}
	return sha256.Sum256(canonical)
}

type taskPatch struct {
	TaskName    *string           `json:"taskName"`
	Description *string           `json:"description"`
	Labels      map[string]string `json:"labels"`
}

type createdWire struct {
	TaskID             string `json:"taskId"`
	Status             string `json:"status"`
	EnvironmentID      string `json:"environmentId,omitempty"`
	EstimatedStartTime string `json:"estimatedStartTime,omitempty"`
}

type taskWire struct {
	TaskID             string            `json:"taskId"`
	TemplateID         string            `json:"templateId,omitempty"`
	TaskName           string            `json:"taskName"`
	Description        string            `json:"description,omitempty"`
	DatasetID          string            `json:"datasetId"`
	DatasetVersionID   string            `json:"datasetVersionId"`
	ModelID            string            `json:"modelId,omitempty"`
	Labels             map[string]string `json:"labels"`
	LaunchMode         string            `json:"launchMode"`
	EnvironmentID      string            `json:"environmentId,omitempty"`
	EnvironmentName    string            `json:"environmentName,omitempty"`
	ResourceConfig     *resourceConfig   `json:"resourceConfig,omitempty"`
	Status             string            `json:"status"`
	Phase              string            `json:"phase,omitempty"`
	StatusReason       string            `json:"statusReason,omitempty"`
	StatusMessage      string            `json:"statusMessage,omitempty"`
	QueuePosition      int               `json:"queuePosition,omitempty"`
	CreatedAt          string            `json:"createdAt"`
	EstimatedStartTime string            `json:"estimatedStartTime,omitempty"`
	StartedAt          string            `json:"startedAt,omitempty"`
	FinishedAt         string            `json:"finishedAt,omitempty"`
	RunningSeconds     int64             `json:"runningSeconds,omitempty"`
	Progress           float64           `json:"progress"`
	Nodes              []string          `json:"nodes"`
	Cost               money             `json:"cost"`
	Revision           int               `json:"revision"`
}

func (s *Server) taskWire(v *world.TaskView, english bool) taskWire {
	t := taskWire{
		TaskID: v.ID, TemplateID: v.TemplateID, TaskName: v.TaskName, Description: v.Description, DatasetID: v.DatasetID,
		DatasetVersionID: v.DatasetVersionID, ModelID: v.ModelID, Labels: v.Labels, LaunchMode: string(v.Mode),
		EnvironmentID: v.EnvironmentID, EnvironmentName: v.EnvironmentName, Status: string(v.Status), Phase: string(v.Phase),
		StatusReason: v.Reason, QueuePosition: v.QueuePosition, CreatedAt: formatTime(s.engine.Time(v.Created)),
		EstimatedStartTime: s.optionalTime(v.EstimatedStart), StartedAt: s.optionalTime(v.Started),
		FinishedAt: s.optionalTime(v.Finished), RunningSeconds: int64(v.Ran / time.Second), Progress: v.Progress, Nodes: v.Nodes,
		Cost: money{v.Cost.StringFixed(2), s.config().Currency}, Revision: v.Revision,
	}
	if v.Reason != "" {
		t.StatusMessage = reasonMessage(v.Reason, nil, english)
	}
	if t.Labels == nil {
		t.Labels = map[string]string{}
	}
	if t.Nodes == nil {
		t.Nodes = []string{}
	}
	t.ResourceConfig = resourceWire(v.Resources)
	return t
}

func (s *Server) optionalTime(t *des.Time) string {
	if t == nil {
		return ""
	}
	return formatTime(s.engine.Time(*t))
}

type taskEventWire struct {
	Sequence int      `json:"sequence,omitempty"`
	Time     string   `json:"time"`
	Type     string   `json:"type"`
	Status   string   `json:"status,omitempty"`
	Phase    string   `json:"phase,omitempty"`
	Reason   string   `json:"reason,omitempty"`
	Message  string   `json:"message"`
	Nodes    []string `json:"nodes,omitempty"`
	Verdicts []string `json:"verdicts,omitempty"`
}

// taskEventTypes are the kinds of events in a task's history.
var taskEventTypes = []string{
	string(world.TaskCreated), string(world.TaskQueued), string(world.TaskPlaced), string(world.TaskPhase),
	string(world.TaskStatus), string(world.TaskUpdated), string(world.TaskRestarted),
}

var eventMessages = map[string]message{
	string(world.TaskCreated):       {"任务已创建", "the task was created"},
	string(world.TaskQueued):        {"排队等待", "the task waits in the queue"},
	string(world.TaskPlaced):        {"已选定节点并占用 GPU", "nodes were chosen and their GPUs held"},
	string(world.TaskRestarted):     {"任务从检查点重新启动", "the task restarts, from its last checkpoint if it has one"},
	string(world.TaskDeleted):       {"任务已删除", "the task was deleted"},
	string(world.TaskUpdated):       {"任务信息已修改", "the task was edited"},
	string(world.FindingNodes):      {"查找可用节点", "finding available nodes"},
	string(world.AllocatingGPUs):    {"分配 GPU 资源", "allocating GPUs"},
	string(world.PullingImage):      {"拉取镜像", "pulling the image"},
	string(world.MountingData):      {"挂载数据集和模型", "mounting dataset and model"},
	string(world.StartingContainer): {"启动训练容器", "starting the training container"},
	string(world.Running):           {"训练开始", "training runs"},
	string(world.Succeeded):         {"训练成功", "training succeeded"},
	string(world.Failed):            {"训练失败", "the task failed"},
	string(world.Stopped):           {"任务已停止", "the task was stopped"},
}

func (s *Server) taskEventWire(sequence int, e *world.Event, english bool) taskEventWire {
	wire := taskEventWire{
		Sequence: sequence, Time: formatTime(s.engine.Time(e.At).Truncate(time.Millisecond)), Type: string(e.Type),
		Status: string(e.Status), Phase: string(e.Phase), Reason: e.Reason, Nodes: e.Nodes, Verdicts: inWords(e.Verdicts, english),
	}
	key := string(e.Type)
	switch e.Type {
	case world.TaskPhase:
		key = string(e.Phase)
	case world.TaskStatus:
		key = string(e.Status)
	}
	wire.Message = eventMessages[key].in(english)
	if e.Reason != "" {
		wire.Message += colon.in(english) + reasonMessage(e.Reason, nil, english)
	}
	return wire
}
