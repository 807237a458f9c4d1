package tasktemplate

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/taskconfig"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

type templateModel struct {
	ID          types.String      `tfsdk:"id"`
	Name        types.String      `tfsdk:"name"`
	Description types.String      `tfsdk:"description"`
	Favorite    types.Bool        `tfsdk:"favorite"`
	Config      *taskconfig.Model `tfsdk:"config"`
	CreatedAt   types.String      `tfsdk:"created_at"`
	UpdatedAt   types.String      `tfsdk:"updated_at"`
}

// request returns the creation that the plan asks for.
func (m *templateModel) request(ctx context.Context) (fermi.TaskTemplateRequest, diag.Diagnostics) {
	config, diags := m.Config.Config(ctx)
	return fermi.TaskTemplateRequest{Name: m.Name.ValueString(), Description: m.Description.ValueString(), Favorite: m.Favorite.ValueBool(),
		Config: config}, diags
}

// setPlanned sets what the plan didn't know. The rest stays as planned, even if somebody has changed it meanwhile, because
// Terraform reports a result that differs from its plan as an error. The next refresh shows the difference.
func (m *templateModel) setPlanned(t fermi.Template) {
	planned := *m
	planned.Config = new(*m.Config)
	m.set(t)
	m.Name, m.Description, m.Favorite, m.Config = planned.Name, planned.Description, planned.Favorite, planned.Config
}

// set takes over the API's answer.
func (m *templateModel) set(t fermi.Template) {
	m.ID = types.StringValue(t.ID)
	m.Name = tfvalues.KeepName(m.Name, t.Name)
	m.Description = tfvalues.KeepText(m.Description, t.Description)
	m.Favorite = types.BoolValue(t.Favorite)
	m.CreatedAt = types.StringValue(tfvalues.FormatTime(t.CreatedAt))
	m.UpdatedAt = types.StringValue(tfvalues.FormatTime(t.UpdatedAt))
	if m.Config == nil {
		m.Config = new(taskconfig.Null())
	}
	m.Config.Set(t.Config)
}
