package main

import (
	"net/http"
	"net/http/httptest"
	"runtime/debug"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	fermiprovider "github.com/fermi-cluster/terraform-provider-fermi/provider"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// BenchmarkCalls measures the calls that Terraform makes for each resource: fermi_training_task, its schema without
// logic, and the simplest resource. Unlike times, allocations don't depend on the load of the machine.
//
//	go test ./tools/bench/plain -run '^$' -bench Calls -benchmem -cpu 1
func BenchmarkCalls(b *testing.B) {
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // as the provider does
	for _, name := range []string{"TF_LOG_SDK", "TF_LOG_SDK_FRAMEWORK", "TF_LOG_SDK_PROTO", "TF_LOG_PROVIDER", "TF_LOG_PROVIDER_FERMI"} {
		b.Setenv(name, "OFF")
	}
	cluster, err := simulator.New(simulator.Options{})
	if err != nil {
		b.Fatal(err)
	}
	api := httptest.NewServer(cluster)
	defer api.Close()
	bare := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(answer)) }))
	defer bare.Close()
	b.Setenv("FERMI_ENDPOINT", api.URL)
	b.Setenv(endpointVariable, bare.URL)
	for _, subject := range []struct {
		typeName string
		provider provider.Provider
	}{
		{"fermi_training_task", fermiprovider.New("bench")()}, {"plain_training_task", plainProvider{}}, {"plain_task", plainProvider{}},
	} {
		r := newCaller(b, subject.provider, subject.typeName, map[string]string{
			"task_name": "mine", "dataset_id": "dataset-001", "dataset_version_id": "version-001",
			"launch_mode": "existing", "environment_id": "env-001",
		})
		planned := r.plan(&tfprotov6.ApplyResourceChangeResponse{NewState: r.none})
		applied := r.apply(planned)
		for _, call := range []struct {
			name string
			make func()
		}{
			{"validate", r.validate},
			{"plan", func() { r.plan(&tfprotov6.ApplyResourceChangeResponse{NewState: r.none}) }},
			{"apply", func() { r.apply(planned) }},
			{"read", func() { r.read(applied) }},
			{"plan-again", func() { r.plan(applied) }},
		} {
			b.Run(call.name+"/"+subject.typeName, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					call.make()
				}
			})
		}
	}
}

// caller makes Terraform's calls for one resource.
type caller struct {
	testing.TB
	server       tfprotov6.ProviderServer
	typeName     string
	kind         tftypes.Object
	config, none *tfprotov6.DynamicValue
}

func newCaller(tb testing.TB, p provider.Provider, typeName string, texts map[string]string) *caller {
	tb.Helper()
	server, err := providerserver.NewProtocol6WithError(p)()
	if err != nil {
		tb.Fatal(err)
	}
	r := &caller{TB: tb, server: server, typeName: typeName}
	schemas, err := server.GetProviderSchema(tb.Context(), &tfprotov6.GetProviderSchemaRequest{})
	r.check(err, schemas.Diagnostics)
	settings := schemas.Provider.ValueType().(tftypes.Object)
	configured, err := server.ConfigureProvider(tb.Context(), &tfprotov6.ConfigureProviderRequest{
		TerraformVersion: "1.15.0", Config: r.encode(settings, attributes(settings, nil)),
	})
	r.check(err, configured.Diagnostics)
	r.kind = schemas.ResourceSchemas[typeName].ValueType().(tftypes.Object)
	r.config, r.none = r.encode(r.kind, attributes(r.kind, texts)), r.encode(r.kind, nil)
	return r
}

// attributes returns null attributes of a type, except for some strings.
func attributes(kind tftypes.Object, texts map[string]string) map[string]tftypes.Value {
	all := map[string]tftypes.Value{}
	for name, inner := range kind.AttributeTypes {
		all[name] = tftypes.NewValue(inner, nil)
	}
	for name, text := range texts {
		all[name] = tftypes.NewValue(tftypes.String, text)
	}
	return all
}

func (r *caller) encode(kind tftypes.Object, value any) *tfprotov6.DynamicValue {
	encoded, err := tfprotov6.NewDynamicValue(kind, tftypes.NewValue(kind, value))
	if err != nil {
		r.Fatal(err)
	}
	return &encoded
}

func (r *caller) check(err error, diagnostics []*tfprotov6.Diagnostic) {
	if err != nil {
		r.Fatal(err)
	}
	for _, d := range diagnostics {
		r.Fatal(d.Summary, d.Detail)
	}
}

func (r *caller) validate() {
	resp, err := r.server.ValidateResourceConfig(r.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: r.typeName, Config: r.config})
	r.check(err, resp.Diagnostics)
}

// plan plans the configuration without changes against an existing resource.
func (r *caller) plan(there *tfprotov6.ApplyResourceChangeResponse) *tfprotov6.PlanResourceChangeResponse {
	proposed := there.NewState
	if proposed == r.none {
		proposed = r.config
	}
	resp, err := r.server.PlanResourceChange(r.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: r.typeName, PriorState: there.NewState, PriorPrivate: there.Private, ProposedNewState: proposed, Config: r.config,
	})
	r.check(err, resp.Diagnostics)
	return resp
}

func (r *caller) apply(planned *tfprotov6.PlanResourceChangeResponse) *tfprotov6.ApplyResourceChangeResponse {
	resp, err := r.server.ApplyResourceChange(r.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: r.typeName, PriorState: r.none, PlannedState: planned.PlannedState, PlannedPrivate: planned.PlannedPrivate, Config: r.config,
	})
	r.check(err, resp.Diagnostics)
	return resp
}

func (r *caller) read(there *tfprotov6.ApplyResourceChangeResponse) *tfprotov6.ReadResourceResponse {
	resp, err := r.server.ReadResource(r.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: r.typeName, CurrentState: there.NewState, CurrentIdentity: there.NewIdentity, Private: there.Private,
	})
	r.check(err, resp.Diagnostics)
	return resp
}
