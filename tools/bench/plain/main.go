// Command plain is a provider with the simplest possible resources, as a baseline for benchmarks. plain_task has a few
// strings and does nothing, so it takes as long as any provider must. plain_training_task has the schema of
// fermi_training_task and makes one request per operation, so it shows the cost of that schema.
package main

import (
	"context"
	"log"
	"os"
	"runtime/debug"
	"strconv"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

// collectionVariable is the environment variable with the garbage collection target. Terraform itself would obey GOGC.
const collectionVariable = "PLAIN_GOGC"

func main() {
	if percent, err := strconv.Atoi(os.Getenv(collectionVariable)); err == nil {
		debug.SetGCPercent(percent)
	}
	err := providerserver.Serve(context.Background(), func() provider.Provider { return plainProvider{} }, providerserver.ServeOpts{
		Address: "registry.terraform.io/fermi-cluster/plain",
	})
	if err != nil {
		log.Fatal(err)
	}
}

type plainProvider struct{}

func (plainProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "plain"
}

func (plainProvider) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (plainProvider) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {
}

func (plainProvider) DataSources(context.Context) []func() datasource.DataSource { return nil }

func (plainProvider) Resources(ctx context.Context) []func() resource.Resource {
	training := newPlainTrainingTask(ctx)
	return []func() resource.Resource{
		func() resource.Resource { return plainTask{} },
		func() resource.Resource { return training },
	}
}
