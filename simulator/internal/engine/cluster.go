package engine

import (
	"cmp"
	"fmt"

	"github.com/google/uuid"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/backend"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// CustomScenario is the name of a scenario that has none.
const CustomScenario = "custom"

// Cluster identifies the cluster that the engine runs. A new world is a new cluster with its own id: after a start without saved
// data, a reset or another scenario. A saved world and a snapshot keep their id.
func (e *Engine) Cluster() backend.Info {
	e.mu.Lock()
	defer e.mu.Unlock()
	return backend.Info{ID: e.cluster, Name: cmp.Or(e.scenario.Name, CustomScenario), Ephemeral: e.options.Store == nil}
}

// CheckCluster returns a *backend.WrongClusterError unless id is the present cluster's. The next call may meet another cluster;
// DoIn compares and acts at one instant.
func (e *Engine) CheckCluster(id string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.checkCluster(id)
}

func (e *Engine) checkCluster(id string) error {
	if id != e.cluster {
		return &backend.WrongClusterError{Cluster: e.cluster, Wanted: id}
	}
	return nil
}

// DoIn is like Do, for the cluster with an id. If the present cluster has another id, it changes nothing and returns a
// *backend.WrongClusterError. The id is compared under the lock under which the command runs, so no reset comes in between. An
// empty id stands for the present cluster.
func (e *Engine) DoIn(id string, c world.Command, f func(*world.World, world.Result)) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if id != "" {
		if err := e.checkCluster(id); err != nil {
			return err
		}
	}
	return e.do(c, f)
}

// savedOrNewID returns a saved id in lower case, or a new id if none was saved.
func (e *Engine) savedOrNewID(saved string) (string, error) {
	if saved == "" {
		return e.options.NewID(), nil
	}
	id, err := uuid.Parse(saved)
	if err != nil {
		return "", fmt.Errorf("the cluster's id is %q, which is no UUID", saved)
	}
	return id.String(), nil
}
