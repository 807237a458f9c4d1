package catalog

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/apierror"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/listsource"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/money"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/session"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

var _ datasource.DataSourceWithConfigure = (*gpuTypesDataSource)(nil)

func NewGPUTypes() datasource.DataSource { return &gpuTypesDataSource{} }

type gpuTypesDataSource struct {
	client *fermi.Client
}

type gpuTypesModel struct {
	Recommended types.Bool     `tfsdk:"recommended"`
	MinMemory   types.Int64    `tfsdk:"min_memory"`
	Sort        types.String   `tfsdk:"sort"`
	Order       types.String   `tfsdk:"order"`
	GPUTypes    []gpuTypeModel `tfsdk:"gpu_types"`
}

type gpuTypeModel struct {
	Name            string      `tfsdk:"name"`
	Memory          int64       `tfsdk:"memory"`
	Class           string      `tfsdk:"class"`
	Recommended     bool        `tfsdk:"recommended"`
	PricePerGPUHour money.Model `tfsdk:"price_per_gpu_hour"`
}

func (d *gpuTypesDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_gpu_types"
}

func (d *gpuTypesDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The types of GPU and what they cost.",
		Attributes: map[string]schema.Attribute{
			"recommended": schema.BoolAttribute{
				MarkdownDescription: "`true`: only types that the cluster recommends; `false`: only the others.",
				Optional:            true,
			},
			"min_memory": schema.Int64Attribute{
				CustomType:          tfvalues.WholeNumber{},
				MarkdownDescription: "Only types with at least so many GB on one GPU.",
				Optional:            true,
				Validators:          []validator.Int64{int64validator.AtLeast(0)},
			},
			"sort":  listsource.SortAttribute("name", "memory", "price"),
			"order": listsource.OrderAttribute(),
			"gpu_types": schema.ListNestedAttribute{
				MarkdownDescription: "The types; empty when none fits.",
				Computed:            true,
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"name":        schema.StringAttribute{Computed: true, MarkdownDescription: "Name, as in `gpu_type` everywhere: `A100`."},
					"memory":      schema.Int64Attribute{Computed: true, MarkdownDescription: "GB of one GPU."},
					"class":       schema.StringAttribute{Computed: true, MarkdownDescription: "Class, such as `高性能`; empty when it has none."},
					"recommended": schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the cluster recommends it."},
					"price_per_gpu_hour": schema.SingleNestedAttribute{
						Computed: true, MarkdownDescription: "Price of one GPU for an hour.", Attributes: money.Attributes(),
					},
				}},
			},
		},
	}
}

func (d *gpuTypesDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.client = session.Client(req.ProviderData, &resp.Diagnostics)
}

func (d *gpuTypesDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model gpuTypesModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() || !session.RequireClient(d.client, "Listing GPU types", &resp.Diagnostics) {
		return
	}
	gpuTypes, err := d.client.ListGPUTypes(ctx, fermi.ListGPUTypesParams{
		Recommended: model.Recommended.ValueBoolPointer(),
		MinMemory:   model.MinMemory.ValueInt64(),
		Sort:        model.Sort.ValueString(),
		Order:       model.Order.ValueString(),
	})
	if err != nil {
		resp.Diagnostics.Append(apierror.Diagnostic("Listing GPU types", err))
		return
	}
	model.GPUTypes = make([]gpuTypeModel, len(gpuTypes))
	for i, g := range gpuTypes {
		model.GPUTypes[i] = gpuTypeModel{g.Name, g.Memory, g.Class, g.Recommended, money.Model(g.PricePerGPUHour)}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}
