// Command figures replays the published workloads and prints a table of each published value, ours, and the difference.
// It reports run times on standard error.
//
//	go run ./simulator/internal/figures [-simulator PATH] [-readme FILE]
//
// FERMI_TRACE_DIR names the folder with the data. With -readme, the table also replaces the one in this file, between
// the two marker lines.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	simulator := flag.String("simulator", "bin/fermi-simulator", "path of the simulator, built by make build")
	readme := flag.String("readme", "", "also write the table into this file")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *simulator, *readme)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "figures:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, simulator, readme string) error {
	trace := os.Getenv("FERMI_TRACE_DIR")
	if trace == "" {
		return errNoData
	}
	text := ""
	if readme != "" {
		old, err := os.ReadFile(readme)
		if err != nil {
			return err
		}
		text = string(old)
		if _, err := block(text); err != nil { // check before the long replay
			return fmt.Errorf("looking for the table in %s: %w", readme, err)
		}
	}
	rows, times, err := measure(ctx, simulator, trace)
	if err != nil {
		return err
	}
	table := markdown(rows)
	fmt.Print(table)
	if err := writeTimes(os.Stderr, times); err != nil {
		return err
	}
	if readme == "" {
		return nil
	}
	old, err := block(text)
	if err != nil || old == table {
		return err
	}
	return os.WriteFile(readme, []byte(strings.Replace(text, begin+old+end, begin+table+end, 1)), 0o644)
}

var errNoData = errors.New(`FERMI_TRACE_DIR is not set, so there is nothing to replay. Set it to a folder with nodes.csv and
tasks_default.csv (openb_node_list_gpu_node.csv and openb_pod_list_default.csv of Alibaba's cluster-trace-gpu-v2023) and
published_allocated_default.csv (the rows of that list in the published analysis), beside a folder swf with KTH-SP2.easy.swf.gz,
SDSC-SP2.easy.swf.gz, CTC-SP2.easy.swf.gz and CEA-curie.easy.swf.gz (the logs with the waits of Gaussier et al.)`)

// The marker lines around the table in the README.
const (
	begin = "<!-- What follows is the output of make figures, which writes it. -->\n\n"
	end   = "\n<!-- End of the output of make figures. -->\n"
)

// block returns the text between the markers.
func block(text string) (string, error) {
	_, after, ok := strings.Cut(text, begin)
	table, _, ended := strings.Cut(after, end)
	if !ok || !ended {
		return "", fmt.Errorf("the table has no place: put the lines %q and %q where it belongs", strings.TrimSpace(begin),
			strings.TrimSpace(end))
	}
	return table, nil
}
