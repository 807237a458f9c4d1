package listsource

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/textrules"
)

// What the data sources that list a kind of thing have in common.

func NameAttribute(v *language.Speaker) schema.Attribute {
	return schema.StringAttribute{MarkdownDescription: "Only those with this in their name.", Optional: true, Validators: textrules.Filter(v)}
}

func SortAttribute(keys ...string) schema.Attribute {
	return schema.StringAttribute{
		MarkdownDescription: "Sort by `" + strings.Join(keys, "`, `") + "`. Left out: the cluster's order.",
		Optional:            true,
		Validators:          []validator.String{stringvalidator.OneOf(keys...)},
	}
}

func OrderAttribute() schema.Attribute {
	return schema.StringAttribute{
		MarkdownDescription: "Order of `sort`: `asc` or `desc`. Default `asc`.",
		Optional:            true,
		Validators:          []validator.String{stringvalidator.OneOf("asc", "desc"), stringvalidator.AlsoRequires(path.MatchRoot("sort"))},
	}
}
