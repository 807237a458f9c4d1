package catalog

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/listsource"
)

type datasetsModel struct {
	listsource.ByName
	Datasets []datasetModel `tfsdk:"datasets"`
}

type datasetModel struct {
	ID       string   `tfsdk:"id"`
	Name     string   `tfsdk:"name"`
	Versions []string `tfsdk:"versions"`
	SizeMB   int64    `tfsdk:"size_mb"`
	Tokens   float64  `tfsdk:"tokens"`
}

// Datasets lists the datasets that a task can use.
var Datasets = listsource.Source[datasetsModel]{
	Name:            "datasets",
	Things:          "datasets",
	Description:     "The datasets that can be trained on, and their versions.",
	Filters:         listsource.ByNameAttributes("size"),
	List:            "datasets",
	ListDescription: "The datasets; empty when none fits.",
	Item: func() map[string]schema.Attribute {
		return map[string]schema.Attribute{
			"id":   schema.StringAttribute{Computed: true, MarkdownDescription: "Dataset id, such as `dataset-001`."},
			"name": schema.StringAttribute{Computed: true, MarkdownDescription: "Name; empty when it has none."},
			"versions": schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "Ids of its versions, such as " +
				"`version-001`."},
			"size_mb": schema.Int64Attribute{Computed: true, MarkdownDescription: "MB of one version."},
			"tokens":  schema.Float64Attribute{Computed: true, MarkdownDescription: "Tokens that one training reads."},
		}
	},
	Read: func(ctx context.Context, client *fermi.Client, m *datasetsModel) error {
		datasets, err := client.ListDatasets(ctx, fermi.ListDatasetsParams{Name: m.Name.ValueString(), Sort: m.Sort.ValueString(),
			Order: m.Order.ValueString()})
		m.Datasets = listsource.Convert(datasets, func(one fermi.Dataset) datasetModel { return datasetModel(one) })
		return err
	},
}
