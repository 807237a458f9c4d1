package trainingtask

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/durations"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/identity"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/money"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/taskconfig"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/textrules"
)

// The values of wait_for.
const (
	waitForNone      = "none"
	waitForRunning   = "running"
	waitForSucceeded = "succeeded"
)

// The values of on_destroy.
const (
	onDestroyDelete = "delete"
	onDestroyStop   = "stop"
)

// statusReasonDoc documents the reasons of a task's status.
const statusReasonDoc = "Why the task failed or was stopped, as a word for programs: `ENVIRONMENT_STOPPED`, `IMAGE_PULL_FAILED`, " +
	"`NODE_FAILED`, `TRAINING_CRASHED`, `STOPPED_BY_USER`, `MAX_DURATION_REACHED`. While it is queued, `PREEMPTED` if it gave way to a " +
	"task of a higher priority, and else null."

func (r *taskResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identity.Schema("The task's id.")
}

func (r *taskResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"template_id": schema.StringAttribute{
			MarkdownDescription: "Template that fills in what is left out here: `resource_config` value by value, `labels` as a whole. What it " +
				"filled in stays, also when the " +
				"template changes later or an override is taken out again. Another template starts a new task only where what it fills in differs " +
				"from what the task has; " +
				"one whose id isn't known while planning, such as a template that the same plan creates anew, changes nothing but this value.",
			Optional:      true,
			Computed:      true,
			PlanModifiers: []planmodifier.String{keepTemplate{}},
			Validators:    textrules.ID(r.speaker, language.ChooseTemplate, language.LeaveItOut),
		},
		"triggers": schema.MapAttribute{
			MarkdownDescription: "Any values; when they change, a new task is started. The first triggers of a task, and taking the last ones " +
				"out, start none.",
			Optional:    true,
			ElementType: types.StringType,
			PlanModifiers: []planmodifier.Map{mapplanmodifier.RequiresReplaceIf(replacedByTriggers,
				"A change starts a new task.", "A change starts a new task.")},
		},
		"wait_for": schema.StringAttribute{
			MarkdownDescription: "What creation waits for: `none`, `running` or `succeeded`. Left out: `running`. A wait that ends early, by " +
				"`timeouts` or Ctrl-C, leaves the task as it is with a warning, and the next apply goes on waiting.",
			Optional:   true,
			Validators: []validator.String{stringvalidator.OneOf(waitForNone, waitForRunning, waitForSucceeded)},
		},
		"replace_on_failure": schema.BoolAttribute{
			MarkdownDescription: "Whether a task that failed later is replaced by a new one at the next apply. Left out: it stays as it is. A " +
				"value that is unknown while planning counts as true. " +
				"A task that fails while its creation waits for it is an error of that apply in any case: Terraform taints it, and the next apply " +
				"replaces it.",
			Optional: true,
		},
		"max_hourly_cost": schema.StringAttribute{
			MarkdownDescription: "Most that an hour of training may cost, a decimal number in the cluster's currency such as `150` or `36.80`. " +
				"A task that costs more is " +
				"refused by the plan where its price is known, and at the latest by its creation, with the figures. A later change has no effect " +
				"on the task.",
			Optional:   true,
			Validators: []validator.String{money.AmountValidator{}},
		},
		"on_destroy": schema.StringAttribute{
			MarkdownDescription: "What becomes of the task when it is destroyed or replaced: `delete` stops it and deletes its record and log, " +
				"`stop` stops it and leaves them in the cluster. Left out: `delete`. What the state has counts, so apply a change of it before " +
				"the destruction that it is for.",
			Optional:   true,
			Validators: []validator.String{stringvalidator.OneOf(onDestroyDelete, onDestroyStop)},
		},
		"timeouts": timeoutsAttribute(ctx),
	}
	maps.Copy(attributes, taskconfig.Task(r.speaker))
	maps.Copy(attributes, computedTaskAttributes())
	resp.Schema = schema.Schema{
		MarkdownDescription: "A training task: one run, in a running development environment or on GPUs allocated for it.\n\n" +
			"A task that ends, well or not, stays as it is in the state and gives no difference. A new run is asked for with " +
			"`triggers`, or with `replace_on_failure`. Destroying the resource stops the task and deletes its record, " +
			"which `on_destroy` can keep.",
		Attributes: attributes,
	}
}

func timeoutsAttribute(ctx context.Context) schema.Attribute {
	attribute := timeouts.Attributes(ctx, timeouts.Opts{
		Create:            true,
		Update:            true,
		Delete:            true,
		CreateDescription: "How long creation may take, its wait included. Default `30m`; `24h` with `wait_for = \"succeeded\"`.",
		UpdateDescription: "How long an update may take, a resumed wait included. Default as for `create`.",
		DeleteDescription: "How long a deletion may take. Default `5m`.",
	}).(schema.SingleNestedAttribute)
	attribute.MarkdownDescription = "How long operations may take, as durations such as `45m`, `1h30m` or `2d`. A wait that takes longer " +
		"ends with a warning, and the task goes on."
	attribute.CustomType = durations.TimeoutsType{Type: attribute.CustomType.(timeouts.Type)}
	// The library accepts durations below zero, which would end each wait before it begins, and doesn't accept days.
	for name, inner := range attribute.Attributes {
		text := inner.(schema.StringAttribute)
		text.Validators = []validator.String{durations.Positive{}}
		attribute.Attributes[name] = text
	}
	return attribute
}

func computedTaskAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id": schema.StringAttribute{
			MarkdownDescription: "The task's id, such as `task-001`; the API's `taskId`.",
			Computed:            true,
			PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		},
		"created_at": schema.StringAttribute{
			MarkdownDescription: "When the task was created, RFC 3339 in UTC.",
			Computed:            true,
			PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		},
		"status": schema.StringAttribute{
			MarkdownDescription: "`queued`, `allocating`, `starting`, `running`, `succeeded`, `failed` or `stopped`. Null when the API purged " +
				"the record and doesn't tell how the task ended.",
			Computed: true,
		},
		"phase": schema.StringAttribute{
			MarkdownDescription: "Step within `allocating` and `starting`: `finding_nodes`, `allocating_gpus`, `pulling_image`, `mounting_data` " +
				"or `starting_container`.",
			Computed: true,
		},
		"status_reason": schema.StringAttribute{
			MarkdownDescription: statusReasonDoc,
			Computed:            true,
		},
		"status_message": schema.StringAttribute{
			MarkdownDescription: "The same for people.",
			Computed:            true,
		},
		"restarts": schema.Int64Attribute{
			MarkdownDescription: "How often the task has restarted after it had crashed or lost a node.",
			Computed:            true,
		},
		"preemptions": schema.Int64Attribute{
			MarkdownDescription: "How often the task has given way to one of a higher priority.",
			Computed:            true,
		},
		"nodes": schema.ListAttribute{
			MarkdownDescription: "Nodes that the task holds or held GPUs on.",
			Computed:            true,
			ElementType:         types.StringType,
		},
		"started_at": schema.StringAttribute{
			MarkdownDescription: "When training began to run, RFC 3339 in UTC.",
			Computed:            true,
		},
		"finished_at": schema.StringAttribute{
			MarkdownDescription: "When the task ended, RFC 3339 in UTC.",
			Computed:            true,
		},
		"cost": schema.SingleNestedAttribute{
			MarkdownDescription: "Cost up to the last refresh.",
			Computed:            true,
			Attributes: map[string]schema.Attribute{
				"amount":   schema.StringAttribute{Computed: true, MarkdownDescription: "Decimal number, such as `145.20`."},
				"currency": schema.StringAttribute{Computed: true, MarkdownDescription: "Currency, such as `CNY`."},
			},
		},
	}
}
