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
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/money"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

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

// GPUTypes lists the types of GPU and their prices.
var GPUTypes = listsource.Source[gpuTypesModel]{
	Name:        "gpu_types",
	Things:      "GPU types",
	Description: "The types of GPU and what they cost.",
	Filters: func(*language.Speaker) map[string]schema.Attribute {
		return map[string]schema.Attribute{
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
		}
	},
	List:            "gpu_types",
	ListDescription: "The types; empty when none fits.",
	Item: func() map[string]schema.Attribute {
		return map[string]schema.Attribute{
			"name":        schema.StringAttribute{Computed: true, MarkdownDescription: "Name, as in `gpu_type` everywhere: `A100`."},
			"memory":      schema.Int64Attribute{Computed: true, MarkdownDescription: "GB of one GPU."},
			"class":       schema.StringAttribute{Computed: true, MarkdownDescription: "Class, such as `高性能`; empty when it has none."},
			"recommended": schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether the cluster recommends it."},
			"price_per_gpu_hour": schema.SingleNestedAttribute{
				Computed: true, MarkdownDescription: "Price of one GPU for an hour.", Attributes: money.Attributes(),
			},
		}
	},
	Read: func(ctx context.Context, client *fermi.Client, m *gpuTypesModel) error {
		gpuTypes, err := client.ListGPUTypes(ctx, fermi.ListGPUTypesParams{
			Recommended: m.Recommended.ValueBoolPointer(),
			MinMemory:   m.MinMemory.ValueInt64(),
			Sort:        m.Sort.ValueString(),
			Order:       m.Order.ValueString(),
		})
		m.GPUTypes = listsource.Convert(gpuTypes, func(g fermi.GPUType) gpuTypeModel {
			return gpuTypeModel{g.Name, g.Memory, g.Class, g.Recommended, money.Model(g.PricePerGPUHour)}
		})
		return err
	},
}
