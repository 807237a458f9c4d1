// Package simulator is the Fermi cluster for tests and laptops: the whole API, on virtual time. A Simulator is an
// http.Handler, so a Go test serves it with httptest.
package simulator

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/engine"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/httpapi"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/scenario"
)

// Mode is what drives virtual time.
type Mode = engine.Mode

// The clocks. Auto stands still until a client waits, then jumps from event to event; Manual moves only when it is
// advanced; Realtime follows the wall clock, times a speed.
const (
	Auto     = engine.Auto
	Manual   = engine.Manual
	Realtime = engine.Realtime
)

// Options says what to simulate. The zero value is the default world on an auto clock, without a token.
type Options struct {
	Scenario *scenario.Scenario // nil for scenario.Default
	Seed     uint64             // of all random draws
	Clock    Mode               // "" for Auto
	Speed    float64            // of a realtime clock, virtual seconds a second; 0 for 1
	Token    string             // asked of every request when not empty
	// ReadOnlyToken may read and nothing else; it needs a Token beside it.
	ReadOnlyToken string
	// Log gets a line for each request (info; debug for health checks and scrapes) and for each panic in a handler
	// (error); nil for none. No line has a token, a body, a path or a query in it.
	Log *slog.Logger
	// Version is shown by /metrics.
	Version string
}

// Simulator serves one simulated cluster. It is safe for concurrent use.
type Simulator struct{ server *httpapi.Server }

// New makes a simulator. The error says what is wrong with the options.
func New(o Options) (*Simulator, error) {
	if o.Scenario == nil {
		o.Scenario = scenario.Default()
	}
	config, err := o.Scenario.World()
	if err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	server, err := httpapi.New(httpapi.Options{
		Config: config, Seed: o.Seed, Mode: o.Clock, Speed: o.Speed, Token: o.Token, ReadOnlyToken: o.ReadOnlyToken,
		Log: o.Log, Version: o.Version,
	})
	if err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	return &Simulator{server}, nil
}

// ServeHTTP implements http.Handler.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.server.ServeHTTP(w, r) }

// Close ends all waits, so that a server around the simulator can shut down. It always returns nil.
func (s *Simulator) Close() error {
	s.server.Close()
	return nil
}

// Clock returns the handle on virtual time.
func (s *Simulator) Clock() *Clock { return &Clock{s.server.Engine()} }

// Clock reads and moves virtual time.
type Clock struct{ engine *engine.Engine }

// Now returns the virtual time.
func (c *Clock) Now() time.Time { return c.engine.Clock().Now }

// Advance runs everything due in the next d, then returns. It refuses to go back.
func (c *Clock) Advance(d time.Duration) error {
	_, err := c.engine.Advance(d)
	return err
}

// AdvanceTo runs everything due until t, then returns. It refuses to go back.
func (c *Clock) AdvanceTo(t time.Time) error {
	_, err := c.engine.AdvanceTo(t)
	return err
}

// AdvanceUntilIdle runs until no task has anything left to happen, for a year at most, or until ctx ends.
func (c *Clock) AdvanceUntilIdle(ctx context.Context) error {
	_, err := c.engine.AdvanceUntilIdle(ctx)
	return err
}

// SetMode changes what drives the clock, from now on.
func (c *Clock) SetMode(m Mode) error {
	_, err := c.engine.SetClock(m, 0)
	return err
}
