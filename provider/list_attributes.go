package provider

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// What the data sources that list a kind of thing have in common.

func nameAttribute(v *voice) schema.Attribute {
	return schema.StringAttribute{MarkdownDescription: "Only those with this in their name.", Optional: true, Validators: v.filter()}
}

func sortAttribute(keys ...string) schema.Attribute {
	return schema.StringAttribute{
		MarkdownDescription: "Sort by `" + strings.Join(keys, "`, `") + "`. Left out: the cluster's order.",
		Optional:            true,
		Validators:          []validator.String{stringvalidator.OneOf(keys...)},
	}
}

func orderAttribute() schema.Attribute {
	return schema.StringAttribute{
		MarkdownDescription: "Order of `sort`: `asc` or `desc`. Default `asc`.",
		Optional:            true,
		Validators:          []validator.String{stringvalidator.OneOf("asc", "desc"), stringvalidator.AlsoRequires(path.MatchRoot("sort"))},
	}
}

type moneyModel struct {
	Amount   string `tfsdk:"amount"`
	Currency string `tfsdk:"currency"`
}

func moneyAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"amount":   schema.StringAttribute{Computed: true, MarkdownDescription: "Decimal number, such as `145.20`."},
		"currency": schema.StringAttribute{Computed: true, MarkdownDescription: "Currency, such as `CNY`."},
	}
}

// allocatedAttributes are a resource_config that is read, not written.
func allocatedAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"availability_zone": schema.StringAttribute{Computed: true, MarkdownDescription: "Zone id."},
		"gpu_type":          schema.StringAttribute{Computed: true, MarkdownDescription: "Type of GPU."},
		"gpu_count":         schema.Int64Attribute{Computed: true, MarkdownDescription: "Number of GPUs."},
		"cpu_cores":         schema.Int64Attribute{Computed: true, MarkdownDescription: "CPU cores of the whole task."},
		"memory":            schema.Int64Attribute{Computed: true, MarkdownDescription: "Memory of the whole task in GB."},
		"image":             schema.StringAttribute{Computed: true, MarkdownDescription: "Container image."},
	}
}
