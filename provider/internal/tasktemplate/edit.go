package tasktemplate

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/apierror"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/clustercheck"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/edits"
)

// The attributes that change in place: all that can be configured.
const (
	nameAttribute        = "name"
	descriptionAttribute = "description"
	favoriteAttribute    = "favorite"
	configAttribute      = "config"
)

// editable compares the attributes that change in place with the template as it is now.
func (m *templateModel) editable(ctx context.Context, state templateModel, template fermi.Template) ([]edits.Attribute, diag.Diagnostics) {
	now, reached := state, *m
	now.Config, reached.Config = new(*state.Config), new(*m.Config)
	diags := now.set(ctx, template)
	diags.Append(reached.set(ctx, template)...)
	var configs []attr.Value
	for _, model := range []templateModel{*m, state, now, reached} {
		object, more := types.ObjectValueFrom(ctx, configTypes, model.Config)
		diags.Append(more...)
		configs = append(configs, object)
	}
	return []edits.Attribute{
		edits.New(nameAttribute, m.Name, state.Name, now.Name, reached.Name.Equal(m.Name)),
		edits.New(descriptionAttribute, m.Description, state.Description, now.Description, reached.Description.Equal(m.Description)),
		edits.New(favoriteAttribute, m.Favorite, state.Favorite, now.Favorite, reached.Favorite.Equal(m.Favorite)),
		edits.New(configAttribute, configs[0], configs[1], configs[2], configs[3].Equal(configs[0])),
	}, diags
}

// patch returns what an update has to send; needed is false if that is nothing.
func (m *templateModel) patch(ctx context.Context, attributes []edits.Attribute) (patch fermi.TaskTemplatePatch, needed bool,
	diags diag.Diagnostics) {
	for _, e := range attributes {
		if !e.MustSend() {
			continue
		}
		needed = true
		switch e.Name {
		case nameAttribute:
			patch.Name = m.Name.ValueStringPointer()
		case descriptionAttribute:
			patch.Description = m.Description.ValueStringPointer()
		case favoriteAttribute:
			patch.Favorite = m.Favorite.ValueBoolPointer()
		case configAttribute:
			config, more := m.Config.config(ctx)
			diags.Append(more...)
			patch.Config = &config
		}
	}
	return patch, needed, diags
}

// edit sends what the plan changes, and returns the template after it. It changes nothing if others have changed the template
// since the plan.
func (r *templateResource) edit(ctx context.Context, claimed clustercheck.Claim, plan, state templateModel, tried string) (fermi.Template,
	diag.Diagnostics) {
	id := state.ID.ValueString()
	for attempt := 1; ; attempt++ {
		template, err := claimed.Client.GetTaskTemplate(ctx, id)
		switch {
		case err != nil:
			return template, diag.Diagnostics{apierror.Diagnostic(tried, err)}
		case clustercheck.IsOther(state.CreatedAt, template.CreatedAt):
			return template, diag.Diagnostics{claimed.OtherThanPlanned(tried, state.CreatedAt, template.CreatedAt)}
		}
		attributes, diags := plan.editable(ctx, state, template)
		patch, needed, more := plan.patch(ctx, attributes)
		diags.Append(more...)
		if diags.HasError() || !needed {
			return template, diags
		}
		if diags.Append(edits.Conflict(tried, attributes)...); diags.HasError() {
			return template, diags
		}
		template, err = claimed.Client.UpdateTaskTemplate(ctx, id, template.ETag, patch)
		switch {
		case fermi.IsStale(err) && attempt < clustercheck.MaxRevisions:
			// Somebody has changed the template since it was read. Read it again, to see whether that is in conflict.
		case err != nil:
			return template, append(diags, apierror.Diagnostic(tried, err))
		default:
			return template, diags
		}
	}
}
