package simulator

import (
	"context"
	"errors"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/engine"
)

// Mode is what drives virtual time.
type Mode string

// The clocks. Auto stands still until a client waits, then jumps from event to event; Manual moves only when it is
// advanced; Realtime follows the wall clock, times a speed.
const (
	Auto     Mode = "auto"
	Manual   Mode = "manual"
	Realtime Mode = "realtime"
)

// Clock returns the handle on virtual time.
func (s *Simulator) Clock() *Clock { return &Clock{s.server.Engine()} }

// Clock reads and moves virtual time.
type Clock struct{ engine *engine.Engine }

// Now returns the virtual time.
func (c *Clock) Now() time.Time { return c.engine.Clock().Now }

// Mode returns what drives the clock.
func (c *Clock) Mode() Mode { return Mode(c.engine.Clock().Mode) }

// Speed returns how many virtual seconds pass in a second while the clock is Realtime.
func (c *Clock) Speed() float64 { return c.engine.Clock().Speed }

// Advance runs everything due in the next d, then returns. It refuses to go back.
func (c *Clock) Advance(d time.Duration) error {
	return c.settled(func() (engine.Clock, error) { return c.engine.Advance(context.Background(), d) })
}

// AdvanceTo runs everything due until t, then returns. It refuses to go back.
func (c *Clock) AdvanceTo(t time.Time) error {
	return c.settled(func() (engine.Clock, error) { return c.engine.AdvanceTo(context.Background(), t) })
}

// AdvanceUntilIdle runs until no task has anything left to happen, for a year at most, or until ctx ends.
func (c *Clock) AdvanceUntilIdle(ctx context.Context) error {
	return c.settled(func() (engine.Clock, error) { return c.engine.AdvanceUntilIdle(ctx) })
}

// SetMode changes what drives the clock, from now on.
func (c *Clock) SetMode(m Mode) error {
	return c.settled(func() (engine.Clock, error) { return c.engine.SetMode(engine.Mode(m)) })
}

// SetSpeed changes the speed of a Realtime clock, from now on. On another clock it is kept for when that becomes Realtime.
func (c *Clock) SetSpeed(speed float64) error {
	return c.settled(func() (engine.Clock, error) { return c.engine.SetSpeed(speed) })
}

// settled does something and waits until it is on disk.
func (c *Clock) settled(do func() (engine.Clock, error)) error {
	mark := c.engine.Mark()
	_, err := do()
	return errors.Join(err, c.engine.SettleSince(mark))
}
