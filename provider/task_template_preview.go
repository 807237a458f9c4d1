package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// preview tells what the API would refuse of a template that is to be created or changed: what its configuration names and the cluster
// doesn't have.
func (r *taskTemplateResource) preview(ctx context.Context, config tfsdk.Config) diag.Diagnostics {
	if r.facts == nil {
		return nil
	}
	within := path.Root("config")
	l := &lookup{facts: r.facts, tried: "Planning a task template", at: func(attribute path.Path) path.Path {
		return below(within, attribute)
	}}
	var chosen choices
	var whole types.Object
	l.diags.Append(config.GetAttribute(ctx, within, &whole)...)
	if l.diags.HasError() || !isGiven(whole) || !l.reach(ctx, false) {
		return r.facts.tell(l.diags)
	}
	for name, target := range map[string]any{
		"dataset_id": &chosen.dataset, "dataset_version_id": &chosen.version, "model_id": &chosen.model, "environment_id": &chosen.environment,
		"resource_config": &chosen.resources,
	} {
		l.diags.Append(config.GetAttribute(ctx, within.AtName(name), target)...)
	}
	if l.everything(ctx, chosen) {
		if resources := resourcesOf(chosen.resources); resources != nil {
			zones, err := r.facts.allZones(ctx)
			if !l.failed(err) {
				l.fits(zones, resources)
			}
		}
	}
	return r.facts.tell(l.diags)
}

// below is an attribute of an object that is itself an attribute.
func below(within, attribute path.Path) path.Path {
	for _, step := range attribute.Steps() {
		within = within.AtName(step.String())
	}
	return within
}
