// Package estimate is the data source fermi_training_estimate.
package estimate

import (
	"context"
	"net/http"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/apierror"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/clusterfacts"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/session"
)

var _ datasource.DataSourceWithConfigure = (*dataSource)(nil)

// NewDataSource returns the data source fermi_training_estimate.
func NewDataSource(speaker *language.Speaker) datasource.DataSource {
	return &dataSource{speaker: speaker}
}

type dataSource struct {
	client  *fermi.Client
	facts   *clusterfacts.Facts
	speaker *language.Speaker
}

func (d *dataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_training_estimate"
}

func (d *dataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	if shared := session.From(req.ProviderData, &resp.Diagnostics); shared != nil {
		d.client, d.facts = shared.Client, shared.Facts
	}
}

// refused explains why the API gave no estimate. If an id doesn't exist, it lists those that do.
func (d *dataSource) refused(ctx context.Context, model estimateModel, err error) diag.Diagnostics {
	const tried = "Estimating a training task"
	if apierror.HasStatus(err, http.StatusUnprocessableEntity) || apierror.HasStatus(err, http.StatusNotFound) {
		l := &clusterfacts.Lookup{Facts: d.facts, Tried: tried, Attribute: func(attribute path.Path) path.Path { return attribute }}
		if !l.FindAll(ctx, model.IDs()) && !l.Unreachable {
			return l.Diags
		}
	}
	return diag.Diagnostics{apierror.Diagnostic(tried, err)}
}

func (d *dataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model estimateModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() || !session.RequireClient(d.client, "Estimating a training task", &resp.Diagnostics) {
		return
	}
	request, diags := model.request(ctx)
	if resp.Diagnostics.Append(diags...); diags.HasError() {
		return
	}
	estimate, err := d.client.EstimateTask(ctx, request)
	if err != nil {
		resp.Diagnostics.Append(d.refused(ctx, model, err)...)
		return
	}
	model.set(estimate)
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}
