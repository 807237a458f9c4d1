// Command load sends requests to a fermi-simulator at a fixed rate and measures it: as a soak test, or as rows for the
// table of tools/bench.
//
//	go run ./tools/load -simulator bin/fermi-simulator soak [-for 10m] [-rate 100]
//	go run ./tools/load -simulator bin/fermi-simulator bench
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "tools/load:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) > 0 && args[0] == "serve" {
		return serveBare()
	}
	flags := flag.NewFlagSet("load", flag.ContinueOnError)
	simulator := flags.String("simulator", "bin/fermi-simulator", "the program to drive")
	if err := flags.Parse(args); err != nil {
		return err
	}
	switch flags.Arg(0) {
	case "soak":
		soakFlags := flag.NewFlagSet("soak", flag.ContinueOnError)
		length := soakFlags.Duration("for", 10*time.Minute, "how long")
		rate := soakFlags.Float64("rate", 100, "requests a second")
		if err := soakFlags.Parse(flags.Args()[1:]); err != nil {
			return err
		}
		return soak(ctx, *simulator, *length, *rate)
	case "bench":
		return bench(ctx, *simulator)
	}
	return errors.New("want soak or bench")
}
