package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

type serveCommand struct {
	worldFlags `embed:""`
	Listen     string `env:"FERMI_SIMULATOR_LISTEN" default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Address to serve at; port 0 picks a free one."`
	Clock      string `env:"FERMI_SIMULATOR_CLOCK" enum:"realtime,manual,auto" default:"realtime" help:"What drives virtual time: realtime, manual or auto."`
}

// drainTime is how long open requests may go on after a signal to stop.
const drainTime = 10 * time.Second

func (c *serveCommand) run() (int, error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	sim, err := c.simulator(c.Clock)
	if err != nil {
		return 1, err
	}
	listener, err := listen(c.Listen, c.Token)
	if err != nil {
		return 1, err
	}
	fmt.Printf("listening on http://%s\n", listener.Addr())
	server := newServer(sim)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return 1, err
	case <-ctx.Done():
	}
	// Waits end first: each would else hold the shutdown until its time is up.
	_ = sim.Close()
	drain, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	if err := server.Shutdown(drain); err != nil {
		return 1, fmt.Errorf("requests still open after %s: %w", drainTime, err)
	}
	return 0, serveErr(<-served)
}
