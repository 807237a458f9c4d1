package simulator

import (
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/engine"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/httpapi"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// Environment is a development environment, in which tasks can run.
type Environment struct {
	ID          string
	Name        string
	Zone        string
	GPUType     string
	GPUs        int
	Running     bool
	Health      string // healthy, degraded or unhealthy
	ActiveTasks int    // that start or train in it
	Tags        []string
}

// Environments returns the handle on the development environments.
func (s *Simulator) Environments() *Environments {
	return &Environments{s.server.Engine(), s.server.Control()}
}

// Environments stops and starts development environments.
type Environments struct {
	engine  *engine.Engine
	control *httpapi.Control
}

// Stop stops an environment, and with it the tasks in it.
func (e *Environments) Stop(id string) error {
	_, err := e.control.StopEnvironment(id)
	return e.failed(err, "stop environment "+id)
}

// Start starts an environment that was stopped.
func (e *Environments) Start(id string) error {
	_, err := e.control.StartEnvironment(id)
	return e.failed(err, "start environment "+id)
}

func (e *Environments) failed(err error, op string) error {
	if err == nil {
		return nil
	}
	var ids []string
	for _, environment := range e.List() {
		ids = append(ids, environment.ID)
	}
	return notFound(err, op, ids)
}

// List returns all environments, in the scenario's order.
func (e *Environments) List() (list []Environment) {
	e.engine.View(func(w *world.World) {
		for _, r := range w.EnvironmentRefs() {
			v := r.View()
			list = append(list, Environment{
				ID: v.ID, Name: v.Name, Zone: v.Zone, GPUType: v.GPUType, GPUs: v.GPUs, Running: v.Running, Health: v.Health,
				ActiveTasks: v.ActiveTasks, Tags: slices.Clone(v.Tags),
			})
		}
	})
	return list
}
