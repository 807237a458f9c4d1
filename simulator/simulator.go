// Package simulator is the Fermi cluster for tests and laptops: the whole API, on virtual time. A Simulator is an
// http.Handler, so a Go test serves it with httptest.
//
// What only a simulated cluster can do, the control plane /sim/v1 over HTTP, a Go program does with the handles of a Simulator:
// Clock moves virtual time, Faults make requests fail, Nodes and Environments stop and return, and Requests are the journal of what
// was asked. Snapshot, Restore, SetScenario and Reset are about the whole world. Both ways act on the same cluster, with the same
// checks. A change is in the data folder, where there is one, before the call returns; faults and the journal are never saved.
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

// Options says what to simulate. The zero value is the default world on an auto clock, without a token.
type Options struct {
	// Scenario is the world: a scenario in YAML, or the name of a bundled one, see Scenarios. "" is the saved world, or the
	// default one.
	Scenario string
	// ScenarioName is the scenario's name in errors. "" is Scenario itself where that is a name.
	ScenarioName string
	Seed         *uint64 // of all random draws; nil for the saved world's, or DefaultSeed
	Clock        Mode    // "" for the saved clock, or for NewClock
	Speed        float64 // of a realtime clock, virtual seconds a second; 0 for the saved clock's, or for 1
	// Data is a folder in which the world outlasts the process, whatever ends that: what was answered is on disk. A folder
	// with a saved world goes on with it, and with no other. "" keeps the world in memory only.
	Data string
	// NewClock is the clock of a new world if Clock is "". "" is Auto.
	NewClock Mode
	Token    string // asked of every request when not empty
	// ReadOnlyToken may read and nothing else; it needs a Token beside it.
	ReadOnlyToken string
	// Guard refuses requests that web pages of other servers may have caused: those whose Origin is not the Host itself, and
	// those whose Host is neither a loopback host nor one of Hosts. With a Token it does nothing, since such a page has none.
	Guard bool
	Hosts []string // names and addresses, without ports
	// Log gets a line for each request (info; debug for health checks and scrapes) and for each panic in a handler
	// (error); nil for none. No line has a token, a body, a path or a query in it.
	Log *slog.Logger
	// Check holds the world against its invariants after every change, for debugging: it takes long in a large world, and
	// a request that finds one broken panics.
	Check bool
	// Version is shown by /metrics.
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

// New makes a simulator. The error says what is wrong with the options or with the data folder, which is then as it was.
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

// Full answers in the place of the simulator when the server around it has too many clients: health checks as ever, and
// everything else with 503.
func (s *Simulator) Full() http.Handler { return s.server.Full(s.handler) }

// Drain ends all waits and makes /readyz say no, so that a server around the simulator can shut down.
func (s *Simulator) Drain() { s.server.Close() }

// Close drains, saves what nobody has asked about yet and closes the data folder. The error is that of saving; without a
// data folder it is nil.
func (s *Simulator) Close() error {
	s.Drain()
	if s.store == nil {
		return nil
	}
	return errors.Join(s.server.Engine().Settle(), s.store.Close())
}
