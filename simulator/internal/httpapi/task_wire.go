package httpapi

import (
	"crypto/sha256"
	"encoding/json"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/text"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// newDraft converts a configuration.
func newDraft(c *api.TaskConfigRequest) world.Draft {
	d := world.Draft{
		TaskName: c.TaskName, Description: c.Description, DatasetID: c.DatasetID, DatasetVersionID: c.DatasetVersionID,
		ModelID: c.ModelID, Labels: c.Labels, LaunchMode: (*world.LaunchMode)(c.LaunchMode), EnvironmentID: c.EnvironmentID,
		Command: c.Command, Args: c.Args, Variables: (*map[string]string)(c.EnvironmentVariables),
		MaxDuration: c.MaxDuration, MaxRestarts: c.MaxRestarts, Priority: (*world.Priority)(c.Priority), Preemptible: c.Preemptible,
	}
	if r := c.ResourceConfig; r != nil {
		d.Resources = &world.ResourceDraft{
			Zone: r.AvailabilityZone, GPUType: r.GPUType, Image: r.Image, GPUs: r.GPUCount, CPUCores: r.CPUCores, MemoryGB: r.Memory,
		}
	}
	return d
}

// newTaskDraft converts a request for a task: a configuration that may name a template.
func newTaskDraft(t *api.TrainingTaskRequest) world.Draft {
	d := newDraft(&api.TaskConfigRequest{
		TaskName: t.TaskName, DatasetID: t.DatasetID, DatasetVersionID: t.DatasetVersionID, ModelID: t.ModelID, LaunchMode: t.LaunchMode,
		EnvironmentID: t.EnvironmentID, ResourceConfig: t.ResourceConfig, Description: t.Description, Labels: t.Labels,
		Command: t.Command, Args: t.Args, EnvironmentVariables: t.EnvironmentVariables, MaxDuration: t.MaxDuration, MaxRestarts: t.MaxRestarts,
		Priority: t.Priority, Preemptible: t.Preemptible,
	})
	d.TemplateID = t.TemplateID
	return d
}

func newTaskConfig(d *world.Draft) api.TaskConfig {
	c := api.TaskConfig{
		TaskName: d.TaskName, Description: d.Description, DatasetID: d.DatasetID, DatasetVersionID: d.DatasetVersionID,
		ModelID: d.ModelID, Labels: d.Labels, LaunchMode: (*api.LaunchMode)(d.LaunchMode), EnvironmentID: d.EnvironmentID,
		Command: d.Command, Args: d.Args, EnvironmentVariables: d.Variables, MaxDuration: d.MaxDuration, MaxRestarts: d.MaxRestarts,
		Priority: (*api.Priority)(d.Priority), Preemptible: d.Preemptible,
	}
	if r := d.Resources; r != nil {
		c.ResourceConfig = &api.PartialResourceConfig{
			AvailabilityZone: r.Zone, GPUType: r.GPUType, GPUCount: r.GPUs, CPUCores: r.CPUCores, Memory: r.MemoryGB, Image: r.Image,
		}
	}
	return c
}

// digest returns a hash of a body that doesn't depend on its white space and the order of its fields. Hashes are saved with
// idempotency keys, so the JSON of requests must stay the same from version to version.
func digest(body any) [32]byte {
	canonical, err := json.Marshal(body)
	if err != nil {
		panic(err) // it was read from JSON
	}
	return sha256.Sum256(canonical)
}

// newTask converts a task.
func (s *Server) newTask(v *world.TaskView, l text.Language) api.TrainingTask {
	t := api.TrainingTask{
		TaskID: v.ID, TemplateID: v.TemplateID, TaskName: v.TaskName, Description: v.Description, DatasetID: v.DatasetID,
		DatasetVersionID: v.DatasetVersionID, ModelID: v.ModelID, Labels: v.Labels, LaunchMode: api.LaunchMode(v.Mode),
		EnvironmentID: v.EnvironmentID, EnvironmentName: v.EnvironmentName, Command: v.Command, Args: v.Args,
		EnvironmentVariables: v.Variables, Status: api.TaskStatus(v.Status),
		Phase: api.TaskPhase(v.Phase), StatusReason: api.StatusReason(v.Reason), QueuePosition: v.QueuePosition,
		CreatedAt:          formatTime(s.cluster.Time(v.Created)),
		EstimatedStartTime: s.optionalTime(v.EstimatedStart), StartedAt: s.optionalTime(v.Started),
		FinishedAt: s.optionalTime(v.Finished), RunningSeconds: int64(v.Ran / time.Second), Progress: v.Progress, Nodes: v.Nodes,
		Cost: s.money(v.Cost), Revision: v.Revision, MaxDuration: v.MaxDuration, MaxRestarts: v.MaxRestarts,
		Priority: api.Priority(v.PriorityOrNormal()), Preemptible: v.Preemptible, Restarts: v.Restarts, Preemptions: v.Preemptions,
	}
	if v.Reason != "" {
		t.StatusMessage = text.Reason(l, v.Reason)
	}
	if t.Labels == nil {
		t.Labels = api.Labels{}
	}
	if t.Nodes == nil {
		t.Nodes = []string{}
	}
	t.ResourceConfig = newResourceConfig(v.Resources)
	return t
}

func (s *Server) optionalTime(t *des.Time) string {
	if t == nil {
		return ""
	}
	return formatTime(s.cluster.Time(*t))
}

// taskEventTypes are the types of events in a task's history.
var taskEventTypes = []string{
	string(api.TaskEventTypeCreated), string(api.TaskEventTypeQueued), string(api.TaskEventTypePlaced), string(api.TaskEventTypePhase),
	string(api.TaskEventTypeStatus), string(api.TaskEventTypeUpdated), string(api.TaskEventTypeRestarted),
}

// newTaskEvent converts an event of a task's history, in which it has a place from 1.
func (s *Server) newTaskEvent(sequence int, e *world.Event, l text.Language) api.TaskEvent {
	return api.TaskEvent{
		Sequence: sequence, Time: formatTime(s.cluster.Time(e.At).Truncate(time.Millisecond)), Type: api.TaskEventType(e.Type),
		Status: api.TaskStatus(e.Status), Phase: api.TaskPhase(e.Phase), Reason: api.EventReason(e.Reason), Message: text.Event(l, e),
		Nodes: e.Nodes, Tasks: e.Tasks, Verdicts: text.Verdicts(l, e.Verdicts),
	}
}

// newTaskChange converts an event of a task for a stream.
func (s *Server) newTaskChange(e *world.Event, l text.Language) api.TaskChange {
	event := s.newTaskEvent(0, e, l)
	return api.TaskChange{
		TaskID: e.Task, Time: event.Time, Type: api.TaskChangeType(event.Type), Status: event.Status, Phase: event.Phase,
		Reason: event.Reason, Message: event.Message, Nodes: event.Nodes, Tasks: event.Tasks, Verdicts: event.Verdicts,
	}
}
