package tasktemplate

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/clustercheck"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/edits"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/taskconfig"
)

// compare compares the attributes that change in place, which is all that can be configured, with the template as it is now.
func (m *templateModel) compare(ctx context.Context, state templateModel, template fermi.Template) (
	[]edits.Attribute[fermi.TaskTemplatePatch], diag.Diagnostics,
) {
	now, reached := state, *m
	now.Config, reached.Config = new(*state.Config), new(*m.Config)
	now.set(template)
	reached.set(template)
	var diags diag.Diagnostics
	var configs []attr.Value
	for _, model := range []templateModel{*m, state, now, reached} {
		object, more := types.ObjectValueFrom(ctx, taskconfig.Types(), model.Config)
		diags.Append(more...)
		configs = append(configs, object)
	}
	return []edits.Attribute[fermi.TaskTemplatePatch]{
		{
			Name: "name", Planned: m.Name, Before: state.Name, Now: now.Name, Done: reached.Name.Equal(m.Name),
			Put: func(patch *fermi.TaskTemplatePatch) diag.Diagnostics {
				patch.Name = m.Name.ValueStringPointer()
				return nil
			},
		},
		{
			Name: "description", Planned: m.Description, Before: state.Description, Now: now.Description,
			Done: reached.Description.Equal(m.Description),
			Put: func(patch *fermi.TaskTemplatePatch) diag.Diagnostics {
				patch.Description = m.Description.ValueStringPointer()
				return nil
			},
		},
		{
			Name: "favorite", Planned: m.Favorite, Before: state.Favorite, Now: now.Favorite, Done: reached.Favorite.Equal(m.Favorite),
			Put: func(patch *fermi.TaskTemplatePatch) diag.Diagnostics {
				patch.Favorite = m.Favorite.ValueBoolPointer()
				return nil
			},
		},
		{
			Name: "config", Planned: configs[0], Before: configs[1], Now: configs[2], Done: configs[3].Equal(configs[0]),
			Put: func(patch *fermi.TaskTemplatePatch) diag.Diagnostics {
				config, diags := m.Config.Config(ctx)
				patch.Config = &config
				return diags
			},
		},
	}, diags
}

// edit sends what the plan changes, and returns the template after it. It changes nothing if others have changed the template
// since the plan.
func (r *templateResource) edit(ctx context.Context, claimed clustercheck.Claim, plan, state templateModel, tried string) (fermi.Template,
	diag.Diagnostics) {
	id := state.ID.ValueString()
	return edits.Edit[fermi.Template, fermi.TaskTemplatePatch]{
		Tried: tried, Claimed: claimed, CreatedAt: state.CreatedAt,
		Read: func() (fermi.Template, time.Time, string, error) {
			template, err := claimed.Client.GetTaskTemplate(ctx, id)
			return template, template.CreatedAt, template.ETag, err
		},
		Compare: func(template fermi.Template) ([]edits.Attribute[fermi.TaskTemplatePatch], diag.Diagnostics) {
			return plan.compare(ctx, state, template)
		},
		Update: func(etag string, patch fermi.TaskTemplatePatch) (fermi.Template, error) {
			return claimed.Client.UpdateTaskTemplate(ctx, id, etag, patch)
		},
	}.Apply()
}
