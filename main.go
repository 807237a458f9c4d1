// Command terraform-provider-fermi serves the Fermi provider to Terraform and OpenTofu.
package main

import (
	"context"
	"flag"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/fermi-cluster/terraform-provider-fermi/provider"
)

// version is set by the release build, with -ldflags "-X main.version=1.2.3".
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "wait for a debugger and print how Terraform attaches to this process")
	flag.Parse()
	err := providerserver.Serve(context.Background(), provider.New(version), providerserver.ServeOpts{
		Address: "registry.terraform.io/fermi-cluster/fermi",
		Debug:   *debug,
	})
	if err != nil {
		log.Fatal(err)
	}
}
