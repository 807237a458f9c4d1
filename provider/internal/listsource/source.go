// Package listsource makes the data sources that list one kind of thing: its filters go to the API, and what the API answers becomes
// a list attribute.
package listsource

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/apierror"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/session"
)

// A Source describes a data source that lists things. Model is what its schema holds.
type Source[Model any] struct {
	// Name follows the provider's in the name of the data source, as in datasets.
	Name string
	// Things names what is listed in messages, as in "availability zones".
	Things string
	// Description documents the data source.
	Description string
	// Filters are the attributes that select and sort.
	Filters func(*language.Speaker) map[string]schema.Attribute
	// List is the name of the attribute that has the list, ListDescription documents it, and Item are the attributes of an element.
	List, ListDescription string
	Item                  func() map[string]schema.Attribute
	// Read reads the things that the model's filters select into the model.
	Read func(context.Context, *fermi.Client, *Model) error
}

// New returns the data source.
func (s Source[Model]) New(speaker *language.Speaker) datasource.DataSource {
	return &dataSource[Model]{source: s, speaker: speaker}
}

type dataSource[Model any] struct {
	source  Source[Model]
	client  *fermi.Client
	speaker *language.Speaker
}

var _ datasource.DataSourceWithConfigure = (*dataSource[struct{}])(nil)

func (d *dataSource[Model]) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + d.source.Name
}

func (d *dataSource[Model]) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := maps.Clone(d.source.Filters(d.speaker))
	attributes[d.source.List] = schema.ListNestedAttribute{
		MarkdownDescription: d.source.ListDescription,
		Computed:            true,
		NestedObject:        schema.NestedAttributeObject{Attributes: d.source.Item()},
	}
	resp.Schema = schema.Schema{MarkdownDescription: d.source.Description, Attributes: attributes}
}

func (d *dataSource[Model]) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.client = session.Client(req.ProviderData, &resp.Diagnostics)
}

func (d *dataSource[Model]) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model Model
	tried := "Listing " + d.source.Things
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() || !session.RequireClient(d.client, tried, &resp.Diagnostics) {
		return
	}
	if err := d.source.Read(ctx, d.client, &model); err != nil {
		resp.Diagnostics.Append(apierror.Diagnostic(tried, err))
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}

// Convert returns what convert makes of each element: an empty slice, not nil, where there is none.
func Convert[From, To any](all []From, convert func(From) To) []To {
	converted := make([]To, len(all))
	for i, one := range all {
		converted[i] = convert(one)
	}
	return converted
}
