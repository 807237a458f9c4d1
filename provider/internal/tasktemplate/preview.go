package tasktemplate

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/clusterfacts"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/resourceconfig"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

// preview reports what the API would refuse of a planned template: ids that don't exist, and GPUs that the zone will never have.
func (r *templateResource) preview(ctx context.Context, config tfsdk.Config) diag.Diagnostics {
	if r.facts == nil {
		return nil
	}
	within := path.Root("config")
	l := &clusterfacts.Lookup{Facts: r.facts, Tried: "Planning a task template", Attribute: func(attribute path.Path) path.Path {
		return tfvalues.Below(within, attribute)
	}}
	var chosen clusterfacts.IDs
	var whole types.Object
	l.Diags.Append(config.GetAttribute(ctx, within, &whole)...)
	if l.Diags.HasError() || !tfvalues.IsSet(whole) || !l.Reach(ctx, false) {
		return r.facts.ToShow(l.Diags)
	}
	for name, target := range map[string]any{
		"dataset_id": &chosen.Dataset, "dataset_version_id": &chosen.Version, "model_id": &chosen.Model, "environment_id": &chosen.Environment,
		"resource_config": &chosen.Resources,
	} {
		l.Diags.Append(config.GetAttribute(ctx, within.AtName(name), target)...)
	}
	if l.FindAll(ctx, chosen) {
		if resources := resourceconfig.Known(chosen.Resources); resources != nil {
			zones, err := r.facts.Zones(ctx)
			if !l.Failed(err) {
				l.Fits(zones, resources)
			}
		}
	}
	return r.facts.ToShow(l.Diags)
}
