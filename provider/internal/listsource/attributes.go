package listsource

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/textrules"
)

// ByName is the part of a model that selects by name, and sorts.
type ByName struct {
	Name  types.String `tfsdk:"name"`
	Sort  types.String `tfsdk:"sort"`
	Order types.String `tfsdk:"order"`
}

// ByNameAttributes returns the attributes of ByName; figure is what a list can be sorted by besides the name.
func ByNameAttributes(figure string) func(*language.Speaker) map[string]schema.Attribute {
	return func(speaker *language.Speaker) map[string]schema.Attribute {
		return map[string]schema.Attribute{
			"name": schema.StringAttribute{
				MarkdownDescription: "Only those with this in their name.", Optional: true, Validators: textrules.Filter(speaker),
			},
			"sort":  SortAttribute("name", figure),
			"order": OrderAttribute(),
		}
	}
}

// SortAttribute names what a list can be sorted by.
func SortAttribute(keys ...string) schema.Attribute {
	return schema.StringAttribute{
		MarkdownDescription: "Sort by `" + strings.Join(keys, "`, `") + "`. Left out: the cluster's order.",
		Optional:            true,
		Validators:          []validator.String{stringvalidator.OneOf(keys...)},
	}
}

// OrderAttribute is the direction of a sort.
func OrderAttribute() schema.Attribute {
	return schema.StringAttribute{
		MarkdownDescription: "Order of `sort`: `asc` or `desc`. Default `asc`.",
		Optional:            true,
		Validators:          []validator.String{stringvalidator.OneOf("asc", "desc"), stringvalidator.AlsoRequires(path.MatchRoot("sort"))},
	}
}
