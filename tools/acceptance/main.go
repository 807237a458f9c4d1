// Command acceptance runs the acceptance tests once for each of the given Terraform and OpenTofu CLIs, and prints a
// summary for each:
//
//	go run ./tools/acceptance [-race] [-run REGEXP] [-packages LIST] [-flags LIST] CLI...
//
// Tests of features that a CLI lacks are skipped. The summary names them, so that skips are not overlooked.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	race := flag.Bool("race", false, "run the tests under the race detector")
	pattern := flag.String("run", "", "run only the tests that match this regular expression")
	packages := flag.String("packages", "./...", "the packages to test, separated by spaces")
	flags := flag.String("flags", "", "more flags of go test and of the tests, separated by spaces")
	flag.Parse()

	// The suite starts a CLI hundreds of times. On a busy machine that exceeds go test's default of ten minutes.
	args := []string{"-count=1", "-timeout=60m", "-vet=off"}
	if *race {
		args = append(args, "-race")
	}
	if *pattern != "" {
		args = append(args, "-run", *pattern)
	}
	args = append(args, strings.Fields(*packages)...)
	// Flags that only the tests know must follow the packages.
	args = append(args, strings.Fields(*flags)...)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := runAll(ctx, flag.Args(), args)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "tools/acceptance:", err)
		os.Exit(1)
	}
}

func runAll(ctx context.Context, paths, testArgs []string) error {
	if len(paths) == 0 {
		return fmt.Errorf("no CLI: name the path of at least one terraform or tofu")
	}
	var failed []string
	var results []*result
	for _, path := range paths {
		c, err := probe(ctx, path)
		if err != nil {
			return err
		}
		fmt.Printf("=== acceptance tests on %s (%s)\n", c.name, c.path)
		r, err := c.test(ctx, testArgs)
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("interrupted while the tests ran on %s", c.name)
		case err != nil:
			failed = append(failed, fmt.Sprintf("%s (%s)", c.name, err))
		case r.passed == 0:
			failed = append(failed, c.name+" (no test passed: do -run and -packages match any?)")
		}
		results = append(results, r)
	}
	for _, r := range results {
		for _, name := range r.skipped {
			fmt.Printf("skipped on %s: %s\n", r.cli, name)
		}
	}
	for _, r := range results {
		for _, line := range r.attributes {
			fmt.Printf("%s: %s\n", r.cli, line)
		}
		fmt.Printf("%s: %d passed, %d failed, %d skipped\n", r.cli, r.passed, r.failed, len(r.skipped))
	}
	if len(failed) > 0 {
		return fmt.Errorf("the acceptance tests fail on %s; the output above says why", strings.Join(failed, ", "))
	}
	return nil
}

// cli is a Terraform or OpenTofu executable.
type cli struct {
	path string
	name string // a display name without spaces: OpenTofu-1.12.6
	host string // the registry host of unqualified provider addresses
}

func probe(ctx context.Context, path string) (cli, error) {
	cmd := exec.CommandContext(ctx, path, "version")
	cmd.Env = append(os.Environ(), quiet...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return cli{}, fmt.Errorf("ask %s for its version: %w; its own message, if any, is above", path, err)
	}
	// The first line is "Terraform v1.15.0" or "OpenTofu v1.12.6".
	product, version, ok := strings.Cut(strings.SplitN(string(out), "\n", 2)[0], " v")
	host, known := map[string]string{
		"Terraform": "registry.terraform.io",
		"OpenTofu":  "registry.opentofu.org",
	}[product]
	if !ok || !known {
		return cli{}, fmt.Errorf("%s is neither Terraform nor OpenTofu; asked for its version it says:\n%s", path, out)
	}
	return cli{path: path, name: product + "-" + version, host: host}, nil
}

// quiet keeps a CLI off the network and away from the user's configuration, whose dev_overrides could replace our
// provider.
var quiet = []string{"CHECKPOINT_DISABLE=1", "TF_CLI_CONFIG_FILE=" + os.DevNull}

func (c cli) test(ctx context.Context, args []string) (*result, error) {
	cmd := exec.CommandContext(ctx, "go", append([]string{"test", "-json"}, args...)...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.Env = append(os.Environ(), quiet...)
	if os.Getenv("GOGC") == "" {
		// A CLI lives for a second. Collecting its garbage would take a fifth of the suite's time.
		cmd.Env = append(cmd.Env, "GOGC=400")
	}
	cmd.Env = append(cmd.Env, "TF_ACC=1", "TF_ACC_TERRAFORM_PATH="+c.path, "TF_ACC_PROVIDER_HOST="+c.host)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start go test: %w", err)
	}
	r := &result{cli: c.name}
	readErr := r.read(out, os.Stdout)
	if err := cmd.Wait(); err != nil {
		return r, fmt.Errorf("go test: %w", err)
	}
	return r, readErr
}
