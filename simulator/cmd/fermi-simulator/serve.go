package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

type serveCommand struct {
	worldFlags `embed:""`
	Listen     string     `env:"FERMI_SIMULATOR_LISTEN" default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"${help_listen}"`
	Clock      string     `env:"FERMI_SIMULATOR_CLOCK" enum:"realtime,manual,auto," default:"" help:"${help_clock}, or else realtime."`
	LogLevel   slog.Level `env:"FERMI_SIMULATOR_LOG_LEVEL" default:"info" placeholder:"LEVEL" help:"${help_log_level}"`
	TLSCert    string     `name:"tls-cert" env:"FERMI_SIMULATOR_TLS_CERT" placeholder:"FILE" help:"Serve HTTPS with this PEM chain."`
	TLSKey     string     `name:"tls-key" env:"FERMI_SIMULATOR_TLS_KEY" placeholder:"FILE" help:"Private key of the certificate, in PEM."`
}

// drainTime is how long open requests may continue after a signal to stop.
const drainTime = 10 * time.Second

func (c *serveCommand) run() (int, error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	certificates, err := c.certificates()
	if err != nil {
		return 2, err
	}
	log := c.logger(c.LogLevel)
	sim, err := c.simulator(c.Listen, c.Clock, "realtime", log)
	if err != nil {
		return 1, err
	}
	listeners, err := listen(c.Listen, c.Token)
	if err != nil {
		return 1, err
	}
	server := newServer(sim, sim.Full(), log)
	scheme, serve := "http", server.Serve
	if certificates != nil {
		scheme, server.TLSConfig.Certificates = "https", certificates
		serve = func(l net.Listener) error { return server.ServeTLS(l, "", "") }
	}
	for _, l := range listeners {
		fmt.Printf("listening on %s://%s\n", scheme, l.Addr())
	}
	served := server.serve(listeners, serve)
	select {
	case err := <-served:
		return 1, err
	case <-ctx.Done():
	}
	stop() // restore the default: a second signal ends the process at once
	// End long polls first; each would delay the end until its own deadline.
	sim.Drain()
	drain, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	if err := server.drain(drain); err != nil {
		return 1, fmt.Errorf("requests still open after %s: %w", drainTime, err)
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		return 1, err
	}
	if err := sim.Close(); err != nil {
		return 1, err
	}
	return 0, nil
}

// certificates loads the TLS certificate. It returns nil if there are no flags for it.
func (c *serveCommand) certificates() ([]tls.Certificate, error) {
	if c.TLSCert == "" && c.TLSKey == "" {
		return nil, nil
	}
	if c.TLSCert == "" || c.TLSKey == "" {
		return nil, errors.New("--tls-cert and --tls-key go together: one of them is missing")
	}
	pair, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
	if err != nil {
		return nil, fmt.Errorf("--tls-cert %s, --tls-key %s: %w", c.TLSCert, c.TLSKey, err)
	}
	return []tls.Certificate{pair}, nil
}
