// Package simulator is the Fermi cluster for tests and laptops: the whole API, on virtual time. A Simulator is an
// http.Handler, so a Go test serves it with httptest.
//
// A simulated cluster can also be operated. Over HTTP that is the control plane, /sim/v1. In Go it is the handles of a Simulator: Clock
// moves virtual time, Faults makes requests fail, Nodes and Environments take parts of the cluster out of service and back,
// Requests is the journal of requests, and Snapshot, Restore, SetScenario and Reset replace the world. Both ways act on the
// same cluster with the same checks. With a data folder a change is saved before the call returns. Faults and the journal are
// never saved.
package simulator

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/console"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/engine"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/httpapi"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/scenario"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/store"
)

// Options holds the parameters of a Simulator. The zero value is the default world on an auto clock, without a token.
type Options struct {
	// Scenario is the world: a scenario in YAML, or the name of a bundled one, see Scenarios. "" is the saved world, or the
	// default one.
	Scenario string
	// ScenarioName is the scenario's name in errors. "" is Scenario itself, if that is a name.
	ScenarioName string
	Seed         *uint64 // of all random draws; nil for the saved world's, or DefaultSeed
	Clock        Mode    // "" for the saved clock, or for NewClock
	Speed        float64 // of a realtime clock, virtual seconds a second; 0 for the saved clock's, or for 1
	// Data is a folder that keeps the world. Whatever ends the process, everything that was answered is on disk. If the folder holds
	// a world, the simulator continues it, and refuses another scenario or seed. "" keeps the world in memory only.
	Data string
	// NewClock is the clock of a new world if Clock is "". "" is Auto.
	NewClock Mode
	Token    string // every request must have it; "" is none
	// ReadOnlyToken allows reading only. It requires a Token.
	ReadOnlyToken string
	// Guard refuses requests that another server's web page may have caused: those whose Origin isn't the Host, and those whose Host is
	// neither loopback nor one of Hosts. With a Token it does nothing, since such a page doesn't have it.
	Guard bool
	Hosts []string // names and addresses, without ports
	// Log receives a record for each request (info; debug for health checks and scrapes) and for each panic in a handler (error). nil
	// is no log. No record contains a token, a body, a path or a query.
	Log *slog.Logger
	// Check tests the world's invariants after every change and panics if one is violated. It is for debugging, and slow in a large
	// world.
	Check bool
	// Version is the build's version in /metrics.
	Version string
}

// DefaultSeed is the seed of a new world if Options.Seed is nil.
const DefaultSeed = 1

// Scenarios returns the names of the bundled scenarios; the first is the default one.
func Scenarios() []string { return scenario.Names() }

// ScenarioText returns a bundled scenario in YAML, complete and ready to be changed. The error says that no bundled scenario
// has the name.
func ScenarioText(name string) (string, error) {
	s, err := scenario.Named(name)
	if err != nil {
		return "", err
	}
	return s.Text()
}

// Simulator serves one simulated cluster. It is safe for concurrent use.
type Simulator struct {
	server  *httpapi.Server
	store   *store.Store // nil without a data folder
	handler http.Handler // the server, and the pages beside it
}

// New returns a simulator. The error says what is wrong with the options or with the data folder, which is then unchanged.
func New(o Options) (*Simulator, error) {
	s, err := newSimulator(o)
	if err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	s.handler = console.Handler(s.server, console.Options{Token: o.Token != ""})
	if o.Guard && o.Token == "" {
		s.handler = s.server.Guard(s.handler, o.Hosts)
	}
	return s, nil
}

func newSimulator(o Options) (*Simulator, error) {
	world := httpapi.Options{
		Access: httpapi.Access{Token: o.Token, ReadOnlyToken: o.ReadOnlyToken, Log: o.Log, Version: o.Version}, Parse: parse,
		Options: engine.Options{
			Seed: DefaultSeed, Mode: engine.Mode(o.Clock), NewMode: engine.Mode(o.NewClock), Speed: o.Speed, Check: o.Check,
		},
	}
	if o.Seed != nil {
		world.Seed = *o.Seed
	}
	if o.Data == "" {
		if err := describe(&world, &o); err != nil {
			return nil, err
		}
		server, err := httpapi.New(world)
		if err != nil {
			return nil, err
		}
		return &Simulator{server: server}, nil
	}
	kept, saved, err := store.Open(o.Data)
	if err != nil {
		return nil, err
	}
	world.Store, world.Saved = kept, saved
	server, err := openSaved(world, &o)
	if err != nil {
		_ = kept.Close()
		return nil, err
	}
	return &Simulator{server: server, store: kept}, nil
}

// ServeHTTP implements http.Handler. It answers the API, and the pages of package console.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Full returns a handler for a server that has too many clients: it answers health checks as usual and everything else with 503.
func (s *Simulator) Full() http.Handler { return s.server.Full(s.handler) }

// Drain ends all waits and makes /readyz say no, so that a server around the simulator can shut down.
func (s *Simulator) Drain() { s.server.Close() }

// Close drains, saves what isn't saved yet, and closes the data folder. It returns the error of saving.
func (s *Simulator) Close() error {
	s.Drain()
	if s.store == nil {
		return nil
	}
	return errors.Join(s.server.Engine().Settle(), s.store.Close())
}
