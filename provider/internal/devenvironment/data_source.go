// Package devenvironment has the data sources fermi_dev_environment and fermi_dev_environments.
package devenvironment

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/apierror"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/clusterfacts"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/session"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/textrules"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

var _ datasource.DataSourceWithConfigure = (*dataSource)(nil)

// NewDataSource returns the data source fermi_dev_environment.
func NewDataSource(speaker *language.Speaker) datasource.DataSource {
	return &dataSource{speaker: speaker}
}

type dataSource struct {
	client  *fermi.Client
	speaker *language.Speaker
}

func (d *dataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_dev_environment"
}

func (d *dataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := computedAttributes()
	attributes["id"] = schema.StringAttribute{
		MarkdownDescription: "Environment id, such as `env-001`. Either this or `name` is needed.",
		Optional:            true,
		Computed:            true,
		Validators: []validator.String{
			stringvalidator.ExactlyOneOf(path.MatchRoot("id"), path.MatchRoot("name")),
			textrules.Rule{Speaker: d.speaker, Blank: &language.ChooseEnvironment},
		},
	}
	attributes["name"] = schema.StringAttribute{
		MarkdownDescription: "Name, such as `pytorch-dev-env`. Exactly one environment has to have it.",
		Optional:            true,
		Computed:            true,
		Validators:          textrules.ID(d.speaker, language.ChooseEnvironment, language.Phrase{}),
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "One development environment, found by id or by name, as it is when Terraform reads it.",
		Attributes:          attributes,
	}
}

func (d *dataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.client = session.Client(req.ProviderData, &resp.Diagnostics)
}

func (d *dataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var id, name types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("id"), &id)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("name"), &name)...)
	if resp.Diagnostics.HasError() || !session.RequireClient(d.client, "Reading a development environment", &resp.Diagnostics) {
		return
	}
	if id.IsNull() {
		d.readNamed(ctx, name.ValueString(), resp)
		return
	}
	environment, err := d.client.GetDevEnvironment(ctx, id.ValueString())
	if err != nil {
		resp.Diagnostics.Append(apierror.Diagnostic("Reading development environment "+id.ValueString(), err))
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, newEnvironmentModel(environment))...)
}

// readNamed looks through all environments, because the API finds one by its id alone.
func (d *dataSource) readNamed(ctx context.Context, name string, resp *datasource.ReadResponse) {
	all, err := d.client.ListDevEnvironments(ctx, fermi.ListDevEnvironmentsParams{})
	if err != nil {
		resp.Diagnostics.Append(apierror.Diagnostic(fmt.Sprintf("Looking for the development environment %q", name), err))
		return
	}
	var found []fermi.DevEnvironment
	var ids []language.Item
	for _, environment := range all {
		if tfvalues.SameText(environment.Name, name) {
			found = append(found, environment)
			ids = append(ids, language.Item{ID: environment.ID})
		}
	}
	switch len(found) {
	case 1:
		resp.Diagnostics.Append(resp.State.Set(ctx, newEnvironmentModel(found[0]))...)
	case 0:
		resp.Diagnostics.AddAttributeError(path.Root("name"), d.speaker.Say(language.NoEnvironment),
			fmt.Sprintf("No development environment is called %q. There are: %s.", name, d.speaker.List(clusterfacts.Environments(all).Items())))
	default:
		resp.Diagnostics.AddAttributeError(path.Root("name"), "More than one development environment",
			fmt.Sprintf("%d development environments are called %q: %s. Choose one by its id.", len(found), name, d.speaker.List(ids)))
	}
}
