package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"
)

const (
	maxBinary = 40e6 // bytes
	maxSchema = 0.1e9
)

// measureProvider measures the release build of the provider with the given Terraform.
func measureProvider(ctx context.Context, terraform string, progress io.Writer) ([]result, error) {
	w, err := newWorkshop(ctx, terraform)
	if err != nil {
		return nil, err
	}
	defer w.close()
	binary := w.path("terraform-provider-fermi")
	info, err := os.Stat(binary)
	if err != nil {
		return nil, err
	}
	results := []result{{"size of the provider's binary", float64(info.Size()), maxBinary, "B/op", "limit"}}

	fmt.Fprintln(progress, "provider: start and schema")
	schema, err := schemaTime(ctx, binary)
	if err != nil {
		return nil, fmt.Errorf("ask the provider for its schema: %w", err)
	}
	results = append(results, result{"start of the provider to its schema", schema, maxSchema, "ns/op", "limit"})

	took, err := w.contend(ctx, contenders, progress)
	if err != nil {
		return nil, err
	}
	return append(results, compare(contenders, took)...), nil
}

// schemaTime returns the median time from the start of the provider until its schema has arrived, in nanoseconds.
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

// askSchema starts the provider as Terraform does and requests its schema.
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
	// An empty message keeps the schema as unknown fields.
	var schema emptypb.Empty
	err = connection.Invoke(ctx, "/tfplugin6.Provider/GetProviderSchema", &emptypb.Empty{}, &schema, grpc.MaxCallRecvMsgSize(64<<20))
	if err == nil && len(schema.ProtoReflect().GetUnknown()) == 0 {
		err = errors.New("it is empty")
	}
	return err
}

// serve starts a simulator and returns its address.
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

// runQuietly runs a command and shows its output only if it fails.
func runQuietly(cmd *exec.Cmd) error {
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, output)
	}
	return nil
}
