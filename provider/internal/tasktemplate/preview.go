package tasktemplate

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/clusterfacts"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/resourceconfig"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/taskconfig"
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
	var whole types.Object
	l.Diags.Append(config.GetAttribute(ctx, within, &whole)...)
	if l.Diags.HasError() || !tfvalues.IsSet(whole) || !l.Reach(ctx, false) {
		return r.facts.ToShow(l.Diags)
	}
	var chosen taskconfig.Model
	l.Diags.Append(whole.As(ctx, &chosen, basetypes.ObjectAsOptions{})...)
	if l.FindAll(ctx, chosen.IDs()) {
		if resources := resourceconfig.Known(chosen.ResourceConfig); resources != nil {
			zones, err := r.facts.Zones(ctx)
			if !l.Failed(err) {
				l.Fits(zones, resources)
			}
		}
	}
	return r.facts.ToShow(l.Diags)
}
