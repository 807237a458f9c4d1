package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
)

// resourcesOf are the resources that a configuration asks for, as far as they are known; nil when it asks for none or for
// nothing that is known. What isn't known is zero.
func resourcesOf(object types.Object) *fermi.ResourceConfig {
	if !isGiven(object) {
		return nil
	}
	attributes := object.Attributes()
	text := func(name string) string {
		value, _ := attributes[name].(types.String)
		return value.ValueString()
	}
	number := func(name string) int64 {
		value, _ := attributes[name].(types.Int64)
		return value.ValueInt64()
	}
	return &fermi.ResourceConfig{
		AvailabilityZone: text("availability_zone"), GPUType: text("gpu_type"), GPUCount: number("gpu_count"),
		CPUCores: number("cpu_cores"), Memory: number("memory"), Image: text("image"),
	}
}

// preview tells what the creation of a planned task would meet if it came now: refusals as errors, the rest as warnings.
func (r *trainingTaskResource) preview(ctx context.Context, config trainingTaskModel) diag.Diagnostics {
	if r.facts == nil || config.LaunchMode.IsUnknown() {
		return nil
	}
	if !config.TemplateID.IsNull() {
		return r.previewFromTemplate(ctx, config)
	}
	mode := fermi.LaunchMode(config.LaunchMode.ValueString())
	var diags diag.Diagnostics
	if mode != fermi.Dynamic {
		known, err := r.facts.allEnvironments(ctx)
		if err != nil {
			return diag.Diagnostics{planTrouble(err)}
		}
		if mode == "" {
			mode = smartSwitch(config, known.running(), &diags)
		}
		if mode == fermi.Existing {
			diags.Append(config.cantShare(known)...)
		}
	}
	resources := resourcesOf(config.ResourceConfig)
	if mode == fermi.Dynamic && resources != nil {
		zones, err := r.facts.allZones(ctx)
		if err != nil {
			return append(diags, planTrouble(err))
		}
		if r.fits(zones, resources, &diags) {
			diags.Append(r.queues(ctx, zones, config, resources)...)
		}
		diags.Append(r.customImage(ctx, resources.Image)...)
	}
	if mode != "" {
		diags.Append(r.tooExpensive(ctx, config, mode, resources)...)
	}
	return diags
}

// previewFromTemplate asks the API for a forecast, since the API alone knows what the template fills in.
func (r *trainingTaskResource) previewFromTemplate(ctx context.Context, config trainingTaskModel) diag.Diagnostics {
	request, diags, ok := config.question(ctx)
	if !ok || diags.HasError() {
		return diags
	}
	estimate, asked, err := r.facts.estimate(ctx, request)
	switch {
	case hasStatus(err, http.StatusUnprocessableEntity):
		return diag.Diagnostics{apiError("Planning "+config.called(), err)}
	case hasStatus(err, http.StatusConflict):
		// What is missing may be there by the time of the creation.
		return diag.Diagnostics{asWarning(apiError("Planning "+config.called(), err))}
	case err != nil:
		return diag.Diagnostics{planTrouble(err)}
	case !asked:
		return nil
	}
	if resources := estimate.ResourceConfig; estimate.LaunchMode == fermi.Dynamic && resources != nil {
		zones, err := r.facts.allZones(ctx)
		if err != nil {
			return diag.Diagnostics{planTrouble(err)}
		}
		diags.Append(r.queues(ctx, zones, config, resources)...)
		diags.Append(r.customImage(ctx, resources.Image)...)
	}
	if !config.MaxHourlyCost.IsUnknown() {
		diags.Append(config.withinLimit(estimate, "Planning "+config.called())...)
	}
	return diags
}

// smartSwitch says which mode the API would choose now; none when it would refuse the task. Terraform shows warnings of one
// title once and counts the others, so titles name no task.
func smartSwitch(config trainingTaskModel, running []fermi.DevEnvironment, diags *diag.Diagnostics) fermi.LaunchMode {
	const decided = " launch_mode is left out, so this is decided when the task is created; set it to be sure."
	switch {
	case len(running) > 0:
		environment := fmt.Sprintf("the first running environment, %s (%s)", running[0].ID, running[0].Name)
		if !config.EnvironmentID.IsNull() {
			environment = "the configured environment"
		}
		diags.AddAttributeWarning(path.Root("launch_mode"), "Smart switching would choose mode existing now",
			fmt.Sprintf("Development environments that are running: %d; the %s would share %s.", len(running), config.called(), environment)+decided)
		return fermi.Existing
	case config.ResourceConfig.IsNull():
		diags.AddAttributeWarning(path.Root("launch_mode"), "No way to launch the task now",
			fmt.Sprintf("暂无运行中的开发环境 (no development environment is running), and without a resource_config the %s can't have GPUs of its own. "+
				"Start an environment before applying, or add a resource_config.", config.called()))
		return ""
	}
	diags.AddAttributeWarning(path.Root("launch_mode"), "Smart switching would choose mode dynamic now",
		fmt.Sprintf("No development environment is running; the %s would have GPUs of its own, as resource_config says.", config.called())+decided)
	return fermi.Dynamic
}

// cantShare warns where the creation would be refused now for want of its environment, which may be there by then.
func (m *trainingTaskModel) cantShare(known environments) diag.Diagnostics {
	at, id := path.Root("environment_id"), m.EnvironmentID.ValueString()
	const until = " Unless that changes before the %s is created, the creation is refused. Environments that are running: %s."
	running, chosen := known.running(), slices.IndexFunc(known, func(e fermi.DevEnvironment) bool { return e.ID == id })
	switch {
	case m.EnvironmentID.IsUnknown(), chosen >= 0 && known[chosen].Status == fermi.EnvironmentRunning:
		return nil
	case chosen >= 0:
		return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(at, "Development environment isn't running",
			fmt.Sprintf("Environment %s (%s) is %s."+until, id, known[chosen].Name, known[chosen].Status, m.called(), running.some()))}
	case id != "":
		return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(at, "No such development environment",
			fmt.Sprintf("开发环境不存在: the cluster has no environment %q."+until, id, m.called(), running.some()))}
	case len(running) == 0:
		return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(path.Root("launch_mode"), "No development environment is running",
			fmt.Sprintf("暂无运行中的开发环境 (no development environment is running)."+until, m.called(), "none"))}
	}
	return nil
}

// some names environments, and no more than fit a message.
func (e environments) some() string {
	names := make([]string, len(e))
	for i, environment := range e {
		names[i] = fmt.Sprintf("%s (%s)", environment.ID, environment.Name)
	}
	return someOf(names)
}

// someOf lists names, and no more than fit a message.
func someOf(names []string) string {
	const most = 10
	if more := len(names) - most; more > 0 {
		names = append(slices.Clone(names[:most]), fmt.Sprintf("and %d more", more))
	}
	return orNone(names)
}

// fits is false, with an error at the attribute that is at fault, when the zone will never hold the task.
func (r *trainingTaskResource) fits(zones []fermi.AvailabilityZone, wanted *fermi.ResourceConfig, diags *diag.Diagnostics) bool {
	if wanted.AvailabilityZone == "" {
		return false
	}
	resources := path.Root("resource_config")
	zone := zoneOf(zones, wanted.AvailabilityZone)
	if zone == nil {
		diags.AddAttributeError(resources.AtName("availability_zone"), "No such availability zone",
			fmt.Sprintf("The cluster has no zone %q. It has %s.", wanted.AvailabilityZone, zoneList(zones, func(fermi.AvailabilityZone) bool { return true })))
		return false
	}
	capacity := zone.GPUCapacity[wanted.GPUType]
	could := zoneList(zones, func(z fermi.AvailabilityZone) bool { return z.GPUCapacity[wanted.GPUType] >= max(wanted.GPUCount, 1) })
	switch {
	case wanted.GPUType == "":
		return false
	case capacity == 0:
		diags.AddAttributeError(resources.AtName("gpu_type"), "Zone has no such GPUs",
			fmt.Sprintf("Zone %s has no GPU of type %q. Zones that could hold the task: %s.", zone.ID, wanted.GPUType, could))
		return false
	case capacity < wanted.GPUCount:
		diags.AddAttributeError(resources.AtName("gpu_count"), "More than the zone will ever have",
			fmt.Sprintf("Zone %s has %d GPUs of type %s in all, the task wants %d, so it can never start. Zones that could hold it: %s.",
				zone.ID, capacity, wanted.GPUType, wanted.GPUCount, could))
		return false
	}
	return wanted.GPUCount > 0
}

// queues warns when the task would wait for GPUs, or be refused.
func (r *trainingTaskResource) queues(ctx context.Context, zones []fermi.AvailabilityZone, config trainingTaskModel, wanted *fermi.ResourceConfig) diag.Diagnostics {
	zone := zoneOf(zones, wanted.AvailabilityZone)
	if zone == nil {
		return nil
	}
	free, released := zone.GPUInventory[wanted.GPUType], r.facts.releasedIn(zone.ID, wanted.GPUType)
	planned := r.facts.plannedIn(zone.ID, wanted.GPUType, wanted.GPUCount)
	others := zoneList(zones, func(z fermi.AvailabilityZone) bool {
		return z.ID != zone.ID && z.GPUInventory[wanted.GPUType] >= wanted.GPUCount
	})
	queues, start, room := free < wanted.GPUCount, "", others
	if request, diags, ok := config.question(ctx); ok && !diags.HasError() {
		// The zone's figures leave open what its nodes can hold.
		switch estimate, asked, err := r.facts.estimate(ctx, request); {
		case hasReason(err, "CAPACITY_EXCEEDED"):
			return diag.Diagnostics{apiError("Planning "+config.called(), err)}
		case err != nil && queues:
			start = " When it would start is not known: " + err.Error() + "."
		case hasStatus(err, http.StatusUnprocessableEntity):
			// What is missing may exist by the time of the creation.
			return diag.Diagnostics{asWarning(apiError("Planning "+config.called(), err))}
		case err != nil:
			return diag.Diagnostics{planTrouble(err)}
		case asked:
			queues, free = estimate.Capacity.Verdict == fermi.VerdictQueues, estimate.Capacity.FreeGPUs
			start = " " + expectation(estimate)
			room = orNone(estimate.Capacity.ZonesWithRoom)
		}
	}
	switch {
	case queues && (released == 0 || wanted.GPUCount > free+released):
		return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(path.Root("resource_config"),
			fmt.Sprintf("There is no room for %d GPUs of type %s in zone %s now, the task would queue", wanted.GPUCount, wanted.GPUType, zone.ID),
			fmt.Sprintf("The %s wants %d GPUs of type %s in zone %s, where %d are free and the queue is %d long.%s Zones where it would start at once: %s.",
				config.called(), wanted.GPUCount, wanted.GPUType, zone.ID, free, zone.QueueLength, start, room))}
	case planned > free+released:
		return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(path.Root("resource_config"),
			fmt.Sprintf("The planned tasks together want more GPUs of type %s than zone %s has free, some would queue", wanted.GPUType, zone.ID),
			fmt.Sprintf("With the %s they want %d, where %d are free. Those that come last would queue. Other zones with room for this one: %s.",
				config.called(), planned, free+released, others))}
	}
	return nil
}

// asWarning is the same diagnostic as a warning.
func asWarning(d diag.Diagnostic) diag.Diagnostic {
	if at, ok := d.(diag.DiagnosticWithPath); ok {
		return diag.NewAttributeWarningDiagnostic(at.Path(), d.Summary(), d.Detail())
	}
	return diag.NewWarningDiagnostic(d.Summary(), d.Detail())
}

// asError is the same diagnostic as an error.
func asError(d diag.Diagnostic) diag.Diagnostic {
	if at, ok := d.(diag.DiagnosticWithPath); ok {
		return diag.NewAttributeErrorDiagnostic(at.Path(), d.Summary(), d.Detail())
	}
	return diag.NewErrorDiagnostic(d.Summary(), d.Detail())
}

// question is the creation to ask a forecast for; ok is false while a part of it that matters isn't known.
func (m *trainingTaskModel) question(ctx context.Context) (request fermi.TaskRequest, diags diag.Diagnostics, ok bool) {
	for _, value := range []interface{ IsUnknown() bool }{m.TemplateID, m.DatasetID, m.DatasetVersionID, m.ModelID, m.LaunchMode, m.EnvironmentID, m.ResourceConfig} {
		if value.IsUnknown() {
			return request, nil, false
		}
	}
	for _, value := range m.ResourceConfig.Attributes() {
		if value.IsUnknown() {
			return request, nil, false
		}
	}
	asked := *m
	asked.Description, asked.Labels = types.StringNull(), types.MapNull(types.StringType)
	if asked.TaskName.IsUnknown() {
		asked.TaskName = types.StringValue("unknown")
	}
	request, diags = asked.request(ctx)
	return request, diags, true
}

// called names a planned task for people.
func (m *trainingTaskModel) called() string {
	if m.TaskName.IsNull() {
		return "training task from template " + m.TemplateID.ValueString()
	}
	if m.TaskName.IsUnknown() {
		return "training task of a name not known yet"
	}
	return fmt.Sprintf("training task %q", m.TaskName.ValueString())
}

func expectation(e fermi.Estimate) string {
	var b strings.Builder
	if e.QueuePosition > 0 {
		fmt.Fprintf(&b, "It would be number %d in the queue", e.QueuePosition)
	} else {
		b.WriteString("It would wait")
	}
	if e.StartTime.Median == nil {
		b.WriteString(", and most likely not start within half a year.")
		return b.String()
	}
	fmt.Fprintf(&b, " and is expected to run at %s", e.StartTime.Median.UTC().Format(time.RFC3339))
	if e.StartTime.P90 != nil {
		fmt.Fprintf(&b, ", in nine of ten cases by %s", e.StartTime.P90.UTC().Format(time.RFC3339))
	}
	b.WriteString(".")
	return b.String()
}

// customImage warns of an image that the cluster doesn't offer, which may be meant or a slip of the pen.
func (r *trainingTaskResource) customImage(ctx context.Context, image string) diag.Diagnostics {
	if image == "" {
		return nil
	}
	images, err := r.facts.allImages(ctx)
	if err != nil {
		return diag.Diagnostics{planTrouble(err)}
	}
	names := make([]string, len(images))
	for i, offered := range images {
		names[i] = offered.Name
	}
	if slices.Contains(names, image) {
		return nil
	}
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(path.Root("resource_config").AtName("image"), "Image is none of the cluster's",
		fmt.Sprintf("The cluster doesn't offer the image %q. It is pulled as a custom one; if there is none of that name, the task fails. The cluster offers: %s.",
			image, someOf(names)))}
}

func zoneOf(zones []fermi.AvailabilityZone, id string) *fermi.AvailabilityZone {
	for i := range zones {
		if zones[i].ID == id {
			return &zones[i]
		}
	}
	return nil
}

func zoneList(zones []fermi.AvailabilityZone, keep func(fermi.AvailabilityZone) bool) string {
	var kept []string
	for _, zone := range zones {
		if keep(zone) {
			kept = append(kept, zone.ID)
		}
	}
	return orNone(kept)
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

func hasStatus(err error, status int) bool {
	var e *fermi.Error
	return errors.As(err, &e) && e.Status == status && e.Cause == nil
}

func hasReason(err error, reason string) bool {
	var e *fermi.Error
	return errors.As(err, &e) && e.Reason == reason
}
