package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/scenario"
)

// worldFlags say what is simulated; all commands that serve share them.
type worldFlags struct {
	Scenario      string  `env:"FERMI_SIMULATOR_SCENARIO" default:"default" placeholder:"FILE" help:"The world to simulate: a YAML file, or a bundled one by its name: default, busy, flaky, large."`
	Seed          uint64  `env:"FERMI_SIMULATOR_SEED" default:"1" help:"Seed of all random draws."`
	Speed         float64 `env:"FERMI_SIMULATOR_SPEED" default:"1" help:"Virtual seconds a second, with the realtime clock."`
	Token         string  `env:"FERMI_SIMULATOR_TOKEN" help:"Bearer token that clients must send."`
	ReadOnlyToken string  `env:"FERMI_SIMULATOR_READ_ONLY_TOKEN" help:"Another one, that may only read."`
}

func (f *worldFlags) simulator(clock string) (*simulator.Simulator, error) {
	o := simulator.Options{Seed: f.Seed, Clock: simulator.Mode(clock), Speed: f.Speed, Token: f.Token, ReadOnlyToken: f.ReadOnlyToken}
	if !(f.Speed > 0) {
		return nil, fmt.Errorf("--speed %g: want a number above 0", f.Speed)
	}
	var err error
	if o.Scenario, err = loadScenario(f.Scenario); err != nil {
		return nil, err
	}
	return simulator.New(o)
}

// loadScenario reads a bundled scenario by its name, or a file.
func loadScenario(name string) (*scenario.Scenario, error) {
	if slices.Contains(scenario.Names(), name) {
		return scenario.Named(name)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("--scenario: %w; the bundled scenarios are %s", err, strings.Join(scenario.Names(), ", "))
	}
	s, err := scenario.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("--scenario %s:\n%w", name, err)
	}
	return s, nil
}

// listen opens a socket. Beyond loopback anyone could use the simulator, so a token is needed there.
func listen(address, token string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("--listen %s: %w; want HOST:PORT", address, err)
	}
	if ip := net.ParseIP(host); token == "" && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("--listen %s is open to other machines, which needs a --token; or listen on 127.0.0.1", address)
	}
	return net.Listen("tcp", address)
}

// newServer limits what slow or broken clients can hold. Answers have no time limit, for clients may wait long for one.
func newServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10,
	}
}

func serveErr(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
