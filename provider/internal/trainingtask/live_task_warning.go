package trainingtask

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/clustercheck"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/clusterfacts"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/resourceconfig"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

// warnOfLiveTask warns that a plan ends a live task, and says what would be lost. verb is what the plan does to the task, and
// more is added to the text. Each task has a title of its own, because Terraform shows warnings of one title once.
func (r *taskResource) warnOfLiveTask(
	ctx context.Context, private clustercheck.PrivateState, state taskModel, verb, more string,
) diag.Diagnostics {
	id, status := state.ID.ValueString(), fermi.TaskStatus(state.Status.ValueString())
	if _, lost := state.lostCreation(ctx); lost || !status.Live() || r.session == nil {
		return nil
	}
	task, err := r.lastSeen(ctx, private, id)
	switch {
	case fermi.IsNotFound(err), fermi.IsWrongCluster(err), err == nil && clustercheck.IsOther(state.CreatedAt, task.CreatedAt):
		return nil // the id belongs to another object, which the apply doesn't touch
	case err != nil:
		task.TrainingTask = fermi.TrainingTask{
			TaskID: id, TaskName: state.TaskName.ValueString(), Status: status, Phase: fermi.TaskPhase(state.Phase.ValueString()),
		}
	}
	if !task.Status.Live() {
		return nil
	}
	ends := "stops it and deletes its record and log"
	if state.OnDestroy.ValueString() == onDestroyStop {
		ends = "stops it and keeps its record and log"
	}
	return diag.Diagnostics{diag.NewWarningDiagnostic(
		fmt.Sprintf("The plan %s training task %s, which is %s", verb, id, task.Status),
		fmt.Sprintf("Training task %q (%s) %s. The apply %s.%s", task.TaskName, id, achieved(task), ends, more),
	)}
}

// lastSeen returns a task as the refresh read it, or as it is now if the plan was made without a refresh.
func (r *taskResource) lastSeen(ctx context.Context, private clustercheck.PrivateState, id string) (fermi.Task, error) {
	if task, ok := r.session.Seen.Get(id); ok {
		return task, nil
	}
	home, _ := clustercheck.ReadHome(ctx, private)
	reading, cancel := context.WithTimeout(ctx, clusterfacts.ReadTimeout)
	defer cancel()
	return r.client.ForCluster(home.ID).GetTask(reading, id)
}

// heldResources returns the GPUs that a task holds for itself, or nil if it holds none.
func (m *taskModel) heldResources() *fermi.ResourceConfig {
	if fermi.LaunchMode(m.LaunchMode.ValueString()) != fermi.LaunchModeDynamic || !fermi.TaskStatus(m.Status.ValueString()).Live() {
		return nil
	}
	return resourceconfig.Known(m.ResourceConfig)
}

// achieved says how far a live task has come.
func achieved(task fermi.Task) string {
	if task.Status != fermi.TaskStatusRunning {
		return "is " + describe(task)
	}
	text := "is running"
	if task.RunningSeconds > 0 {
		text = "has run for " + (time.Duration(task.RunningSeconds) * time.Second).String()
	} else if task.StartedAt != nil {
		text = "has run since " + tfvalues.FormatTime(*task.StartedAt)
	}
	if task.CreatedAt.IsZero() {
		return text // no more is known than the state has
	}
	return text + fmt.Sprintf(", %.0f %% of its training is done, and it has cost %s so far", task.Progress*100, cost(task))
}

// cost formats what a task has cost so far.
func cost(task fermi.Task) string {
	return fermi.Printable(task.Cost.Amount + " " + task.Cost.Currency)
}

// noRoomForBoth says that a zone can't hold a replacement beside the task that it replaces, which create_before_destroy
// requires. Providers aren't told of create_before_destroy. It returns "" if there is room, or if that isn't known.
func (r *taskResource) noRoomForBoth(ctx context.Context, config, state taskModel) string {
	if id := config.TemplateID; tfvalues.IsSet(id) {
		if template, err := r.facts.Template(ctx, id.ValueString()); err == nil {
			config.Model = config.WithDefaults(template.Config)
		}
	}
	wanted, has := resourceconfig.Known(config.ResourceConfig), resourceconfig.Known(state.ResourceConfig)
	if wanted == nil || has == nil || fermi.LaunchMode(config.LaunchMode.ValueString()) == fermi.LaunchModeExisting ||
		has.AvailabilityZone != wanted.AvailabilityZone || has.GPUType != wanted.GPUType {
		return ""
	}
	zones, err := r.facts.Zones(ctx)
	zone := clusterfacts.FindZone(zones, wanted.AvailabilityZone)
	if err != nil || zone == nil || zone.GPUInventory[wanted.GPUType] >= wanted.GPUCount {
		return ""
	}
	return fmt.Sprintf("\n\nZone %s has %d GPUs of type %s free and can't hold the new task, which wants %d, beside the old one. "+
		"With create_before_destroy the new task would wait for GPUs until its create timeout ends, since the old one is destroyed "+
		"only after that; leave create_before_destroy out here.",
		zone.ID, zone.GPUInventory[wanted.GPUType], wanted.GPUType, wanted.GPUCount)
}
