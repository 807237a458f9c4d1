package provider

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if binaryFolder != "" {
		_ = os.RemoveAll(binaryFolder)
	}
	os.Exit(code)
}

// binaryFolder holds the provider's binary once one is built.
var binaryFolder string

// buildProvider builds the provider, once in a test run.
var buildProvider = sync.OnceValue(func() error {
	folder, err := os.MkdirTemp("", "terraform-provider-fermi")
	if err != nil {
		return err
	}
	binaryFolder = folder
	output, err := exec.Command("go", "build", "-buildvcs=false", "-ldflags", "-X main.version=1.2.3 -X main.commit=0123456789abcdef",
		"-o", filepath.Join(folder, "terraform-provider-fermi"), "..").CombinedOutput()
	if err != nil {
		return fmt.Errorf("go build: %w\n%s", err, output)
	}
	return nil
})

// buildSimulator builds the simulator beside the provider, once in a test run.
var buildSimulator = sync.OnceValue(func() error {
	output, err := exec.Command("go", "build", "-buildvcs=false", "-o", filepath.Join(binaryFolder, "fermi-simulator"),
		"../simulator/cmd/fermi-simulator").CombinedOutput()
	if err != nil {
		return fmt.Errorf("go build: %w\n%s", err, output)
	}
	return nil
})

// A command is a real terraform or tofu in a folder of its own, which runs the real provider.
type command struct {
	t    *testing.T
	path string
	dir  string
	env  []string
}

// newCommand makes a folder with one configuration file; an empty one makes no file.
func newCommand(t *testing.T, config string) *command {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("Acceptance tests are skipped unless env 'TF_ACC' is set")
	}
	path, err := cliPath()
	if err != nil {
		t.Fatal(err)
	}
	if err := buildProvider(); err != nil {
		t.Fatal(err)
	}
	c := &command{t: t, path: path, dir: t.TempDir()}
	// An example without a required_providers block means the hashicorp namespace.
	overrides := ""
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		for _, namespace := range []string{"fermi-cluster", "hashicorp"} {
			overrides += fmt.Sprintf("    %q = %q\n", host+"/"+namespace+"/fermi", binaryFolder)
		}
	}
	settings := filepath.Join(t.TempDir(), "cli.tfrc")
	c.write(settings, "provider_installation {\n  dev_overrides {\n"+overrides+"  }\n  direct {}\n}\n")
	c.env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+settings, "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1")
	if config != "" {
		c.write(filepath.Join(c.dir, "main.tf"), config)
	}
	return c
}

// cliPath returns the path of the terraform or tofu under test.
func cliPath() (string, error) {
	if path := os.Getenv("TF_ACC_TERRAFORM_PATH"); path != "" {
		return path, nil
	}
	for _, name := range []string{"terraform", "tofu"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no terraform or tofu on the PATH, and TF_ACC_TERRAFORM_PATH isn't set")
}

func (c *command) write(path, content string) {
	c.t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// copy copies a file into the command's folder.
func (c *command) copy(path string) {
	c.t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		c.t.Fatal(err)
	}
	c.write(filepath.Join(c.dir, filepath.Base(path)), string(content))
}

// atLeast reports whether the command's version is major.minor or later.
func (c *command) atLeast(major, minor int) bool {
	c.t.Helper()
	// "Terraform v1.15.0" and "OpenTofu v1.12.6" are first lines.
	line, _, _ := strings.Cut(c.run(0, "version"), "\n")
	_, version, _ := strings.Cut(line, " v")
	var gotMajor, gotMinor int
	if _, err := fmt.Sscanf(version, "%d.%d", &gotMajor, &gotMinor); err != nil {
		c.t.Fatalf("version %q: %v", line, err)
	}
	return gotMajor > major || gotMajor == major && gotMinor >= minor
}

// needsTerraform skips a test of what only Terraform has, from major.minor on.
func (c *command) needsTerraform(feature string, major, minor int) {
	c.t.Helper()
	if version := c.run(0, "version"); !strings.HasPrefix(version, "Terraform") || !c.atLeast(major, minor) {
		line, _, _ := strings.Cut(version, "\n")
		c.t.Skipf("%s came with Terraform %d.%d, this is %s", feature, major, minor, line)
	}
}

// A process is a command that runs; output is complete once wait has returned.
type process struct {
	*exec.Cmd
	output bytes.Buffer
}

func (c *command) start(args ...string) *process {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	c.t.Cleanup(cancel)
	p := &process{Cmd: exec.CommandContext(ctx, c.path, args...)}
	p.Dir, p.Env = c.dir, c.env
	p.Stdout, p.Stderr = &p.output, &p.output
	if err := p.Start(); err != nil {
		c.t.Fatal(err)
	}
	return p
}

// run runs a command to its end, and checks its exit code.
func (c *command) run(wantCode int, args ...string) string {
	c.t.Helper()
	p := c.start(args...)
	c.wait(p, wantCode)
	return p.output.String()
}

// stdout runs a command that must succeed, and returns its output without warnings.
func (c *command) stdout(args ...string) string {
	c.t.Helper()
	p := exec.Command(c.path, args...)
	p.Dir, p.Env = c.dir, c.env
	output, err := p.Output()
	if err != nil {
		c.t.Fatalf("%v: %v\n%s", args, err, output)
	}
	return string(output)
}

func (c *command) wait(p *process, wantCode int) {
	c.t.Helper()
	err := p.Wait()
	if code := p.ProcessState.ExitCode(); code != wantCode {
		c.t.Fatalf("%v: %v, want exit code %d\n%s", p.Args[1:], err, wantCode, p.output.String())
	}
}
