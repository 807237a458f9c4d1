package main

import (
	"maps"
	"regexp"
	"slices"
)

// program is a program at a version.
type program struct {
	name    string
	module  string
	version string
	// sum is the checksum of the module, as in go.sum. The module's own go.sum pins its dependencies.
	sum     string
	pkg     string // the package to build, relative to the module
	ldflags string
	// absent lists nested modules that go.mod replaces by folders of the program's repository. The module proxy doesn't
	// serve them.
	absent []nestedModule
	// cuts match what to remove from the program's files, by path in the module: parts that no test needs and that take
	// most of the build.
	cuts map[string]*regexp.Regexp
}

// nestedModule is a stand-in for a module. If source is empty, the module is required but not imported.
type nestedModule struct {
	path, source string
}

var programs = map[string]program{
	"tofu": {
		module:  "github.com/opentofu/opentofu",
		version: "v1.12.6",
		sum:     "h1:0VT4P8pMmGcCUnQ9JDrJ+Qg2d35Vzm4FFd/9+H7oF98=",
		pkg:     "./cmd/tofu",
		// Otherwise the program is a development version, which version constraints exclude.
		ldflags: "-X github.com/opentofu/opentofu/version.dev=no",
		// Remote state backends and key providers, whose cloud SDKs would be most of the build. The Terraform here doesn't
		// have them either.
		cuts: map[string]*regexp.Regexp{
			"internal/backend/init/init.go": regexp.MustCompile(
				`\n[^\n]*\bbackend(Azure|Consul|Cos|GCS|Kubernetes|OSS|Pg|S3)\b[^\n]*`),
			"internal/encryption/default_registry.go": regexp.MustCompile(
				`\n[^\n]*/(aws_kms|azure_vault|gcp_kms)"|\n\tif [^\n]*\b(aws_kms|azure_vault|gcp_kms)\.New[^}]*\n\t}`),
		},
	},
	"terraform": {
		module:  terraformModule,
		version: "v1.15.0",
		sum:     "h1:buWgdQ2nwC7PKwZEVlEE8zhsIku4SQZFBn0h83+s/1c=",
		pkg:     ".",
		ldflags: "-X github.com/hashicorp/terraform/version.dev=no",
		absent:  terraformNestedModules(),
	},
	"actionlint": {
		module:  "github.com/rhysd/actionlint",
		version: "v1.7.12",
		sum:     "h1:vQ4GeJN86C0QH+gTUQcs8McmK62OLT3kmakPMtEWYnY=",
		pkg:     "./cmd/actionlint",
	},
	"golangci-lint": {
		module:  "github.com/golangci/golangci-lint/v2",
		version: "v2.15.0",
		sum:     "h1:w94zf8HAYI7hm3164kwKsvZRuqXvY+YxeFoTbu1OLg8=",
		pkg:     "./cmd/golangci-lint",
		ldflags: "-X main.version=2.15.0",
	},
	"oapi-codegen": {
		module:  "github.com/oapi-codegen/oapi-codegen/v2",
		version: "v2.8.2",
		sum:     "h1:68UGCFId8tysEuz1jqDgem0Lnz0d6T+73br+KwH/W6k=",
		pkg:     "./cmd/oapi-codegen",
		ldflags: "-X main.noVCSVersionOverride=v2.8.2",
	},
	"goreleaser": {
		module:  "github.com/goreleaser/goreleaser/v2",
		version: "v2.15.1",
		sum:     "h1:qgg9Y4JfURDRnt43eA76QRkzlWCYIph/yz4jyQdczMs=",
		pkg:     ".",
		ldflags: "-X main.version=2.15.1",
		// Publishers that this project doesn't use, with their cloud and container SDKs.
		cuts: map[string]*regexp.Regexp{
			"internal/pipeline/pipeline.go":      goreleaserPipes,
			"internal/pipe/publish/publish.go":   goreleaserPipes,
			"internal/pipe/announce/announce.go": goreleaserPipes,
			"pkg/defaults/defaults.go":           goreleaserPipes,
		},
	},
	"tfplugindocs": {
		module:  "github.com/hashicorp/terraform-plugin-docs",
		version: "v0.25.0",
		sum:     "h1:qHs1V257NxVe8tv6HS4UQfNqjaPP5eUlLeDf7jYk85U=",
		pkg:     "./cmd/tfplugindocs",
	},
}

var goreleaserPipes = regexp.MustCompile(
	`\n[^\n]*(/pipe/(ko|blob|mcp|notary|bluesky)"|\b(ko|blob|mcp|notary|bluesky)\.(Pipe\{|MacOS\{|New\())[^\n]*`)

const terraformModule = "github.com/hashicorp/terraform"

// terraformNestedModules returns the remote state backends that are modules of their own. The tests and the demo keep
// state in local files. This build of Terraform reports an error if asked for one of the backends.
func terraformNestedModules() []nestedModule {
	const source = `package backend

import "` + terraformModule + `/internal/backend"

func New() backend.Backend {
	panic("this build of Terraform, made for tests, has no remote state backends")
}
`
	nested := []nestedModule{{path: terraformModule + "/internal/legacy"}}
	for _, backend := range []string{"azure", "consul", "cos", "gcs", "kubernetes", "oci", "oss", "pg", "s3"} {
		nested = append(nested, nestedModule{
			path:   terraformModule + "/internal/backend/remote-state/" + backend,
			source: source,
		})
	}
	return nested
}

func names() []string {
	return slices.Sorted(maps.Keys(programs))
}
