package catalog

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/listsource"
)

type imagesModel struct {
	listsource.ByName
	Images []imageModel `tfsdk:"images"`
}

type imageModel struct {
	Name   string `tfsdk:"name"`
	SizeMB int64  `tfsdk:"size_mb"`
}

// Images lists the images that a task can use.
var Images = listsource.Source[imagesModel]{
	Name:            "images",
	Things:          "images",
	Description:     "The container images that the cluster offers. Any other image is a custom one, and allowed.",
	Filters:         listsource.ByNameAttributes("size"),
	List:            "images",
	ListDescription: "The images; empty when none fits.",
	Item: func() map[string]schema.Attribute {
		return map[string]schema.Attribute{
			"name":    schema.StringAttribute{Computed: true, MarkdownDescription: "Name and tag, such as `pytorch/pytorch:2.1.0-cuda12.1`."},
			"size_mb": schema.Int64Attribute{Computed: true, MarkdownDescription: "MB, compressed."},
		}
	},
	Read: func(ctx context.Context, client *fermi.Client, m *imagesModel) error {
		images, err := client.ListImages(ctx, fermi.ListImagesParams{Name: m.Name.ValueString(), Sort: m.Sort.ValueString(),
			Order: m.Order.ValueString()})
		m.Images = listsource.Convert(images, func(one fermi.Image) imageModel { return imageModel(one) })
		return err
	},
}
