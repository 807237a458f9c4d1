package trainingtask

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/mapplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/taskrules"
)

// ValidateConfig checks what the mode requires and forbids, as far as the values are known.
func (r *taskResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config taskModel
	resp.Diagnostics.Append(config.readValue(ctx, req.Config.Raw)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if config.TemplateID.IsNull() {
		resp.Diagnostics.Append(config.CheckRequired(r.speaker, false)...)
	}
	mode := fermi.LaunchMode(config.LaunchMode.ValueString())
	resp.Diagnostics.Append(taskrules.CheckResources(r.speaker, path.Root("resource_config"), mode, config.ResourceConfig)...)
	resp.Diagnostics.Append(taskrules.CheckEnvironment(r.speaker, path.Root("environment_id"), mode, config.EnvironmentID)...)
	if config.TemplateID.IsNull() {
		resp.Diagnostics.Append(taskrules.RequireResources(r.speaker, path.Root("resource_config"), mode, config.ResourceConfig)...)
	}
}

// ModifyPlan plans the values that change by themselves, and replaces the task if its new template requires that. Terraform
// plans again during the apply and expects the same result, so planned values depend only on the configuration and the refreshed
// state. What the cluster would make of a creation goes into diagnostics.
func (r *taskResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.State.Raw.IsNull() {
		if !req.Plan.Raw.IsNull() {
			r.modifyCreation(ctx, req, resp)
		}
		return
	}
	var state taskModel
	resp.Diagnostics.Append(state.readValue(ctx, req.State.Raw)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(r.warnOfLiveTask(ctx, req.Private, state, "destroys", "")...)
		return
	}
	var config taskModel
	plan, unchanged := state, req.Plan.Raw.Equal(req.State.Raw)
	if !unchanged {
		resp.Diagnostics.Append(plan.readValue(ctx, req.Plan.Raw)...)
		resp.Diagnostics.Append(config.readValue(ctx, req.Config.Raw)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	anew, diags := r.isReplacedByTemplate(ctx, config, state)
	resp.Diagnostics.Append(diags...)
	if anew {
		resp.RequiresReplace = append(resp.RequiresReplace, path.Root("template_id"))
	}
	plan.planRefill(config, state)

	_, lost := state.lostCreation(ctx)
	status := fermi.TaskStatus(state.Status.ValueString())
	retried := status == fermi.TaskStatusFailed && (plan.ReplaceOnFailure.IsUnknown() || plan.ReplaceOnFailure.ValueBool())
	replaced := lost || retried || anew || plan.needsReplacement(state)
	if r.facts != nil && replaced {
		if resources := state.heldResources(); resources != nil {
			r.facts.NoteReleasedGPUs(state.ID.ValueString(), *resources)
		}
		r.facts.NoteReplacement(req.Config.Raw)
		resp.Diagnostics.Append(config.readValue(ctx, req.Config.Raw)...)
		if resp.Diagnostics.HasError() {
			return
		}
		resp.Diagnostics.Append(r.preview(ctx, config)...)
		resp.Diagnostics.Append(r.warnOfLiveTask(ctx, req.Private, state, "replaces", r.noRoomForBoth(ctx, config, state))...)
	}
	if !replaced {
		resp.Diagnostics.Append(plan.warnOfEnd(state, status)...)
	}
	if status == fermi.TaskStatusFailed && !replaced {
		resp.Diagnostics.Append(state.warnOfFailure()...)
	}
	switch {
	case lost:
		// Even if it was untainted, it can only be deleted and created again.
		plan.ID, plan.liveModel = types.StringUnknown(), unknownLive
		resp.RequiresReplace = append(resp.RequiresReplace, path.Root("id"))
	// Unknown counts as true: a plan that keeps the task can't become a replacement once the value is known.
	case retried:
		plan.liveModel = unknownLive
		// A replacement counts only for an attribute that changes, which status does now.
		resp.RequiresReplace = append(resp.RequiresReplace, path.Root("status"))
	case status.Live() && (plan.WaitFor.IsUnknown() || !reached(status, plan.WaitFor.ValueString())):
		// The unknown values make this an update, and the update resumes the wait.
		plan.liveModel = unknownLive
	case !unchanged:
		// An update that waits for nothing keeps the values of the state, so that what depends on them doesn't change.
		plan.liveModel = state.liveModel
	default:
		return
	}
	resp.Diagnostics.Append(plan.writeValue(ctx, &resp.Plan.Raw)...)
}

// modifyCreation previews a creation, and plans the values that follow from the mode.
func (r *taskResource) modifyCreation(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var config taskModel
	resp.Diagnostics.Append(config.readValue(ctx, req.Config.Raw)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if r.session != nil {
		resp.Diagnostics.Append(r.session.Cluster.NotePlanned(ctx, resp.Private)...)
	}
	if r.facts == nil || !r.facts.TakeReplacement(req.Config.Raw) {
		resp.Diagnostics.Append(r.preview(ctx, config)...)
	}
	if fermi.LaunchMode(config.LaunchMode.ValueString()) == fermi.LaunchModeDynamic && config.EnvironmentID.IsNull() {
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("environment_id"), types.StringNull())...)
	}
}

// needsReplacement reports whether a difference to the state replaces the task. See isReplacedByTemplate about another template.
func (m *taskModel) needsReplacement(state taskModel) bool {
	return m.StartsAnew(state.Model) || triggersNewRun(m.Triggers, state.Triggers)
}

// triggersNewRun reports whether a change of triggers starts a new run: it does if triggers are there before and after. Unknown
// triggers count as changed.
func triggersNewRun(planned, kept types.Map) bool {
	if len(kept.Elements()) == 0 || planned.Equal(kept) {
		return false
	}
	return planned.IsUnknown() || len(planned.Elements()) > 0
}

// replacedByTriggers replaces a task whose triggers start a new run.
func replacedByTriggers(_ context.Context, req planmodifier.MapRequest, resp *mapplanmodifier.RequiresReplaceIfFuncResponse) {
	resp.RequiresReplace = triggersNewRun(req.PlanValue, req.StateValue)
}
