package main

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"slices"
	"strings"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/scenario"
)

// worldFlags are the flags that define what is simulated. All commands that serve share them.
type worldFlags struct {
	Scenario      string   `env:"FERMI_SIMULATOR_SCENARIO" placeholder:"FILE" help:"${help_scenario}"`
	Seed          *uint64  `env:"FERMI_SIMULATOR_SEED" help:"Seed of all random draws. ${help_default}, or else 1."`
	Speed         *float64 `env:"FERMI_SIMULATOR_SPEED" help:"${help_speed} ${help_default}, or else 1."`
	Data          string   `env:"FERMI_SIMULATOR_DATA" placeholder:"DIR" help:"${help_data}"`
	Token         string   `env:"FERMI_SIMULATOR_TOKEN" help:"Bearer token that clients must send."`
	ReadOnlyToken string   `env:"FERMI_SIMULATOR_READ_ONLY_TOKEN" help:"Bearer token that may only read. It needs --token."`
	AllowedHost   []string `env:"FERMI_SIMULATOR_ALLOWED_HOST" placeholder:"HOST" help:"${help_allowed_host}"`
	LogFormat     string   `env:"FERMI_SIMULATOR_LOG_FORMAT" enum:"text,json" default:"text" help:"${help_log_format}"`
}

// simulator returns the simulator defined by the flags. If clock is empty, a saved world keeps its clock and a new one
// uses newClock.
func (f *worldFlags) simulator(listen, clock, newClock string, log *slog.Logger) (*simulator.Simulator, error) {
	o := simulator.Options{
		ScenarioName: f.Scenario, Seed: f.Seed, Clock: simulator.Mode(clock), NewClock: simulator.Mode(newClock),
		Data: f.Data, Token: f.Token, ReadOnlyToken: f.ReadOnlyToken, Log: log, Version: version, Guard: true,
	}
	var err error
	if o.Hosts, err = f.hosts(listen); err != nil {
		return nil, err
	}
	if f.Speed != nil {
		if o.Speed = *f.Speed; !(o.Speed > 0) {
			return nil, fmt.Errorf("--speed %g: want a number above 0", o.Speed)
		}
	}
	if f.Scenario != "" {
		if o.Scenario, err = loadScenario(f.Scenario); err != nil {
			return nil, err
		}
	}
	return simulator.New(o)
}

// hosts returns the names and addresses of the server: the one that it listens on, and the allowed ones.
func (f *worldFlags) hosts(listen string) ([]string, error) {
	hosts := []string{}
	if host, _, err := net.SplitHostPort(listen); err == nil && host != "" {
		hosts = append(hosts, host)
	}
	for _, host := range f.AllowedHost {
		host = strings.TrimSpace(host)
		bare := strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
		if net.ParseIP(bare) == nil && (bare == "" || strings.ContainsAny(bare, ":/@?#* \t")) {
			return nil, fmt.Errorf("--allowed-host %q: want a name or an address, with no scheme and no port", host)
		}
		hosts = append(hosts, bare)
	}
	return hosts, nil
}

// logger returns a logger that writes to standard error.
func (f *worldFlags) logger(level slog.Level) *slog.Logger {
	o := &slog.HandlerOptions{Level: level}
	if f.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, o))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, o))
}

// loadScenario returns the name of a bundled scenario unchanged. Any other name is a file, whose text it returns.
func loadScenario(name string) (string, error) {
	if slices.Contains(scenario.Names(), name) {
		return name, nil
	}
	data, err := readScenario(name)
	if err != nil {
		return "", fmt.Errorf("--scenario: %w; the bundled scenarios are %s", err, strings.Join(scenario.Names(), ", "))
	}
	if _, err := scenario.Parse(data); err != nil {
		return "", fmt.Errorf("--scenario %s:\n%w", name, err)
	}
	return string(data), nil
}

// maxScenario is the maximum size of a scenario in bytes, also for the API.
const maxScenario = 1 << 20

// readScenario reads the text of a scenario.
func readScenario(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, maxScenario+1))
	if err == nil && len(data) > maxScenario {
		err = fmt.Errorf("%s is larger than 1 MiB, the limit for a scenario", name)
	}
	return data, err
}
