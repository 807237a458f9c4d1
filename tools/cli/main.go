// Command cli prints the path of a pinned command-line program. It builds the program first if it is not in the cache:
//
//	go run ./tools/cli [-from-path VERSION] terraform
//
// With -from-path it prints the program on the PATH instead, if that is of this version or newer.
//
// Programs are built from source because every machine that can build the provider can reach the Go module proxy. Each
// is built with its own go.mod and go.sum, so that its dependencies are independent of ours.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "tools/cli:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("cli", flag.ContinueOnError)
	oldest := flags.String("from-path", "", "use the program on the PATH, if it is of this `version` or newer")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return fmt.Errorf("usage: go run ./tools/cli [-from-path VERSION] NAME, where NAME is one of %s", strings.Join(names(), ", "))
	}
	name := flags.Arg(0)
	p, ok := programs[name]
	if !ok {
		return fmt.Errorf("no program %q is pinned here; choose one of %s, or pin it in tools/cli/programs.go",
			name, strings.Join(names(), ", "))
	}
	if *oldest != "" {
		if path, ok := onPath(ctx, name, *oldest); ok {
			fmt.Println(path)
			return nil
		}
	}
	p.name = name
	cache, err := os.UserCacheDir()
	if err != nil {
		return fmt.Errorf("find a folder for the cache: %w; set XDG_CACHE_HOME or HOME", err)
	}
	path, err := p.locate(ctx, cache)
	if err != nil {
		return err
	}
	fmt.Println(path)
	return nil
}
