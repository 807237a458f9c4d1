// Package trainingtask has all that Terraform can do with training tasks: the resource, the list resource for queries, the data
// source that lists them, and the action that stops one.
//
// resource.go has the calls of the resource's life cycle. plan.go decides what a plan does to a task; preview.go, queue.go,
// price.go and environment.go warn of what the creation would meet. wait.go follows a task until it runs or has ended.
package trainingtask

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/listsource"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/money"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/resourceconfig"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/textrules"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

type tasksModel struct {
	taskFilterModel
	Tasks []listedTaskModel `tfsdk:"tasks"`
}

type listedTaskModel struct {
	ID                 string                `tfsdk:"id"`
	TaskName           string                `tfsdk:"task_name"`
	Description        string                `tfsdk:"description"`
	DatasetID          string                `tfsdk:"dataset_id"`
	DatasetVersionID   string                `tfsdk:"dataset_version_id"`
	ModelID            types.String          `tfsdk:"model_id"`
	Labels             map[string]string     `tfsdk:"labels"`
	LaunchMode         string                `tfsdk:"launch_mode"`
	EnvironmentID      types.String          `tfsdk:"environment_id"`
	EnvironmentName    types.String          `tfsdk:"environment_name"`
	ResourceConfig     *resourceconfig.Model `tfsdk:"resource_config"`
	Status             string                `tfsdk:"status"`
	Phase              types.String          `tfsdk:"phase"`
	StatusReason       types.String          `tfsdk:"status_reason"`
	StatusMessage      types.String          `tfsdk:"status_message"`
	QueuePosition      types.Int64           `tfsdk:"queue_position"`
	CreatedAt          types.String          `tfsdk:"created_at"`
	EstimatedStartTime types.String          `tfsdk:"estimated_start_time"`
	StartedAt          types.String          `tfsdk:"started_at"`
	FinishedAt         types.String          `tfsdk:"finished_at"`
	Progress           float64               `tfsdk:"progress"`
	Nodes              []string              `tfsdk:"nodes"`
	Cost               money.Model           `tfsdk:"cost"`
}

func newListedTaskModel(task fermi.Task) listedTaskModel {
	listed := listedTaskModel{
		ID:                 task.TaskID,
		TaskName:           task.TaskName,
		Description:        task.Description,
		DatasetID:          task.DatasetID,
		DatasetVersionID:   task.DatasetVersionID,
		ModelID:            tfvalues.StringOrNull(task.ModelID),
		Labels:             task.Labels,
		LaunchMode:         string(task.LaunchMode),
		EnvironmentID:      tfvalues.StringOrNull(task.EnvironmentID),
		EnvironmentName:    tfvalues.StringOrNull(task.EnvironmentName),
		ResourceConfig:     (*resourceconfig.Model)(task.ResourceConfig),
		Status:             string(task.Status),
		Phase:              tfvalues.StringOrNull(task.Phase),
		StatusReason:       tfvalues.StringOrNull(task.StatusReason),
		StatusMessage:      tfvalues.StringOrNull(task.StatusMessage),
		CreatedAt:          tfvalues.TimeOrNull(&task.CreatedAt),
		EstimatedStartTime: tfvalues.TimeOrNull(task.EstimatedStartTime),
		StartedAt:          tfvalues.TimeOrNull(task.StartedAt),
		FinishedAt:         tfvalues.TimeOrNull(task.FinishedAt),
		Progress:           task.Progress,
		Nodes:              append([]string{}, task.Nodes...),
		Cost:               money.Model(task.Cost),
	}
	if task.QueuePosition > 0 {
		listed.QueuePosition = types.Int64Value(task.QueuePosition)
	}
	if listed.Labels == nil {
		listed.Labels = map[string]string{}
	}
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
	attributes := map[string]schema.Attribute{
		"labels": schema.MapAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "Labels."},
		"queue_position": schema.Int64Attribute{Computed: true, MarkdownDescription: "Place in the zone's queue, 1 for the next; null when " +
			"it isn't queued."},
		"progress": schema.Float64Attribute{Computed: true, MarkdownDescription: "Share of the training that is done, 0 to 1."},
		"nodes": schema.ListAttribute{Computed: true, ElementType: types.StringType,
			MarkdownDescription: "Nodes that it holds or held GPUs on."},
		"cost": schema.SingleNestedAttribute{Computed: true, MarkdownDescription: "Cost so far.", Attributes: money.Attributes()},
		"resource_config": schema.SingleNestedAttribute{
			Computed: true, MarkdownDescription: "GPUs that it asked for; null for a task that asked for none.",
			Attributes: resourceconfig.ComputedAttributes(),
		},
	}
	for name, description := range map[string]string{
		"id":                   "Task id, such as `task-001`.",
		"task_name":            "Name.",
		"description":          "What it is for; empty when it has none.",
		"dataset_id":           "Dataset.",
		"dataset_version_id":   "Version of the dataset.",
		"model_id":             "Model that it starts from; null when it starts from none.",
		"launch_mode":          "`existing` or `dynamic`.",
		"environment_id":       "Development environment that it shares; null in mode `dynamic`.",
		"environment_name":     "Name of that environment.",
		"status":               "`queued`, `allocating`, `starting`, `running`, `succeeded`, `failed` or `stopped`.",
		"phase":                "Step within `allocating` and `starting`.",
		"status_reason":        "Why it failed or was stopped, as a word for programs.",
		"status_message":       "Why it failed or was stopped, for people.",
		"created_at":           "When it was created, RFC 3339 in UTC.",
		"estimated_start_time": "When training will run, as expected now, RFC 3339 in UTC.",
		"started_at":           "When training began to run, RFC 3339 in UTC.",
		"finished_at":          "When it ended, RFC 3339 in UTC.",
	} {
		attributes[name] = schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	return attributes
}
