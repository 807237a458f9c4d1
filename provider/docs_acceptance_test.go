package provider

import (
	"bufio"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// A snippet is a fenced block of Terraform's language on a page.
type snippet struct {
	line   int
	text   string
	file   string // the name in a first line such as "# tests/first.tftest.hcl: …"; empty where it has none
	blocks hclsyntax.Blocks
}

// A page is one page of the documentation. Its complete example is the snippet that declares the provider and all snippets that
// name the file they belong in; each other snippet is merged with it, as a reader would.
type page struct {
	path     string
	example  map[string]string // text by file
	snippets []snippet         // the others
}

var fileComment = regexp.MustCompile(`^# ([\w./-]+\.(?:tf|hcl))\b`)

// readSnippets returns the snippets of a page.
func readSnippets(t *testing.T, path string) []snippet {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var snippets []snippet
	var current *snippet
	scanner := bufio.NewScanner(file)
	for line := 1; scanner.Scan(); line++ {
		text := scanner.Text()
		switch {
		case current == nil && (text == "```terraform" || text == "```hcl"):
			current = &snippet{line: line + 1}
		case current != nil && text == "```":
			current.parse(t, path)
			snippets, current = append(snippets, *current), nil
		case current != nil:
			current.text += text + "\n"
		}
	}
	if err := scanner.Err(); err != nil || current != nil {
		t.Fatalf("%s: %v, or the last snippet has no end", path, err)
	}
	return snippets
}

func (s *snippet) parse(t *testing.T, path string) {
	t.Helper()
	file, diags := hclsyntax.ParseConfig([]byte(s.text), path, hcl.Pos{Line: s.line, Column: 1})
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	body := file.Body.(*hclsyntax.Body)
	if len(body.Attributes) > 0 || len(body.Blocks) == 0 {
		t.Fatalf("%s:%d: the snippet isn't made of whole blocks, so a reader can't tell where it belongs", path, s.line)
	}
	s.blocks = body.Blocks
	if name := fileComment.FindStringSubmatch(s.text); name != nil {
		s.file = name[1]
	}
}

func (s *snippet) has(blockTypes ...string) bool {
	return slices.ContainsFunc(s.blocks, func(b *hclsyntax.Block) bool { return slices.Contains(blockTypes, b.Type) })
}

// declares reports whether the snippet declares the provider's source.
func (s *snippet) declares() bool {
	return slices.ContainsFunc(s.blocks, func(b *hclsyntax.Block) bool {
		return b.Type == "terraform" && slices.ContainsFunc(b.Body.Blocks, func(inner *hclsyntax.Block) bool {
			return inner.Type == "required_providers"
		})
	})
}

// readPage reads a page, which has to have one complete example.
func readPage(t *testing.T, path string) page {
	t.Helper()
	p := page{path: path, example: map[string]string{}}
	complete := 0
	for _, s := range readSnippets(t, path) {
		file := s.file
		// A module in a folder of its own declares the provider once more.
		if s.declares() && filepath.Dir(file) == "." {
			complete++
			file = "main.tf"
		}
		switch {
		case file == "":
			p.snippets = append(p.snippets, s)
		case p.example[file] != "":
			t.Errorf("%s:%d: there is a %s on this page already", path, s.line, file)
		default:
			p.example[file] = s.text
		}
	}
	if complete != 1 {
		t.Errorf("%s has %d complete examples, want one: a snippet with required_providers", path, complete)
	}
	return p
}

// mergedWith is the page's example with a snippet in it: a block that the example has takes on the snippet's arguments, any other
// block is added. Terraform's own override files would do the same, but overlook an argument that doesn't exist.
func (p page) mergedWith(t *testing.T, s snippet) map[string]string {
	t.Helper()
	main, diags := hclwrite.ParseConfig([]byte(p.example["main.tf"]), p.path, hcl.InitialPos)
	more, moreDiags := hclwrite.ParseConfig([]byte(s.text), p.path, hcl.InitialPos)
	if diags = append(diags, moreDiags...); diags.HasErrors() {
		t.Fatal(diags)
	}
	for _, block := range more.Body().Blocks() {
		// Blocks without labels stand side by side, such as import and locals.
		known := main.Body().FirstMatchingBlock(block.Type(), block.Labels())
		if known == nil || len(block.Labels()) == 0 {
			main.Body().AppendBlock(block)
			continue
		}
		for name, attribute := range block.Body().Attributes() {
			known.Body().SetAttributeRaw(name, attribute.Expr().BuildTokens(nil))
		}
		for _, inner := range block.Body().Blocks() {
			if old := known.Body().FirstMatchingBlock(inner.Type(), inner.Labels()); old != nil {
				known.Body().RemoveBlock(old)
			}
			known.Body().AppendBlock(inner)
		}
	}
	files := maps.Clone(p.example)
	files["main.tf"] = string(main.Bytes())
	return files
}

// lay writes files into the command's folder, installs the modules that they call, and points the provider at the cluster.
func (c *command) lay(cluster *cluster, files map[string]string) {
	c.t.Helper()
	for name, text := range files {
		path := filepath.Join(c.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			c.t.Fatal(err)
		}
		c.write(path, text)
	}
	c.run(0, "get", "-no-color")
	c.useCluster(cluster)
}

// newDocumentedCluster returns a cluster with what the pages import: a task like that of their example, and a template.
func newDocumentedCluster(t *testing.T) *cluster {
	t.Helper()
	c := newCluster(t, simulator.Options{})
	c.call("POST", "/api/v1/training-tasks", `{"taskName":"llama2-sft-training-v1","description":"Supervised fine-tuning of Llama 2",
		"datasetId":"dataset-001","datasetVersionId":"version-001","modelId":"model-001","labels":{"team":"nlp"},"launchMode":"dynamic",
		"resourceConfig":{"availabilityZone":"az-bj-a","gpuType":"A100","gpuCount":4,"cpuCores":32,"memory":256,
		"image":"pytorch/pytorch:2.1.0-cuda12.1-cudnn8-runtime"},"command":["torchrun","train.py"],"args":["--epochs","3"],
		"environmentVariables":{"NCCL_DEBUG":"INFO"},"maxDuration":43200,"priority":"high"}`, nil)
	c.call("POST", "/api/v1/task-templates", `{"name":"llama2-sft","config":{"datasetId":"dataset-001","datasetVersionId":"version-001",
		"launchMode":"dynamic","resourceConfig":{"gpuType":"A100","gpuCount":8,"cpuCores":64,"memory":512,
		"image":"pytorch/pytorch:2.1.0-cuda12.1-cudnn8-runtime"}}}`, nil)
	return c
}

// Each page has one complete example, and each of its other snippets works together with it.
func TestAccDocumentationSnippets(t *testing.T) {
	paths := []string{"../README.md"}
	err := filepath.WalkDir("../docs", func(path string, _ fs.DirEntry, err error) error {
		if filepath.Ext(path) == ".md" {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil || len(paths) < 20 {
		t.Fatalf("pages %q: %v", paths, err)
	}
	for _, path := range paths {
		p := readPage(t, path)
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			t.Run("complete", func(t *testing.T) {
				t.Parallel()
				terraform := newCommand(t, "")
				if strings.Contains(p.example["main.tf"], "\naction ") {
					terraform.needsTerraform("actions", 1, 14)
				}
				terraform.lay(newDocumentedCluster(t), p.example)
				output := terraform.run(0, "plan", "-no-color")
				if strings.Contains(p.example["main.tf"], "\nresource ") {
					wantAll(t, output, "0 to change, 0 to destroy")
				}
				for name := range p.example {
					if strings.HasSuffix(name, ".tftest.hcl") {
						terraform.run(0, "test", "-no-color", "-filter="+name)
					}
				}
			})
			for _, s := range p.snippets {
				t.Run(fmt.Sprintf("line %d", s.line), func(t *testing.T) {
					t.Parallel()
					p.try(t, s)
				})
			}
		})
	}
}

// try runs a snippet with its page's example.
func (p page) try(t *testing.T, s snippet) {
	terraform := newCommand(t, "")
	c := newDocumentedCluster(t)
	files := maps.Clone(p.example)
	switch {
	case s.has("list"):
		terraform.needsTerraform("queries", 1, 14)
		files["snippet.tfquery.hcl"] = s.text
		terraform.lay(c, files)
		terraform.run(0, "validate", "-query", "-no-color")
		terraform.run(0, "query", "-no-color")
	case s.has("run", "mock_provider"):
		files["tests/snippet.tftest.hcl"] = s.text
		terraform.lay(c, files)
		terraform.run(0, "test", "-no-color", "-filter=tests/snippet.tftest.hcl")
	case s.has("import"):
		if strings.Contains(s.text, "identity") && !terraform.atLeast(1, 12) {
			t.Skip("identities came with Terraform and OpenTofu 1.12")
		}
		terraform.lay(c, p.mergedWith(t, s))
		wantAll(t, terraform.run(0, "plan", "-no-color"), "Plan: 1 to import", "0 to destroy")
	default:
		terraform.lay(c, p.mergedWith(t, s))
		terraform.run(0, "plan", "-no-color")
	}
}
