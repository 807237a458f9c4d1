package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"
)

// tasks is how many resources Terraform handles in each run.
const tasks = 1000

const (
	maxBinary = 40e6 // bytes
	maxSchema = 0.1e9
)

// These are the same thousand things: in the provider's hands, in Terraform's own, and in those of a provider that does nothing.
const (
	tasksConfig = `terraform {
  required_providers {
    fermi = { source = "fermi-cluster/fermi" }
  }
}
resource "fermi_training_task" "bench" {
  count              = %d
  task_name          = "bench-${count.index}"
  dataset_id         = "dataset-001"
  dataset_version_id = "version-001"
  launch_mode        = "existing"
  environment_id     = "env-001"
}
`
	dataConfig = `resource "terraform_data" "bench" {
  count = %d
  input = {
    task_name          = "bench-${count.index}"
    dataset_id         = "dataset-001"
    dataset_version_id = "version-001"
    launch_mode        = "existing"
    environment_id     = "env-001"
  }
}
`
	plainConfig = `terraform {
  required_providers {
    plain = { source = "fermi-cluster/plain" }
  }
}
resource "plain_task" "bench" {
  count              = %d
  task_name          = "bench-${count.index}"
  dataset_id         = "dataset-001"
  dataset_version_id = "version-001"
  launch_mode        = "existing"
  environment_id     = "env-001"
}
`
)

// steps are what Terraform does, one after the other in the same folder.
var steps = []struct {
	what string
	args []string
	aim  string
}{
	{"plan the creation of 1,000 tasks", []string{"plan", "-out=plan"}, "0.67×"},
	{"apply that plan", []string{"apply", "plan"}, "0.50×"},
	{"refresh them", []string{"apply", "-refresh-only", "-auto-approve"}, "0.67×"},
	{"plan without a change, refresh included", []string{"plan"}, "0.67×"},
}

// measureProvider measures the provider as it is released, with Terraform at the given path.
func measureProvider(ctx context.Context, terraform string, progress io.Writer) ([]line, error) {
	work, err := os.MkdirTemp("", "fermi-bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(work)
	binary := filepath.Join(work, "terraform-provider-fermi")
	for output, pkg := range map[string]string{
		binary: ".", filepath.Join(work, "fermi-simulator"): "./simulator/cmd/fermi-simulator", filepath.Join(work, "terraform-provider-plain"): "./tools/bench/plain",
	} {
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", output, pkg)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if err := runQuietly(build); err != nil {
			return nil, err
		}
	}
	info, err := os.Stat(binary)
	if err != nil {
		return nil, err
	}
	lines := []line{{"size of the provider's binary", float64(info.Size()), maxBinary, "B/op", "limit"}}

	fmt.Fprintln(progress, "provider: start and schema")
	schema, err := schemaTime(ctx, binary)
	if err != nil {
		return nil, fmt.Errorf("ask the provider for its schema: %w", err)
	}
	lines = append(lines, line{"start of the provider to its schema", schema, maxSchema, "ns/op", "limit"})

	api, stop, err := serve(ctx, filepath.Join(work, "fermi-simulator"))
	if err != nil {
		return nil, fmt.Errorf("start the simulator: %w", err)
	}
	defer stop()
	settings := filepath.Join(work, "cli.tfrc")
	overrides := fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"fermi-cluster/fermi\" = %q\n    \"fermi-cluster/plain\" = %q\n  }\n  direct {}\n}\n", work, work)
	if err := os.WriteFile(settings, []byte(overrides), 0o600); err != nil {
		return nil, err
	}
	env := append(os.Environ(), "FERMI_ENDPOINT="+api, "TF_CLI_CONFIG_FILE="+settings, "CHECKPOINT_DISABLE=1",
		// The plain provider would write a log that nobody reads.
		"TF_LOG_SDK=OFF", "TF_LOG_SDK_FRAMEWORK=OFF", "TF_LOG_SDK_PROTO=OFF", "TF_LOG_PROVIDER_PLAIN=OFF")
	var took [3][]time.Duration
	for i, config := range []string{tasksConfig, dataConfig, plainConfig} {
		took[i], err = timeSteps(ctx, terraform, filepath.Join(work, fmt.Sprint(i)), fmt.Sprintf(config, tasks), env, progress)
		if err != nil {
			return nil, err
		}
	}
	for i, step := range steps {
		lines = append(lines,
			line{step.what, float64(took[0][i]), float64(took[1][i]), "ns/op", "terraform_data; aim " + step.aim},
			line{"the same", float64(took[0][i]), float64(took[2][i]), "ns/op", "the plainest resource of a provider"})
	}
	return lines, nil
}

// timeSteps takes a configuration through all steps.
func timeSteps(ctx context.Context, terraform, folder, config string, env []string, progress io.Writer) ([]time.Duration, error) {
	if err := os.Mkdir(folder, 0o700); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(folder, "main.tf"), []byte(config), 0o600); err != nil {
		return nil, err
	}
	var took []time.Duration
	for _, step := range steps {
		// Options come before the name of a plan's file.
		args := slices.Concat(step.args[:1], []string{"-no-color", "-input=false"}, step.args[1:])
		cmd := exec.CommandContext(ctx, terraform, args...)
		cmd.Dir, cmd.Env = folder, env
		began := time.Now()
		if err := runQuietly(cmd); err != nil {
			return nil, err
		}
		took = append(took, time.Since(began))
		fmt.Fprintf(progress, "%s: %s\n", strings.Join(args, " "), took[len(took)-1].Round(time.Millisecond))
	}
	return took, nil
}

// schemaTime is the median, in nanoseconds, of the time from the provider's start to its schema's arrival.
func schemaTime(ctx context.Context, binary string) (float64, error) {
	var took []time.Duration
	for range 9 {
		began := time.Now()
		if err := askSchema(ctx, binary); err != nil {
			return 0, err
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	return float64(took[len(took)/2]), nil
}

// askSchema starts the provider as Terraform does, and asks it for its schema.
func askSchema(ctx context.Context, binary string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	provider := exec.CommandContext(ctx, binary)
	provider.Env = append(os.Environ(), "PLUGIN_PROTOCOL_VERSIONS=6",
		"TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2")
	output, err := provider.StdoutPipe()
	if err != nil {
		return err
	}
	if err := provider.Start(); err != nil {
		return err
	}
	defer func() {
		_ = provider.Process.Kill()
		_ = provider.Wait()
	}()
	// core protocol | plugin protocol | network | address | encoding
	hello, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		return err
	}
	parts := strings.Split(hello, "|")
	if len(parts) < 5 {
		return fmt.Errorf("its first line is %q, which is no plugin's", hello)
	}
	target := parts[3]
	if parts[2] == "unix" {
		target = "unix://" + target
	}
	connection, err := grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer connection.Close()
	// The schema's fields are unknown to an empty message, which keeps them as they came.
	var schema emptypb.Empty
	err = connection.Invoke(ctx, "/tfplugin6.Provider/GetProviderSchema", &emptypb.Empty{}, &schema, grpc.MaxCallRecvMsgSize(64<<20))
	if err == nil && len(schema.ProtoReflect().GetUnknown()) == 0 {
		err = errors.New("it is empty")
	}
	return err
}

// serve starts a simulated cluster and returns its address.
func serve(ctx context.Context, simulator string) (address string, stop func(), err error) {
	cmd := exec.CommandContext(ctx, simulator, "serve", "--clock", "auto", "--listen", "127.0.0.1:0")
	output, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	first, err := bufio.NewReader(output).ReadString('\n')
	address, found := strings.CutPrefix(strings.TrimSpace(first), "listening on ")
	if err != nil || !found {
		stop()
		return "", nil, fmt.Errorf("its first line is %q: %w", first, err)
	}
	return address, stop, nil
}

// runQuietly shows what a command said only when it fails.
func runQuietly(cmd *exec.Cmd) error {
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, output)
	}
	return nil
}
