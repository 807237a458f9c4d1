package catalog

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/listsource"
)

type modelsModel struct {
	listsource.ByName
	Models []trainableModel `tfsdk:"models"`
}

type trainableModel struct {
	ID         string  `tfsdk:"id"`
	Name       string  `tfsdk:"name"`
	Parameters float64 `tfsdk:"parameters"`
}

// Models lists the models that a task can use.
var Models = listsource.Source[modelsModel]{
	Name:            "models",
	Things:          "models",
	Description:     "The models that a task can train.",
	Filters:         listsource.ByNameAttributes("parameters"),
	List:            "models",
	ListDescription: "The models; empty when none fits.",
	Item: func() map[string]schema.Attribute {
		return map[string]schema.Attribute{
			"id":         schema.StringAttribute{Computed: true, MarkdownDescription: "Model id, such as `model-001`."},
			"name":       schema.StringAttribute{Computed: true, MarkdownDescription: "Name; empty when it has none."},
			"parameters": schema.Float64Attribute{Computed: true, MarkdownDescription: "Number of parameters."},
		}
	},
	Read: func(ctx context.Context, client *fermi.Client, m *modelsModel) error {
		models, err := client.ListModels(ctx, fermi.ListModelsParams{Name: m.Name.ValueString(), Sort: m.Sort.ValueString(),
			Order: m.Order.ValueString()})
		m.Models = listsource.Convert(models, func(one fermi.Model) trainableModel { return trainableModel(one) })
		return err
	},
}
