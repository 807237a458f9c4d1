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
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/session"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

var _ datasource.DataSourceWithConfigure = (*availabilityZonesDataSource)(nil)

func NewAvailabilityZones() datasource.DataSource { return &availabilityZonesDataSource{} }

type availabilityZonesDataSource struct {
	client *fermi.Client
}

type availabilityZonesModel struct {
	Region    types.String            `tfsdk:"region"`
	Available types.Bool              `tfsdk:"available"`
	GPUType   types.String            `tfsdk:"gpu_type"`
	MinFree   types.Int64             `tfsdk:"min_free"`
	Zones     []availabilityZoneModel `tfsdk:"zones"`
}

type availabilityZoneModel struct {
	ID           string          `tfsdk:"id"`
	Name         string          `tfsdk:"name"`
	Region       string          `tfsdk:"region"`
	Available    bool            `tfsdk:"available"`
	GPUInventory fermi.GPUCounts `tfsdk:"gpu_inventory"`
	GPUCapacity  fermi.GPUCounts `tfsdk:"gpu_capacity"`
	QueueLength  int64           `tfsdk:"queue_length"`
	Utilization  float64         `tfsdk:"utilization"`
}

func (d *availabilityZonesDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_availability_zones"
}

func (d *availabilityZonesDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The availability zones and their free GPUs, as they are when Terraform reads them.",
		Attributes: map[string]schema.Attribute{
			"region": schema.StringAttribute{
				MarkdownDescription: "Only zones of this region, such as `北京`.",
				Optional:            true,
			},
			"available": schema.BoolAttribute{
				MarkdownDescription: "`true`: only zones where a node takes new work; `false`: only the others.",
				Optional:            true,
			},
			"gpu_type": schema.StringAttribute{
				MarkdownDescription: "Only zones that have this type of GPU, such as `A100`.",
				Optional:            true,
			},
			"min_free": schema.Int64Attribute{
				CustomType:          tfvalues.WholeNumber{},
				MarkdownDescription: "Only zones with at least so many free GPUs: of `gpu_type` where it is given, else of any one type.",
				Optional:            true,
				Validators:          []validator.Int64{int64validator.AtLeast(0)},
			},
			"zones": schema.ListNestedAttribute{
				MarkdownDescription: "The zones, in the cluster's order; empty when none fits.",
				Computed:            true,
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"id":            schema.StringAttribute{Computed: true, MarkdownDescription: "Zone id, such as `az-bj-a`."},
					"name":          schema.StringAttribute{Computed: true, MarkdownDescription: "Name, such as `北京可用区A`."},
					"region":        schema.StringAttribute{Computed: true, MarkdownDescription: "Region."},
					"available":     schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether any node of the zone takes new work."},
					"gpu_inventory": schema.MapAttribute{Computed: true, ElementType: types.Int64Type, MarkdownDescription: "Free GPUs by type."},
					"gpu_capacity":  schema.MapAttribute{Computed: true, ElementType: types.Int64Type, MarkdownDescription: "All GPUs by type."},
					"queue_length":  schema.Int64Attribute{Computed: true, MarkdownDescription: "Tasks that wait for GPUs."},
					"utilization":   schema.Float64Attribute{Computed: true, MarkdownDescription: "Share of the GPUs that is held, 0 to 1."},
				}},
			},
		},
	}
}

func (d *availabilityZonesDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.client = session.Client(req.ProviderData, &resp.Diagnostics)
}

func (d *availabilityZonesDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model availabilityZonesModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() || !session.RequireClient(d.client, "Listing availability zones", &resp.Diagnostics) {
		return
	}
	zones, err := d.client.ListAvailabilityZones(ctx, fermi.ListAvailabilityZonesParams{
		Region:    model.Region.ValueString(),
		Available: model.Available.ValueBoolPointer(),
		GPUType:   model.GPUType.ValueString(),
		MinFree:   model.MinFree.ValueInt64(),
	})
	if err != nil {
		resp.Diagnostics.Append(apierror.Diagnostic("Listing availability zones", err))
		return
	}
	model.Zones = make([]availabilityZoneModel, len(zones))
	for i, zone := range zones {
		model.Zones[i] = availabilityZoneModel(zone)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}
