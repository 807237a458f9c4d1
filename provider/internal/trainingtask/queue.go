package trainingtask

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/clusterfacts"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/taskconfig"
)

// warnOfQueue warns if the task would wait for GPUs, alone or because of other tasks of the plan. Terraform may show the warning
// after the creation too, so it speaks of the time of the plan. Terraform shows warnings of one title once, that of the first
// task, so it describes the plan so far.
func (p *preview) warnOfQueue(ctx context.Context, zones []fermi.AvailabilityZone, wanted *fermi.ResourceConfig) {
	zone := clusterfacts.FindZone(zones, wanted.AvailabilityZone)
	// Count this task before the forecast, which takes a while, so that tasks planned at the same time see each other.
	together := p.Facts.AddPlannedGPUs(zone.ID, wanted.GPUType, wanted.GPUCount)
	free, released := zone.GPUInventory[wanted.GPUType], p.Facts.ReleasedGPUs(zone.ID, wanted.GPUType)
	others := clusterfacts.ListZones(language.InEnglish, zones, func(z fermi.AvailabilityZone) bool {
		return z.ID != zone.ID && z.GPUInventory[wanted.GPUType] >= wanted.GPUCount
	})
	room, queues := others, free < wanted.GPUCount
	priority := fermi.Priority(p.task.Priority.ValueString())
	start := func(before int) string {
		most := ""
		if p.task.Priority.IsUnknown() || priority == fermi.PriorityHigh {
			most = " at most" // those before it may be of lower priorities
		}
		return fmt.Sprintf(" It would be%s number %d in the queue%s.", most, zone.QueueLength+1+int64(before), behind(before))
	}
	var told fermi.TrainingEstimate // what the API forecasts, if it was asked
	if request, diags, ok := p.config.estimateRequest(ctx); ok && !diags.HasError() {
		// The zone's totals don't say what its nodes can hold.
		switch estimate, asked, err := p.Facts.Estimate(ctx, request); {
		case p.reportRefusal(err):
			return
		case err != nil && queues:
			start = func(int) string { return " When it would start is not known: " + err.Error() + "." }
		case p.Failed(err):
			return
		case asked:
			told = estimate
			queues, free = estimate.Capacity.Verdict == fermi.VerdictQueues, estimate.Capacity.FreeGPUs
			start = func(before int) string { return " " + expectation(estimate, before) }
			room = language.InEnglish.List(language.Items(estimate.Capacity.ZonesWithRoom,
				func(id string) language.Item { return language.Item{ID: id} }))
		}
	}
	at := p.Attribute(path.Root("resource_config"))
	switch {
	case queues && (released == 0 || wanted.GPUCount > free+released):
		plan := ""
		before := p.Facts.AddQueued(zone.ID, priority)
		if all := p.Facts.PlannedGPUs(zone.ID, wanted.GPUType); all > wanted.GPUCount {
			plan = fmt.Sprintf(" This plan asks for at least %d of them there so far.", all)
		}
		p.Diags.AddAttributeWarning(at,
			fmt.Sprintf("Zone %s has no room for %d GPUs of type %s, the task would queue", fermi.Printable(zone.ID), wanted.GPUCount,
				wanted.GPUType),
			fmt.Sprintf("The %s wants %d GPUs of type %s in zone %s. When this was planned, %d were free and the queue was %d long.%s%s Zones "+
				"where it would start at once: %s.",
				p.displayName, wanted.GPUCount, wanted.GPUType, fermi.Printable(zone.ID), free, zone.QueueLength, start(before), plan, room))
	case len(told.Preempts) > 0 && (released == 0 || wanted.GPUCount > free+released):
		p.Diags.AddAttributeWarning(at, preemptionTitle(told.PreemptsByPriority),
			fmt.Sprintf("The %s wants %d GPUs of type %s in zone %s. When this was planned, %d were free, and it would have started at once in "+
				"the place of running tasks that are preemptible and of a lower priority: %s. They wait again, and go on from their last "+
				"checkpoints.",
				p.displayName, wanted.GPUCount, wanted.GPUType, fermi.Printable(zone.ID), free,
				language.InEnglish.List(language.Items(told.Preempts, func(id string) language.Item { return language.Item{ID: id} }))))
	case together > free+released:
		before := p.Facts.AddQueued(zone.ID, priority)
		p.Diags.AddAttributeWarning(at,
			fmt.Sprintf("The planned tasks together want more GPUs of type %s than zone %s has free, some would queue", wanted.GPUType,
				fermi.Printable(zone.ID)),
			fmt.Sprintf("With the %s, which wants %d, this plan asks for at least %d there so far; %d were free when it was planned. Created "+
				"after the others, it would wait in the queue%s. "+
				"Other zones with room for this one: %s.",
				p.displayName, wanted.GPUCount, p.Facts.PlannedGPUs(zone.ID, wanted.GPUType), free+released, behind(before), others))
	}
}

// preemptionTitle says how many tasks of each priority a task would take the place of.
func preemptionTitle(n fermi.PreemptedCounts) string {
	var counts []string
	if n.Low > 0 {
		counts = append(counts, fmt.Sprintf("%d low", n.Low))
	}
	if n.Normal > 0 {
		counts = append(counts, fmt.Sprintf("%d normal", n.Normal))
	}
	tasks := "tasks"
	if n.Low+n.Normal == 1 {
		tasks = "task"
	}
	return fmt.Sprintf("The task would take the place of %d %s: %s", n.Low+n.Normal, tasks, strings.Join(counts, ", "))
}

// asWarning returns the diagnostic as a warning.
func asWarning(d diag.Diagnostic) diag.Diagnostic {
	if at, ok := d.(diag.DiagnosticWithPath); ok {
		return diag.NewAttributeWarningDiagnostic(at.Path(), d.Summary(), d.Detail())
	}
	return diag.NewWarningDiagnostic(d.Summary(), d.Detail())
}

// estimateRequest returns the creation to forecast; ok is false while a part of it that matters isn't known.
func (m *taskModel) estimateRequest(ctx context.Context) (request fermi.TrainingTaskRequest, diags diag.Diagnostics, ok bool) {
	if m.TemplateID.IsUnknown() || !m.IsKnown() {
		return request, nil, false
	}
	asked := taskconfig.Null()
	asked.TaskName, asked.Launch = m.TaskName, m.Launch
	if asked.TaskName.IsUnknown() {
		asked.TaskName = types.StringValue("unknown")
	}
	request, diags = asked.Request(ctx, m.TemplateID)
	return request, diags, true
}

// expectation says when a task would start if the same plan puts so many others into its queue before it.
func expectation(e fermi.TrainingEstimate, before int) string {
	var b strings.Builder
	switch {
	case before > 0:
		fmt.Fprintf(&b, "It would be number %d in the queue%s. Without them it", e.QueuePosition+int64(before), behind(before))
	case e.QueuePosition > 0:
		fmt.Fprintf(&b, "It would be number %d in the queue and", e.QueuePosition)
	default:
		b.WriteString("It would wait and")
	}
	if e.StartTime.Median == nil {
		b.WriteString(" would most likely not start within half a year.")
		return b.String()
	}
	fmt.Fprintf(&b, " is expected to run at %s", e.StartTime.Median.UTC().Format(time.RFC3339))
	if e.StartTime.P90 != nil {
		fmt.Fprintf(&b, ", in nine of ten cases by %s", e.StartTime.P90.UTC().Format(time.RFC3339))
	}
	if before > 0 {
		b.WriteString(", with them later")
	}
	b.WriteString(".")
	return b.String()
}

// behind says how many other tasks of the plan a task would queue behind.
func behind(others int) string {
	switch others {
	case 0:
		return ""
	case 1:
		return ", behind another task of this plan if they are created in this order"
	}
	return fmt.Sprintf(", behind %d other tasks of this plan if they are created in this order", others)
}
