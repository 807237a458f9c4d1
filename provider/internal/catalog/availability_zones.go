// Package catalog has the data sources that list what a task can be given: zones, types of GPU, images, datasets and models.
package catalog

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/listsource"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

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

// AvailabilityZones lists the zones and their free GPUs.
var AvailabilityZones = listsource.Source[availabilityZonesModel]{
	Name:        "availability_zones",
	Things:      "availability zones",
	Description: "The availability zones and their free GPUs, as they are when Terraform reads them.",
	Filters: func(*language.Speaker) map[string]schema.Attribute {
		return map[string]schema.Attribute{
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
		}
	},
	List:            "zones",
	ListDescription: "The zones, in the cluster's order; empty when none fits.",
	Item: func() map[string]schema.Attribute {
		return map[string]schema.Attribute{
			"id":            schema.StringAttribute{Computed: true, MarkdownDescription: "Zone id, such as `az-bj-a`."},
			"name":          schema.StringAttribute{Computed: true, MarkdownDescription: "Name, such as `北京可用区A`."},
			"region":        schema.StringAttribute{Computed: true, MarkdownDescription: "Region."},
			"available":     schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether any node of the zone takes new work."},
			"gpu_inventory": schema.MapAttribute{Computed: true, ElementType: types.Int64Type, MarkdownDescription: "Free GPUs by type."},
			"gpu_capacity":  schema.MapAttribute{Computed: true, ElementType: types.Int64Type, MarkdownDescription: "All GPUs by type."},
			"queue_length":  schema.Int64Attribute{Computed: true, MarkdownDescription: "Tasks that wait for GPUs."},
			"utilization":   schema.Float64Attribute{Computed: true, MarkdownDescription: "Share of the GPUs that is held, 0 to 1."},
		}
	},
	Read: func(ctx context.Context, client *fermi.Client, m *availabilityZonesModel) error {
		zones, err := client.ListAvailabilityZones(ctx, fermi.ListAvailabilityZonesParams{
			Region:    m.Region.ValueString(),
			Available: m.Available.ValueBoolPointer(),
			GPUType:   m.GPUType.ValueString(),
			MinFree:   m.MinFree.ValueInt64(),
		})
		m.Zones = listsource.Convert(zones, func(zone fermi.AvailabilityZone) availabilityZoneModel { return availabilityZoneModel(zone) })
		return err
	},
}
