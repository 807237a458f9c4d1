package provider

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
)

// A preview looks at what the creation of a planned task would meet if it came now.
type preview struct {
	lookup
	// config is as people wrote it; task has what its template fills in as well.
	config, task trainingTaskModel
	// called names the task for people.
	called string
}

// preview tells what the creation of a planned task would meet if it came now: what the API would refuse whenever it came as errors,
// the rest as warnings.
func (r *trainingTaskResource) preview(ctx context.Context, config trainingTaskModel) diag.Diagnostics {
	if r.facts == nil {
		return nil
	}
	called := config.called()
	p := &preview{lookup: lookup{facts: r.facts, tried: "Planning " + called}, config: config, task: config, called: called}
	p.at = p.blame
	p.look(ctx)
	return r.facts.tell(p.diags)
}

func (p *preview) say(text phrase) string { return p.facts.voice.say(text) }

func (p *preview) look(ctx context.Context) {
	if !p.reach(ctx, p.config.TemplateID.IsNull() && fermi.LaunchMode(p.config.LaunchMode.ValueString()) != fermi.Dynamic) || !p.fill(ctx) {
		return
	}
	chosen := choices{p.task.DatasetID, p.task.DatasetVersionID, p.task.ModelID, p.task.EnvironmentID, p.task.ResourceConfig}
	if !p.everything(ctx, chosen) {
		return
	}
	mode := p.mode(ctx)
	if mode == fermi.Dynamic && isGiven(p.config.EnvironmentID) {
		// Validation could not refuse this: only the template knows the mode.
		p.diags.AddAttributeError(path.Root("environment_id"), p.say(dynamicTakesNone), p.say(dropEnvironment))
		return
	}
	if mode == fermi.Dynamic && p.task.ResourceConfig.IsNull() {
		p.diags.AddAttributeError(p.at(path.Root("resource_config")), p.say(chooseZone), p.say(dynamicNeedsOne))
		return
	}
	resources := resourcesOf(p.task.ResourceConfig)
	if resources != nil && !p.blind {
		zones, err := p.facts.allZones(ctx)
		if !p.failed(err) && p.fits(zones, resources) && mode == fermi.Dynamic {
			p.queues(ctx, zones, resources)
		}
		if mode == fermi.Dynamic {
			p.customImage(ctx, resources.Image)
		}
	}
	if mode != "" && !p.blind && !p.diags.HasError() {
		p.tooExpensive(ctx, mode, resources)
	}
}

// mode is how the task would be launched; empty where that isn't known, or in no way.
func (p *preview) mode(ctx context.Context) fermi.LaunchMode {
	mode := fermi.LaunchMode(p.task.LaunchMode.ValueString())
	if p.task.LaunchMode.IsUnknown() || mode == fermi.Dynamic {
		return mode
	}
	known, err := p.facts.allEnvironments(ctx)
	if p.failed(err) {
		return ""
	}
	if mode == "" {
		mode = p.smartSwitch(known.running())
	}
	if mode == fermi.Existing {
		p.cantShare(known)
	}
	return mode
}

// fill adds what the task's template fills in. It is false when there is nothing more to find out.
func (p *preview) fill(ctx context.Context) bool {
	if p.config.TemplateID.IsNull() {
		return true
	}
	id := p.config.TemplateID.ValueString()
	if p.config.TemplateID.IsUnknown() || p.facts.changes(id) {
		// What is configured can be looked at all the same; what the template will say can't.
		p.task.LaunchMode = types.StringUnknown()
		return true
	}
	template, err := p.facts.template(ctx, id)
	switch {
	case fermi.IsNotFound(err):
		p.diags.AddAttributeError(path.Root("template_id"), p.say(noTemplate),
			fmt.Sprintf("The cluster has no task template %q. It may have been deleted; its pages list those that there are.", id))
		return false
	case p.failed(err):
		return false
	}
	p.task = p.config.over(template.Config)
	p.diags.Append(p.task.missing(p.facts.voice)...)
	return !p.diags.HasError()
}

// over is a task with what it leaves out taken from a template, as the API does it.
func (m trainingTaskModel) over(template fermi.TaskConfig) trainingTaskModel {
	fill := func(own *types.String, other string) {
		if own.IsNull() {
			*own = stringOrNull(other)
		}
	}
	given := m.LaunchMode
	fill(&m.TaskName, template.TaskName)
	fill(&m.DatasetID, template.DatasetID)
	fill(&m.DatasetVersionID, template.DatasetVersionID)
	fill(&m.ModelID, template.ModelID)
	fill(&m.LaunchMode, string(template.LaunchMode))
	if fermi.LaunchMode(given.ValueString()) != fermi.Dynamic { // else the template's is for the other mode
		fill(&m.EnvironmentID, template.EnvironmentID)
	}
	if template.ResourceConfig == nil || m.ResourceConfig.IsUnknown() {
		return m
	}
	filled, diags := types.ObjectValueFrom(context.Background(), resourceConfigTypes, partialResources(*template.ResourceConfig))
	if diags.HasError() {
		return m
	}
	values := filled.Attributes()
	for name, value := range m.ResourceConfig.Attributes() {
		if !value.IsNull() {
			values[name] = value
		}
	}
	m.ResourceConfig = types.ObjectValueMust(resourceConfigTypes, values)
	return m
}

// blame is the attribute at fault for a value: its own, or the template's id where the template filled it in.
func (p *preview) blame(attribute path.Path) path.Path {
	steps := attribute.Steps()
	own := map[string]attr.Value{
		"task_name": p.config.TaskName, "dataset_id": p.config.DatasetID, "dataset_version_id": p.config.DatasetVersionID, "model_id": p.config.ModelID,
		"environment_id": p.config.EnvironmentID, "resource_config": p.config.ResourceConfig,
	}[steps[0].String()]
	if own != nil && !own.IsNull() && len(steps) > 1 {
		own = p.config.ResourceConfig.Attributes()[steps[1].String()]
	}
	if p.config.TemplateID.IsNull() || own != nil && !own.IsNull() {
		return attribute
	}
	return path.Root("template_id")
}

// called names a planned task for people.
func (m *trainingTaskModel) called() string {
	if m.TaskName.IsNull() {
		return "training task from template " + fermi.Printable(m.TemplateID.ValueString())
	}
	if m.TaskName.IsUnknown() {
		return "training task of a name not known yet"
	}
	return fmt.Sprintf("training task %q", m.TaskName.ValueString())
}

// customImage warns of an image that the cluster doesn't offer, which may be meant or a slip of the pen.
func (p *preview) customImage(ctx context.Context, image string) {
	if image == "" || p.blind {
		return
	}
	images, err := p.facts.allImages(ctx)
	if p.failed(err) {
		return
	}
	offered := things(images, func(i fermi.Image) thing { return thing{id: i.Name} })
	if slices.ContainsFunc(offered, func(t thing) bool { return sameText(t.id, image) }) {
		return
	}
	hint := ""
	if near, ok := nearest(image, offered); ok {
		hint = inEnglish.say(didYouMean, near)
	}
	p.diags.AddAttributeWarning(p.at(path.Root("resource_config").AtName("image")), "Image is none of the cluster's",
		fmt.Sprintf("The cluster doesn't offer the image %q. It is pulled as a custom one; if there is none of that name, the task fails. "+
			"The cluster offers: %s.%s",
			image, inEnglish.some(offered), hint))
}

// refused adds what a forecast was refused for, and tells whether it was: as an error where the creation would be refused
// whenever it came.
func (p *preview) refused(err error) bool {
	if err == nil || !hasStatus(err, http.StatusUnprocessableEntity) && !hasStatus(err, http.StatusConflict) {
		return false
	}
	refusal := apiError(p.tried, err)
	if hasStatus(err, http.StatusConflict) || hasReason(err, "NO_RUNNING_ENVIRONMENT") {
		refusal = asWarning(refusal)
	}
	p.diags.Append(refusal)
	return true
}
