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

var _ datasource.DataSourceWithConfigure = (*datasetsDataSource)(nil)

func NewDatasets(v *language.Speaker) datasource.DataSource { return &datasetsDataSource{voice: v} }

type datasetsDataSource struct {
	client *fermi.Client
	voice  *language.Speaker
}

type datasetsModel struct {
	Name     types.String   `tfsdk:"name"`
	Sort     types.String   `tfsdk:"sort"`
	Order    types.String   `tfsdk:"order"`
	Datasets []datasetModel `tfsdk:"datasets"`
}

type datasetModel struct {
	ID       string   `tfsdk:"id"`
	Name     string   `tfsdk:"name"`
	Versions []string `tfsdk:"versions"`
	SizeMB   int64    `tfsdk:"size_mb"`
	Tokens   float64  `tfsdk:"tokens"`
}

func (d *datasetsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_datasets"
}

func (d *datasetsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The datasets that can be trained on, and their versions.",
		Attributes: map[string]schema.Attribute{
			"name":  listsource.NameAttribute(d.voice),
			"sort":  listsource.SortAttribute("name", "size"),
			"order": listsource.OrderAttribute(),
			"datasets": schema.ListNestedAttribute{
				MarkdownDescription: "The datasets; empty when none fits.",
				Computed:            true,
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"id":       schema.StringAttribute{Computed: true, MarkdownDescription: "Dataset id, such as `dataset-001`."},
					"name":     schema.StringAttribute{Computed: true, MarkdownDescription: "Name; empty when it has none."},
					"versions": schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "Ids of its versions, such as `version-001`."},
					"size_mb":  schema.Int64Attribute{Computed: true, MarkdownDescription: "MB of one version."},
					"tokens":   schema.Float64Attribute{Computed: true, MarkdownDescription: "Tokens that one training reads."},
				}},
			},
		},
	}
}

func (d *datasetsDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.client = session.Client(req.ProviderData, &resp.Diagnostics)
}

func (d *datasetsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model datasetsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() || !session.RequireClient(d.client, "Listing datasets", &resp.Diagnostics) {
		return
	}
	datasets, err := d.client.ListDatasets(ctx, fermi.ListDatasetsParams{
		Name: model.Name.ValueString(), Sort: model.Sort.ValueString(), Order: model.Order.ValueString(),
	})
	if err != nil {
		resp.Diagnostics.Append(apierror.Diagnostic("Listing datasets", err))
		return
	}
	model.Datasets = make([]datasetModel, len(datasets))
	for i, dataset := range datasets {
		model.Datasets[i] = datasetModel(dataset)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}
