package catalog

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/apierror"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/listsource"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/session"
)

var _ datasource.DataSourceWithConfigure = (*imagesDataSource)(nil)

func NewImages(v *language.Speaker) datasource.DataSource { return &imagesDataSource{voice: v} }

type imagesDataSource struct {
	client *fermi.Client
	voice  *language.Speaker
}

type imagesModel struct {
	Name   types.String `tfsdk:"name"`
	Sort   types.String `tfsdk:"sort"`
	Order  types.String `tfsdk:"order"`
	Images []imageModel `tfsdk:"images"`
}

type imageModel struct {
	Name   string `tfsdk:"name"`
	SizeMB int64  `tfsdk:"size_mb"`
}

func (d *imagesDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_images"
}

func (d *imagesDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The container images that the cluster offers. Any other image is a custom one, and allowed.",
		Attributes: map[string]schema.Attribute{
			"name":  listsource.NameAttribute(d.voice),
			"sort":  listsource.SortAttribute("name", "size"),
			"order": listsource.OrderAttribute(),
			"images": schema.ListNestedAttribute{
				MarkdownDescription: "The images; empty when none fits.",
				Computed:            true,
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"name":    schema.StringAttribute{Computed: true, MarkdownDescription: "Name and tag, such as `pytorch/pytorch:2.1.0-cuda12.1`."},
					"size_mb": schema.Int64Attribute{Computed: true, MarkdownDescription: "MB, compressed."},
				}},
			},
		},
	}
}

func (d *imagesDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.client = session.Client(req.ProviderData, &resp.Diagnostics)
}

func (d *imagesDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model imagesModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() || !session.RequireClient(d.client, "Listing images", &resp.Diagnostics) {
		return
	}
	images, err := d.client.ListImages(ctx, fermi.ListImagesParams{
		Name: model.Name.ValueString(), Sort: model.Sort.ValueString(), Order: model.Order.ValueString(),
	})
	if err != nil {
		resp.Diagnostics.Append(apierror.Diagnostic("Listing images", err))
		return
	}
	model.Images = make([]imageModel, len(images))
	for i, image := range images {
		model.Images[i] = imageModel(image)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}
