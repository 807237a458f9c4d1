// Package provider is the Terraform provider for the Fermi GPU cluster.
package provider

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/apierror"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/catalog"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/clustercheck"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/clusterfacts"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/devenvironment"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/durations"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/estimate"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/session"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tasktemplate"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/trainingtask"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/uptime"
)

var (
	_ provider.Provider                   = (*fermiProvider)(nil)
	_ provider.ProviderWithActions        = (*fermiProvider)(nil)
	_ provider.ProviderWithFunctions      = (*fermiProvider)(nil)
	_ provider.ProviderWithListResources  = (*fermiProvider)(nil)
	_ provider.ProviderWithValidateConfig = (*fermiProvider)(nil)
)

// New returns a constructor of the provider. version goes into its user agent.
func New(version string) func() provider.Provider {
	return func() provider.Provider {
		p := &fermiProvider{version: version, speaker: &language.Speaker{}}
		// An unknown language is reported when the provider's configuration is validated.
		_ = p.speaker.Choose(types.StringNull())
		return p
	}
}

type fermiProvider struct {
	version string
	speaker *language.Speaker
}

type providerModel struct {
	Endpoint       types.String `tfsdk:"endpoint"`
	Token          types.String `tfsdk:"token"`
	RequestTimeout types.String `tfsdk:"request_timeout"`
	MaxRetries     types.Int64  `tfsdk:"max_retries"`
	PollInterval   types.String `tfsdk:"poll_interval"`
	CACertFile     types.String `tfsdk:"ca_cert_file"`
	Language       types.String `tfsdk:"language"`
}

func (p *fermiProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "fermi"
	resp.Version = p.version
}

func (p *fermiProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Launches training tasks on the Fermi GPU cluster: in a running development environment, or on GPUs allocated " +
			"for the task.",
		Attributes: map[string]schema.Attribute{
			"endpoint": schema.StringAttribute{
				MarkdownDescription: "Address of the API, without `/api/v1`: `https://fermi.example.com`. Left out: the environment variable " +
					"`FERMI_ENDPOINT`.",
				Optional: true,
			},
			"token": schema.StringAttribute{
				MarkdownDescription: "Bearer token. Left out: the environment variable `FERMI_TOKEN`; without either, none is sent.",
				Optional:            true,
				Sensitive:           true,
			},
			"request_timeout": schema.StringAttribute{
				MarkdownDescription: "Longest time for one request, as a duration such as `45s`. Default `30s`. Waits for a task have their own, " +
					"see its `timeouts`.",
				Optional:   true,
				Validators: []validator.String{durations.Positive{}},
			},
			"max_retries": schema.Int64Attribute{
				CustomType: tfvalues.WholeNumber{},
				MarkdownDescription: "How often a request is tried again when the API is throttling, unavailable or out of reach; 0 is never. " +
					"The pause doubles from half a second to half a minute, or is what the API asks for in `Retry-After`. Default 5. " +
					"A wait for a task is retried three times as often, so that it outlives a restart of the API.",
				Optional:   true,
				Validators: []validator.Int64{int64validator.Between(0, 100)},
			},
			"poll_interval": schema.StringAttribute{
				MarkdownDescription: "Pause between two looks at a task, as a duration, for an API that can't keep a request waiting until the " +
					"task changes. Default `5s`.",
				Optional:   true,
				Validators: []validator.String{durations.Positive{}},
			},
			"ca_cert_file": schema.StringAttribute{
				MarkdownDescription: "File with PEM certificates of authorities to trust besides the system's.",
				Optional:            true,
			},
			"language": schema.StringAttribute{
				MarkdownDescription: "Language of the cluster's messages, and of what the provider itself refuses: `en` or `zh`. " +
					"Left out: the environment variable `FERMI_LANGUAGE`, else `en`. Explanations and advice around a message are in English.",
				Optional:   true,
				Validators: []validator.String{stringvalidator.OneOf(language.Languages...)},
			},
		},
	}
}

// ValidateConfig sets the language before anything else is validated: Terraform validates the provider's configuration first, in
// the same process.
func (p *fermiProvider) ValidateConfig(ctx context.Context, req provider.ValidateConfigRequest, resp *provider.ValidateConfigResponse) {
	var language types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("language"), &language)...)
	resp.Diagnostics.Append(p.speaker.Choose(language)...)
}

func (p *fermiProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var config providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(p.speaker.Choose(config.Language)...)
	if resp.Diagnostics.HasError() {
		return
	}
	// An endpoint that another resource provides is unknown while planning. What doesn't need the API can be planned anyway; the
	// rest reports it.
	for _, value := range []interface{ IsUnknown() bool }{
		config.Endpoint, config.Token, config.RequestTimeout, config.MaxRetries, config.PollInterval, config.CACertFile, config.Language,
	} {
		if value.IsUnknown() {
			return
		}
	}
	options := fermi.Options{
		// Text from a file often ends in a line break, which neither an address nor a header may contain.
		Endpoint:       strings.TrimSpace(firstSet(config.Endpoint, os.Getenv("FERMI_ENDPOINT"))),
		Token:          strings.TrimSpace(firstSet(config.Token, os.Getenv("FERMI_TOKEN"))),
		UserAgent:      fmt.Sprintf("terraform-provider-fermi/%s (+terraform %s)", p.version, req.TerraformVersion),
		AcceptLanguage: p.speaker.Language(),
		MaxRetries:     fermi.DefaultMaxRetries,
		OnAttempt:      logAttempt,
	}
	if options.Endpoint == "" {
		resp.Diagnostics.AddAttributeError(path.Root("endpoint"), "No Fermi endpoint",
			"The provider doesn't know where the API is. Set endpoint in the provider block, or the environment variable FERMI_ENDPOINT.")
		return
	}
	if root, ok := strings.CutSuffix(strings.TrimRight(options.Endpoint, "/"), "/api/v1"); ok {
		from := "endpoint"
		if config.Endpoint.ValueString() == "" {
			from = "The environment variable FERMI_ENDPOINT"
		}
		resp.Diagnostics.AddAttributeError(path.Root("endpoint"), "Fermi endpoint has the API's path in it", fmt.Sprintf("%s is %q. "+
			"It is the address without /api/v1, which the provider adds itself: set it to %q.", from, options.Endpoint, root))
		return
	}
	if scheme, _, found := strings.Cut(options.Token, " "); found && strings.EqualFold(scheme, "Bearer") {
		resp.Diagnostics.AddAttributeError(path.Root("token"), "Token has a scheme",
			"The token begins with \"Bearer\", which the provider adds by itself. Set the provider's token, or FERMI_TOKEN, to what comes after it.")
		return
	}
	if strings.ContainsFunc(options.Token, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		resp.Diagnostics.AddAttributeError(path.Root("token"), "Token can't be sent",
			"The token has a control character within it, such as a line break, which no HTTP header can carry. Check where it comes from.")
		return
	}
	if !config.MaxRetries.IsNull() {
		options.MaxRetries = int(config.MaxRetries.ValueInt64())
	}
	// Both durations were validated; an absent one is zero, which is the client's default.
	options.RequestTimeout, _ = durations.Parse(config.RequestTimeout.ValueString())
	options.PollInterval, _ = durations.Parse(config.PollInterval.ValueString())
	if file := config.CACertFile.ValueString(); file != "" {
		roots, err := trustedRoots(file)
		if err != nil {
			resp.Diagnostics.AddAttributeError(path.Root("ca_cert_file"), "Certificate file can't be used",
				fmt.Sprintf("Reading the authorities' certificates from %s: %s. It should be a readable file with PEM blocks of type CERTIFICATE.",
					file, err))
			return
		}
		options.RootCAs = roots
	}
	client, err := fermi.New(options)
	if err != nil {
		resp.Diagnostics.Append(apierror.ClientDiagnostic(err))
		return
	}
	shared := &session.Session{Client: client, Facts: clusterfacts.New(client, p.speaker), Cluster: clustercheck.New(client, options.RootCAs)}
	resp.ResourceData = shared
	resp.DataSourceData = shared
	resp.ActionData = shared
	resp.ListResourceData = shared
}

func (p *fermiProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{speaking(p, tasktemplate.NewResource), speaking(p, trainingtask.NewResource)}
}

func (p *fermiProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		speaking(p, catalog.AvailabilityZones.New), speaking(p, catalog.Datasets.New), speaking(p, catalog.GPUTypes.New),
		speaking(p, catalog.Images.New), speaking(p, catalog.Models.New), speaking(p, devenvironment.NewDataSource),
		speaking(p, devenvironment.List.New), speaking(p, estimate.NewDataSource), speaking(p, trainingtask.List.New),
		speaking(p, trainingtask.NewDataSource), speaking(p, tasktemplate.List.New),
	}
}

func (p *fermiProvider) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{speaking(p, trainingtask.NewListResource)}
}

func (p *fermiProvider) Actions(context.Context) []func() action.Action {
	return []func() action.Action{speaking(p, trainingtask.NewStopAction), speaking(p, trainingtask.NewWaitAction)}
}

// speaking adapts a constructor that takes the provider's Speaker.
func speaking[T any](p *fermiProvider, construct func(*language.Speaker) T) func() T {
	return func() T { return construct(p.speaker) }
}

func (p *fermiProvider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{uptime.NewParseFunction}
}

func firstSet(configured types.String, fallback string) string {
	if value := configured.ValueString(); value != "" {
		return value
	}
	return fallback
}

func trustedRoots(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(pem) {
		return nil, errors.New("no certificate in it")
	}
	return roots, nil
}

func logAttempt(ctx context.Context, attempt fermi.Attempt) {
	fields := map[string]any{
		"method": attempt.Method, "url": attempt.URL, "status": attempt.Status,
		"request_id": attempt.RequestID, "duration": attempt.Duration.String(),
	}
	if attempt.Err != nil {
		fields["error"] = fermi.Printable(attempt.Err.Error())
	}
	tflog.Debug(ctx, "Fermi API request", fields)
}
