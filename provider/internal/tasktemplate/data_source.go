package tasktemplate

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/listsource"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/taskconfig"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/textrules"
)

type templatesModel struct {
	Name      types.String    `tfsdk:"name"`
	Favorite  types.Bool      `tfsdk:"favorite"`
	Templates []templateModel `tfsdk:"templates"`
}

// List is the data source fermi_task_templates.
var List = listsource.Source[templatesModel]{
	Name:        "task_templates",
	Things:      "task templates",
	Description: "The task templates of the cluster, whoever created them, as they are when Terraform reads them.",
	Filters: func(speaker *language.Speaker) map[string]schema.Attribute {
		return map[string]schema.Attribute{
			"name": schema.StringAttribute{
				MarkdownDescription: "Only those with this in their name.", Optional: true, Validators: textrules.Filter(speaker),
			},
			"favorite": schema.BoolAttribute{
				MarkdownDescription: "Only those that are marked as favourites, or only those that are not.", Optional: true,
			},
		}
	},
	List:            "templates",
	ListDescription: "The templates, oldest first; empty when none fits.",
	Item:            listedAttributes,
	Read: func(ctx context.Context, client *fermi.Client, m *templatesModel) error {
		templates, err := client.ListTaskTemplates(ctx, fermi.ListTaskTemplatesParams{
			Name: m.Name.ValueString(), Favorite: m.Favorite.ValueBoolPointer(),
		})
		m.Templates = listsource.Convert(templates, func(t fermi.Template) (listed templateModel) {
			listed.set(t)
			return listed
		})
		return err
	},
}

func listedAttributes() map[string]schema.Attribute {
	attributes := map[string]schema.Attribute{
		"favorite": schema.BoolAttribute{Computed: true, MarkdownDescription: "Whether it is marked as a favourite."},
		"config": schema.SingleNestedAttribute{
			Computed: true, MarkdownDescription: "What a task is filled in with. What it leaves out is null.", Attributes: taskconfig.Listed(),
		},
	}
	for name, description := range map[string]string{
		"id":          "Template id, such as `template-001`.",
		"name":        "Name.",
		"description": "What it is for.",
		"created_at":  "When it was created, RFC 3339 in UTC.",
		"updated_at":  "When it was last changed, RFC 3339 in UTC.",
	} {
		attributes[name] = schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	return attributes
}
