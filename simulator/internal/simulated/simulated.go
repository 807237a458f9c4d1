// Package simulated is the simulated cluster as the API sees it: an engine behind backend.Cluster.
package simulated

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/backend"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/catalog"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/engine"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/forecast"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/history"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// Cluster is the cluster that an engine runs. It keeps a history, and may be durable.
type Cluster struct{ engine *engine.Engine }

var (
	_ backend.Cluster   = (*Cluster)(nil)
	_ backend.Historian = (*Cluster)(nil)
	_ backend.Durable   = (*Cluster)(nil)
)

// New returns the cluster that e runs.
func New(e *engine.Engine) *Cluster { return &Cluster{e} }

// Info implements backend.Cluster.
func (c *Cluster) Info() backend.Info { return c.engine.Cluster() }

// Now implements backend.Clock.
func (c *Cluster) Now() time.Time { return c.engine.Clock().Now }

// Time implements backend.Clock.
func (c *Cluster) Time(t des.Time) time.Time { return c.engine.Time(t) }

// Ready implements backend.Cluster.
func (c *Cluster) Ready() error {
	if c.engine.Failing() != nil {
		return errors.New("the state could not be saved")
	}
	return nil
}

// Close implements backend.Cluster.
func (c *Cluster) Close() { c.engine.Close() }

// Mark implements backend.Durable.
func (c *Cluster) Mark() backend.Mark { return c.engine.Mark() }

// SettleSince implements backend.Durable.
func (c *Cluster) SettleSince(m backend.Mark) error { return c.engine.SettleSince(m) }

// Catalog implements backend.Inventory.
func (c *Cluster) Catalog() *catalog.Indexed { return c.engine.Catalog() }

// Zones implements backend.Inventory.
func (c *Cluster) Zones(context.Context) (zones []world.ZoneView, err error) {
	c.engine.View(func(w *world.World) { zones = w.Zones() })
	return zones, nil
}

// History implements backend.Historian.
func (c *Cluster) History(_ context.Context, window int) (h backend.History, err error) {
	c.engine.History(func(w *world.World, r *history.Recorder) {
		h = backend.History{Series: r.Read(window, w.Now()), Pools: w.Pools(), Now: w.Now()}
	})
	return h, nil
}

// Estimate implements backend.Cluster. It holds the world only while it is copied; the forks run beside everything else.
func (c *Cluster) Estimate(ctx context.Context, d world.Draft) (forecast.Answer, error) {
	var question *forecast.Request
	var err error
	c.engine.View(func(w *world.World) {
		var spec world.Spec
		if spec, err = w.Resolve(d); err == nil {
			question, err = forecast.NewRequest(w, spec)
		}
	})
	if err != nil {
		return forecast.Answer{}, err
	}
	answer, ok := question.Answer(onAllCores(ctx))
	if !ok {
		return forecast.Answer{}, ctx.Err()
	}
	return answer, nil
}

// onAllCores runs functions in parallel, one on each core, until ctx ends.
func onAllCores(ctx context.Context) forecast.Each {
	return func(n int, f func(int)) bool {
		var workers errgroup.Group
		workers.SetLimit(runtime.GOMAXPROCS(0))
		for i := range n {
			workers.Go(func() error {
				if ctx.Err() == nil {
					f(i)
				}
				return ctx.Err()
			})
		}
		return workers.Wait() == nil
	}
}

// LastChange implements backend.Changes.
func (c *Cluster) LastChange() uint64 { return c.engine.LastChange() }

// Follow implements backend.Changes. A state is told once among the changes that are there, in the place of its last one.
func (c *Cluster) Follow(
	ctx context.Context, after uint64, s backend.Subscription, f func(*backend.Change) bool,
) (last uint64, err error) {
	last = after
	err = c.engine.Follow(ctx, after, func(w *world.World, changes []engine.Change) {
		lastOf := map[string]uint64{}
		for i := range changes {
			lastOf[string(changes[i].Kind)+changes[i].ID] = changes[i].Number
		}
		states := states{world: w}
		for i := range changes {
			change := &changes[i]
			last = change.Number
			told := backend.Change{Number: change.Number, Kind: change.Kind, ID: change.ID}
			switch {
			case change.Kind == backend.WorldReplaced, change.Kind == backend.ChangesLost:
			case len(s.Kinds) > 0 && !slices.Contains(s.Kinds, change.Kind):
				continue
			case change.Kind == backend.TaskChanged:
				if s.Task != "" && s.Task != change.Event.Task {
					continue
				}
				told.Event = &change.Event
			case change.Number != lastOf[string(change.Kind)+change.ID]:
				continue
			default:
				states.fill(&told)
			}
			if !f(&told) {
				return
			}
		}
	})
	return last, err
}

// states reads the world for a follower, each list only once.
type states struct {
	world        *world.World
	environments []world.EnvironmentView
	zones        []world.ZoneView
}

// fill adds the present state of what has changed.
func (s *states) fill(c *backend.Change) {
	switch c.Kind {
	case backend.EnvironmentChanged:
		if s.environments == nil {
			s.environments = s.world.Environments()
		}
		i := slices.IndexFunc(s.environments, func(v world.EnvironmentView) bool { return v.ID == c.ID })
		c.Environment = &s.environments[i]
	case backend.ZoneChanged:
		if s.zones == nil {
			s.zones = s.world.Zones()
		}
		i := slices.IndexFunc(s.zones, func(v world.ZoneView) bool { return v.ID == c.ID })
		c.Zone = &s.zones[i]
	case backend.TemplateChanged:
		if t, err := s.world.Template(c.ID); err == nil {
			c.Template = &t
		}
	case backend.NodeChanged:
		node, _ := s.world.Node(c.ID) // what has changed exists
		c.Node = &node
	}
}
