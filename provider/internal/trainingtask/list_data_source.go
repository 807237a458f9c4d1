package trainingtask

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/listsource"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/money"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/taskconfig"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/textrules"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

type tasksModel struct {
	taskFilterModel
	Tasks []listedTaskModel `tfsdk:"tasks"`
}

type listedTaskModel struct {
	ID types.String `tfsdk:"id"`
	taskconfig.Model
	EnvironmentName    types.String `tfsdk:"environment_name"`
	Status             string       `tfsdk:"status"`
	Phase              types.String `tfsdk:"phase"`
	StatusReason       types.String `tfsdk:"status_reason"`
	StatusMessage      types.String `tfsdk:"status_message"`
	QueuePosition      types.Int64  `tfsdk:"queue_position"`
	CreatedAt          types.String `tfsdk:"created_at"`
	EstimatedStartTime types.String `tfsdk:"estimated_start_time"`
	StartedAt          types.String `tfsdk:"started_at"`
	FinishedAt         types.String `tfsdk:"finished_at"`
	Progress           float64      `tfsdk:"progress"`
	Restarts           int64        `tfsdk:"restarts"`
	Preemptions        int64        `tfsdk:"preemptions"`
	Nodes              []string     `tfsdk:"nodes"`
	Cost               money.Model  `tfsdk:"cost"`
}

func newListedTaskModel(task fermi.Task) listedTaskModel {
	listed := listedTaskModel{
		ID:                 types.StringValue(task.TaskID),
		Model:              taskconfig.Null(),
		EnvironmentName:    tfvalues.StringOrNull(task.EnvironmentName),
		Status:             string(task.Status),
		Phase:              tfvalues.StringOrNull(task.Phase),
		StatusReason:       tfvalues.StringOrNull(task.StatusReason),
		StatusMessage:      tfvalues.StringOrNull(task.StatusMessage),
		CreatedAt:          tfvalues.TimeOrNull(&task.CreatedAt),
		EstimatedStartTime: tfvalues.TimeOrNull(task.EstimatedStartTime),
		StartedAt:          tfvalues.TimeOrNull(task.StartedAt),
		FinishedAt:         tfvalues.TimeOrNull(task.FinishedAt),
		Progress:           task.Progress,
		Restarts:           task.Restarts,
		Preemptions:        task.Preemptions,
		Nodes:              append([]string{}, task.Nodes...),
		Cost:               money.Model(task.Cost),
	}
	if task.QueuePosition > 0 {
		listed.QueuePosition = types.Int64Value(task.QueuePosition)
	}
	listed.SetTask(task.TrainingTask)
	return listed
}

// List is the data source fermi_training_tasks.
var List = listsource.Source[tasksModel]{
	Name:        "training_tasks",
	Things:      "training tasks",
	Description: "The training tasks of the cluster, whoever created them, as they are when Terraform reads them.",
	Filters: func(speaker *language.Speaker) map[string]schema.Attribute {
		return map[string]schema.Attribute{
			"status": schema.StringAttribute{Optional: true, MarkdownDescription: taskFilterDocs["status"], Validators: taskStatusValidators},
			"launch_mode": schema.StringAttribute{Optional: true, MarkdownDescription: taskFilterDocs["launch_mode"],
				Validators: textrules.LaunchMode},
			"name": schema.StringAttribute{Optional: true, MarkdownDescription: taskFilterDocs["name"],
				Validators: textrules.Filter(speaker)},
			"labels": schema.MapAttribute{
				Optional: true, ElementType: types.StringType, MarkdownDescription: taskFilterDocs["labels"], Validators: labelFilterValidators,
			},
		}
	},
	List:            "tasks",
	ListDescription: "The tasks, oldest first; empty when none fits.",
	Item:            listedTaskAttributes,
	Read: func(ctx context.Context, client *fermi.Client, m *tasksModel) error {
		tasks, err := client.ListTasks(ctx, m.filter())
		m.Tasks = listsource.Convert(tasks, newListedTaskModel)
		return err
	},
}

func listedTaskAttributes() map[string]schema.Attribute {
	attributes := taskconfig.Listed()
	maps.Copy(attributes, map[string]schema.Attribute{
		"queue_position": schema.Int64Attribute{Computed: true, MarkdownDescription: "Place in the zone's queue, 1 for the next; null when " +
			"it isn't queued."},
		"progress":    schema.Float64Attribute{Computed: true, MarkdownDescription: "Share of the training that is done, 0 to 1."},
		"restarts":    schema.Int64Attribute{Computed: true, MarkdownDescription: "How often it restarted after it had crashed or lost a node."},
		"preemptions": schema.Int64Attribute{Computed: true, MarkdownDescription: "How often it gave way to a task of a higher priority."},
		"nodes": schema.ListAttribute{Computed: true, ElementType: types.StringType,
			MarkdownDescription: "Nodes that it holds or held GPUs on."},
		"cost": schema.SingleNestedAttribute{Computed: true, MarkdownDescription: "Cost so far.", Attributes: money.Attributes()},
	})
	for name, description := range map[string]string{
		"id":                   "Task id, such as `task-001`.",
		"environment_name":     "Name of that environment.",
		"status":               "`queued`, `allocating`, `starting`, `running`, `succeeded`, `failed` or `stopped`.",
		"phase":                "Step within `allocating` and `starting`.",
		"status_reason":        statusReasonDoc,
		"status_message":       "The same for people.",
		"created_at":           "When it was created, RFC 3339 in UTC.",
		"estimated_start_time": "When training will run, as expected now, RFC 3339 in UTC.",
		"started_at":           "When training began to run, RFC 3339 in UTC.",
		"finished_at":          "When it ended, RFC 3339 in UTC.",
	} {
		attributes[name] = schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	return attributes
}
