package httpapi

import (
	"net/http"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/engine"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/simulated"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/text"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// Control is what the control plane does, without HTTP: its handlers call it, and so can Go programs. Changes are on disk when its
// methods return; faults and the journal are in memory only. Refused says in words why a call was refused.
type Control struct {
	server       *Server
	engine       *engine.Engine
	parse        func(text string) (engine.Scenario, *world.Config, error)
	faults       *faults
	journal      *journal
	snapshotting chan struct{} // has a place for each snapshot that is taken or restored
}

// Control returns the control plane of the simulated cluster, or nil for another cluster.
func (s *Server) Control() *Control {
	if s.control == nil {
		return nil
	}
	return s.control.Control
}

// InjectFault adds a fault to those in force.
func (c *Control) InjectFault(f api.FaultRequest) (api.Fault, error) {
	if err := c.checkReach(&f); err != nil {
		return api.Fault{}, err
	}
	made, err := c.faults.add(f)
	return made.Fault, err
}

// Faults returns the faults in force, oldest first.
func (c *Control) Faults() []api.Fault {
	all := c.faults.all()
	list := make([]api.Fault, len(all))
	for i := range all {
		list[i] = all[i].Fault
	}
	return list
}

// RemoveFault removes the fault with an id.
func (c *Control) RemoveFault(id string) error {
	if c.faults.remove(id) {
		return nil
	}
	return &badRequest{status: http.StatusNotFound, reason: api.ErrorReasonFaultNotFound, details: map[string]any{"id": id}}
}

// ClearFaults removes all faults.
func (c *Control) ClearFaults() { c.faults.clear() }

// Requests returns the requests in the journal, oldest first.
func (c *Control) Requests() []api.JournalEntry {
	found := c.journal.find(func(*journalEntry) bool { return true })
	list := make([]api.JournalEntry, len(found))
	for i := range found {
		list[i] = found[i].JournalEntry
	}
	return list
}

// ClearRequests empties the journal.
func (c *Control) ClearRequests() { c.journal.clear() }

// FailNode makes a node fail, and returns the node after it.
func (c *Control) FailNode(name string) (world.NodeView, error) {
	return c.setNode(name, cluster.Failed)
}

// DrainNode lets a node finish its work and take no more, and returns the node after it.
func (c *Control) DrainNode(name string) (world.NodeView, error) {
	return c.setNode(name, cluster.Draining)
}

// RestoreNode lets a node take work again, and returns the node after it.
func (c *Control) RestoreNode(name string) (world.NodeView, error) {
	return c.setNode(name, cluster.Up)
}

func (c *Control) setNode(name string, state cluster.State) (node world.NodeView, err error) {
	err = c.engine.Do(world.SetNode{Node: name, State: state}, func(w *world.World, _ world.Result) { node, _ = w.Node(name) })
	return node, err
}

// StopEnvironment stops an environment, and returns the environment after it.
func (c *Control) StopEnvironment(id string) (*world.EnvironmentView, error) {
	return simulated.New(c.engine).SwitchEnvironment(id, world.StopEnvironment{Environment: id})
}

// StartEnvironment starts an environment that was stopped, and returns the environment after it.
func (c *Control) StartEnvironment(id string) (*world.EnvironmentView, error) {
	return simulated.New(c.engine).SwitchEnvironment(id, world.StartEnvironment{Environment: id})
}

// Reset begins the world anew, without faults and with an empty journal.
func (c *Control) Reset() error {
	if err := c.engine.Reset(); err != nil {
		return err
	}
	c.faults.reset()
	c.journal.clear()
	return nil
}

// Refused returns the reason of a refused call, the field that it is about, and the message in English. A failure to save, or of
// the server itself, is no refusal: ok is false.
func Refused(err error) (reason api.ErrorReason, field, message string, ok bool) {
	r, ok := refusalOf(err)
	if !ok {
		return "", "", "", false
	}
	return r.reason, r.field, text.Error(text.English, r.reason, r.details), true
}
