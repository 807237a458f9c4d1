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

// worldFlags say what is simulated; all commands that serve share them.
type worldFlags struct {
	Scenario      string   `env:"FERMI_SIMULATOR_SCENARIO" placeholder:"FILE" help:"The world to simulate: a YAML file, or a bundled one by its name: default, busy, flaky, large. Without it the default one, or the one in the data folder."`
	Seed          *uint64  `env:"FERMI_SIMULATOR_SEED" help:"Seed of all random draws, 1 where nothing else is said, or the one in the data folder."`
	Speed         *float64 `env:"FERMI_SIMULATOR_SPEED" help:"Virtual seconds a second, with the realtime clock: 1 where nothing else is said, or the one in the data folder."`
	Data          string   `env:"FERMI_SIMULATOR_DATA" placeholder:"DIR" help:"Keep the world in this folder: it outlasts the process, whatever ends that. Without it the world is gone with the process."`
	Token         string   `env:"FERMI_SIMULATOR_TOKEN" help:"Bearer token that clients must send."`
	ReadOnlyToken string   `env:"FERMI_SIMULATOR_READ_ONLY_TOKEN" help:"Another one, that may only read."`
	AllowedHost   []string `env:"FERMI_SIMULATOR_ALLOWED_HOST" placeholder:"HOST" help:"A name or address of this server besides loopback ones and the one in --listen; repeatable. Without a token others are refused."`
	LogFormat     string   `env:"FERMI_SIMULATOR_LOG_FORMAT" enum:"text,json" default:"text" help:"Form of the log on standard error: text or json."`
}

// simulator makes what the flags say; an empty clock leaves a saved one as it is, and starts a new world with the other.
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

// hosts are the names that the server is called by: the one in the address to listen on, and those that are allowed.
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

// logger writes to standard error what is at or above a level.
func (f *worldFlags) logger(level slog.Level) *slog.Logger {
	o := &slog.HandlerOptions{Level: level}
	if f.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, o))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, o))
}

// loadScenario returns the name of a bundled scenario as it is, and of all others the file's text.
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

// maxScenario is how long a scenario may be, in bytes; the API takes no more either.
const maxScenario = 1 << 20

// readScenario reads a scenario's text.
func readScenario(name string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, maxScenario+1))
	if err == nil && len(data) > maxScenario {
		err = fmt.Errorf("%s is over 1 MiB, which is too much for a scenario", name)
	}
	return data, err
}
