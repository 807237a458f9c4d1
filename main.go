// Command terraform-provider-fermi serves the Fermi provider to Terraform and OpenTofu.
package main

import (
	"context"
	"flag"
	"log"
	"os"
	"runtime/debug"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/fermi-cluster/terraform-provider-fermi/provider"
)

// Set by the release build, with -ldflags "-X main.version=1.2.3 -X main.commit=0123456789ab".
var version, commit string

// gcPercent lets the heap grow to several times the few MB in use. With the default, a plan of a thousand tasks spends a
// quarter of the provider's time in hundreds of collections.
const gcPercent = 400

func main() {
	debugged := flag.Bool("debug", false, "wait for a debugger and print how Terraform attaches to this process")
	flag.Parse()
	silence()
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	info, _ := debug.ReadBuildInfo()
	err := providerserver.Serve(context.Background(), provider.New(fullVersion(version, commit, info)), providerserver.ServeOpts{
		Address: "registry.terraform.io/fermi-cluster/fermi",
		Debug:   *debugged,
	})
	if err != nil {
		log.Fatal(err)
	}
}

// commitLength is the number of digits that identify a commit.
const commitLength = 12

// fullVersion returns the version and the commit as a semantic version with build metadata: 1.2.3+0123456789ab. What the
// linker did not set comes from the go command's build info, which may be nil.
func fullVersion(version, commit string, info *debug.BuildInfo) string {
	if info == nil {
		info = &debug.BuildInfo{}
	}
	if recorded := info.Main.Version; version == "" && recorded != "(devel)" {
		version = strings.TrimPrefix(recorded, "v")
	}
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" && commit == "" {
			commit = setting.Value
		}
	}
	if version == "" {
		version = "dev"
	}
	commit = commit[:min(len(commit), commitLength)]
	switch {
	case commit == "" || strings.Contains(version, commit):
		return version
	case strings.Contains(version, "+"):
		return version + "." + commit
	}
	return version + "+" + commit
}
