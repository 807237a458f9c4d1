package trainingtask

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/apierror"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/clusterfacts"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/resourceconfig"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/taskrules"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

// A preview finds out what the creation of a planned task would meet if it came now.
type preview struct {
	clusterfacts.Lookup
	// config is as configured; task includes the template's values.
	config, task taskModel
	// displayName names the task in messages.
	displayName string
}

// preview reports what the creation of a planned task would meet if it came now. What the API would refuse at any time is an
// error, the rest are warnings.
func (r *taskResource) preview(ctx context.Context, config taskModel) diag.Diagnostics {
	if r.facts == nil {
		return nil
	}
	displayName := config.displayName()
	p := &preview{Lookup: clusterfacts.Lookup{Facts: r.facts, Tried: "Planning " + displayName}, config: config, task: config,
		displayName: displayName}
	p.Attribute = p.attributeAtFault
	p.look(ctx)
	return r.facts.ToShow(p.Diags)
}

func (p *preview) say(text language.Phrase) string { return p.Facts.Speaker.Say(text) }

func (p *preview) look(ctx context.Context) {
	if !p.Reach(ctx, p.config.TemplateID.IsNull() && fermi.LaunchMode(p.config.LaunchMode.ValueString()) != fermi.LaunchModeDynamic) ||
		!p.fill(ctx) {
		return
	}
	if !p.FindAll(ctx, p.task.IDs()) {
		return
	}
	mode := p.mode(ctx)
	// Validation can't check these if only the template knows the mode.
	refusals := taskrules.CheckEnvironment(p.Facts.Speaker, path.Root("environment_id"), mode, p.config.EnvironmentID)
	if len(refusals) == 0 {
		at := p.Attribute(path.Root("resource_config"))
		refusals = taskrules.RequireResources(p.Facts.Speaker, at, mode, p.task.ResourceConfig)
	}
	if p.Diags.Append(refusals...); len(refusals) > 0 {
		return
	}
	resources := resourceconfig.Known(p.task.ResourceConfig)
	if resources != nil && !p.Unreachable {
		zones, err := p.Facts.Zones(ctx)
		if !p.Failed(err) && p.Fits(zones, resources) && mode == fermi.LaunchModeDynamic {
			p.warnOfQueue(ctx, zones, resources)
		}
		if mode == fermi.LaunchModeDynamic {
			p.warnOfCustomImage(ctx, resources.Image)
		}
	}
	if mode != "" && !p.Unreachable && !p.Diags.HasError() {
		p.checkPrice(ctx, mode, resources)
	}
}

// mode returns how the task would be launched, or "" if that isn't known or isn't possible.
func (p *preview) mode(ctx context.Context) fermi.LaunchMode {
	mode := fermi.LaunchMode(p.task.LaunchMode.ValueString())
	if p.task.LaunchMode.IsUnknown() || mode == fermi.LaunchModeDynamic {
		return mode
	}
	known, err := p.Facts.Environments(ctx)
	if p.Failed(err) {
		return ""
	}
	if mode == "" {
		mode = p.warnOfSmartSwitch(known.Running())
	}
	if mode == fermi.LaunchModeExisting {
		p.warnOfStoppedEnvironment(known)
	}
	return mode
}

// fill adds the values of the task's template. It returns false if there is nothing more to find out.
func (p *preview) fill(ctx context.Context) bool {
	if p.config.TemplateID.IsNull() {
		return true
	}
	id := p.config.TemplateID.ValueString()
	if p.config.TemplateID.IsUnknown() || p.Facts.ChangesTemplate(id) {
		// The configured values can be checked, the template's can't.
		p.task.LaunchMode = types.StringUnknown()
		return true
	}
	template, err := p.Facts.Template(ctx, id)
	switch {
	case fermi.IsNotFound(err):
		p.Diags.AddAttributeError(path.Root("template_id"), p.say(language.NoTemplate),
			fmt.Sprintf("The cluster has no task template %q. It may have been deleted; its pages list those that there are.", id))
		return false
	case p.Failed(err):
		return false
	}
	p.task.Model = p.config.WithDefaults(template.Config)
	p.Diags.Append(p.task.CheckRequired(p.Facts.Speaker, true)...)
	return !p.Diags.HasError()
}

// attributeAtFault returns the attribute that a value comes from: its own, or the template's id.
func (p *preview) attributeAtFault(attribute path.Path) path.Path {
	steps := attribute.Steps()
	own := p.config.Value(steps[0].String())
	if own != nil && !own.IsNull() && len(steps) > 1 {
		own = p.config.ResourceConfig.Attributes()[steps[1].String()]
	}
	if p.config.TemplateID.IsNull() || own != nil && !own.IsNull() {
		return attribute
	}
	return path.Root("template_id")
}

// displayName names a planned task in messages.
func (m *taskModel) displayName() string {
	if m.TaskName.IsNull() {
		return "training task from template " + fermi.Printable(m.TemplateID.ValueString())
	}
	if m.TaskName.IsUnknown() {
		return "training task of a name not known yet"
	}
	return fmt.Sprintf("training task %q", m.TaskName.ValueString())
}

// warnOfCustomImage warns of an image that the cluster doesn't offer. It may be intended, or a typing error.
func (p *preview) warnOfCustomImage(ctx context.Context, image string) {
	if image == "" || p.Unreachable {
		return
	}
	images, err := p.Facts.Images(ctx)
	if p.Failed(err) {
		return
	}
	offered := language.Items(images, func(i fermi.Image) language.Item { return language.Item{ID: i.Name} })
	if slices.ContainsFunc(offered, func(t language.Item) bool { return tfvalues.SameText(t.ID, image) }) {
		return
	}
	hint := ""
	if near, ok := clusterfacts.Nearest(image, offered); ok {
		hint = language.InEnglish.Say(language.DidYouMean, near)
	}
	p.Diags.AddAttributeWarning(p.Attribute(path.Root("resource_config").AtName("image")), "Image is none of the cluster's",
		fmt.Sprintf("The cluster doesn't offer the image %q. It is pulled as a custom one; if there is none of that name, the task fails. "+
			"The cluster offers: %s.%s",
			image, language.InEnglish.List(offered), hint))
}

// reportRefusal reports why a forecast was refused, if it was: as an error if the creation would be refused at any time.
func (p *preview) reportRefusal(err error) bool {
	if err == nil || !apierror.HasStatus(err, http.StatusUnprocessableEntity) && !apierror.HasStatus(err, http.StatusConflict) {
		return false
	}
	refusal := apierror.Diagnostic(p.Tried, err)
	if apierror.HasStatus(err, http.StatusConflict) || apierror.HasReason(err, fermi.ErrorReasonNoRunningEnvironment) {
		refusal = asWarning(refusal)
	}
	p.Diags.Append(refusal)
	return true
}
