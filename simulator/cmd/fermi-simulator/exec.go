package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/google/uuid"
)

type execCommand struct {
	worldFlags `embed:""`
	Listen     string     `env:"FERMI_SIMULATOR_LISTEN" default:"127.0.0.1:0" placeholder:"HOST:PORT" help:"${help_listen}"`
	Clock      string     `env:"FERMI_SIMULATOR_CLOCK" enum:"realtime,manual,auto," default:"" help:"${help_clock}, or else auto."`
	LogLevel   slog.Level `env:"FERMI_SIMULATOR_LOG_LEVEL" default:"warn" placeholder:"LEVEL" help:"${help_log_level}"`
	Command    []string   `arg:"" passthrough:"" help:"Command to run, after --. It finds the simulator by FERMI_ENDPOINT and FERMI_TOKEN."`
}

func (c *execCommand) run() (int, error) {
	command := c.Command
	if len(command) > 0 && command[0] == "--" {
		command = command[1:]
	}
	if len(command) == 0 {
		return 2, errors.New("no command; want fermi-simulator exec -- COMMAND")
	}
	if c.Token == "" {
		c.Token = uuid.NewString()
	}
	log := c.logger(c.LogLevel)
	sim, err := c.simulator(c.Listen, c.Clock, "auto", log)
	if err != nil {
		return 1, err
	}
	listeners, err := listen(c.Listen, c.Token)
	if err != nil {
		return 1, err
	}
	server := newServer(sim, sim.Full(), log)
	_ = server.serve(listeners, server.Serve)
	// The command has ended, so there are no requests to wait for.
	defer func() { _ = errors.Join(server.Close(), sim.Close()) }()

	child := exec.Command(command[0], command[1:]...)
	child.Stdin, child.Stdout, child.Stderr = os.Stdin, os.Stdout, os.Stderr
	child.Env = append(os.Environ(), "FERMI_ENDPOINT=http://"+listeners[0].Addr().String(), "FERMI_TOKEN="+c.Token)
	return runChild(child)
}

// runChild runs a command to its end, forwards signals to it, and returns its exit status. As in shells, that is 128 + N
// if signal N ended the command.
func runChild(child *exec.Cmd) (int, error) {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, forwarded...)
	defer signal.Stop(signals)
	restore := ownGroup(child)
	defer restore()
	if err := child.Start(); err != nil {
		status := 126
		if errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist) {
			status = 127
		}
		return status, fmt.Errorf("start the command: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- child.Wait() }()
	for {
		select {
		case s := <-signals:
			forward(child, s)
		case err := <-ended:
			var exit *exec.ExitError
			switch {
			case err == nil:
				return 0, nil
			case !errors.As(err, &exit):
				return 1, err
			}
			if s, ok := exit.Sys().(syscall.WaitStatus); ok && s.Signaled() {
				return 128 + int(s.Signal()), nil
			}
			return exit.ExitCode(), nil
		}
	}
}
