package catalog

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/apierror"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/listsource"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/session"
)

var _ datasource.DataSourceWithConfigure = (*modelsDataSource)(nil)

func NewModels(v *language.Speaker) datasource.DataSource { return &modelsDataSource{voice: v} }

type modelsDataSource struct {
	client *fermi.Client
	voice  *language.Speaker
}

type modelsModel struct {
	Name   types.String     `tfsdk:"name"`
	Sort   types.String     `tfsdk:"sort"`
	Order  types.String     `tfsdk:"order"`
	Models []trainableModel `tfsdk:"models"`
}

type trainableModel struct {
	ID         string  `tfsdk:"id"`
	Name       string  `tfsdk:"name"`
	Parameters float64 `tfsdk:"parameters"`
}

func (d *modelsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_models"
}

func (d *modelsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The models that a task can train.",
		Attributes: map[string]schema.Attribute{
			"name":  listsource.NameAttribute(d.voice),
			"sort":  listsource.SortAttribute("name", "parameters"),
			"order": listsource.OrderAttribute(),
			"models": schema.ListNestedAttribute{
				MarkdownDescription: "The models; empty when none fits.",
				Computed:            true,
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"id":         schema.StringAttribute{Computed: true, MarkdownDescription: "Model id, such as `model-001`."},
					"name":       schema.StringAttribute{Computed: true, MarkdownDescription: "Name; empty when it has none."},
					"parameters": schema.Float64Attribute{Computed: true, MarkdownDescription: "Number of parameters."},
				}},
			},
		},
	}
}

func (d *modelsDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.client = session.Client(req.ProviderData, &resp.Diagnostics)
}

func (d *modelsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model modelsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() || !session.RequireClient(d.client, "Listing models", &resp.Diagnostics) {
		return
	}
	models, err := d.client.ListModels(ctx, fermi.ListModelsParams{
		Name: model.Name.ValueString(), Sort: model.Sort.ValueString(), Order: model.Order.ValueString(),
	})
	if err != nil {
		resp.Diagnostics.Append(apierror.Diagnostic("Listing models", err))
		return
	}
	model.Models = make([]trainableModel, len(models))
	for i, found := range models {
		model.Models[i] = trainableModel(found)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}
