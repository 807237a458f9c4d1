// Command fermi-simulator serves a simulated Fermi cluster.
package main

import (
	"fmt"
	"os"

	"github.com/alecthomas/kong"
)

var version = "dev" // set by the linker

type commands struct {
	Serve    serveCommand     `cmd:"" help:"Serve a simulated cluster until stopped."`
	Exec     execCommand      `cmd:"" help:"Run a command with a simulated cluster of its own."`
	Validate validateCommand  `cmd:"" help:"Check scenarios and report each error with its line and column."`
	Replay   replayCommand    `cmd:"" help:"Replay a recorded workload, as in published experiments."`
	Version  kong.VersionFlag `help:"Print the version."`
}

func main() {
	unsetEmpty()
	var c commands
	parser := kong.Must(&c,
		kong.Name("fermi-simulator"),
		kong.Description("A simulated Fermi GPU cluster: the whole API, in virtual time."),
		kong.UsageOnError(),
		kong.Vars{"version": version}, help,
		kong.WithBeforeReset(refuseEmpty),
	)
	parsed, err := parser.Parse(os.Args[1:])
	parser.FatalIfErrorf(err)
	status, err := parsed.Selected().Target.Addr().Interface().(runner).run()
	if err != nil {
		fmt.Fprintf(os.Stderr, "fermi-simulator %s: %v\n", parsed.Command(), err)
		status = max(status, 1)
	}
	os.Exit(status)
}

// runner is a command. It returns the exit status.
type runner interface{ run() (int, error) }
