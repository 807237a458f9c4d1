package httpapi

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/gorilla/mux"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/world"
)

type environmentWire struct {
	ID               string    `json:"id"`
	Name             string    `json:"name"`
	Type             string    `json:"type"`
	Status           string    `json:"status"`
	Image            string    `json:"image"`
	AvailabilityZone string    `json:"availabilityZone"`
	GPUType          string    `json:"gpuType"`
	GPUCount         int       `json:"gpuCount"`
	CPUCores         int       `json:"cpuCores"`
	Memory           int       `json:"memory"`
	Uptime           string    `json:"uptime,omitempty"`
	Tags             []string  `json:"tags,omitempty"`
	Health           string    `json:"health"`
	HealthReasons    []string  `json:"healthReasons,omitempty"`
	Utilization      usageWire `json:"utilization"`
	ActiveTasks      int       `json:"activeTasks"`
}

type usageWire struct {
	GPU    float64 `json:"gpu"`
	CPU    float64 `json:"cpu"`
	Memory float64 `json:"memory"`
}

func environmentStatus(v *world.EnvironmentView) string {
	if v.Running {
		return "running"
	}
	return "stopped"
}

func newEnvironmentWire(v *world.EnvironmentView) environmentWire {
	e := environmentWire{
		ID: v.ID, Name: v.Name, Type: v.Type, Status: environmentStatus(v), Image: v.Image, AvailabilityZone: v.Zone,
		GPUType: v.GPUType, GPUCount: v.GPUs, CPUCores: v.CPUCores, Memory: v.MemoryGB, Tags: v.Tags, Health: v.Health,
		HealthReasons: v.Reasons, Utilization: usageWire(v.Usage), ActiveTasks: v.ActiveTasks,
	}
	if v.Running {
		e.Uptime = world.FormatUptime(v.Uptime)
	}
	return e
}

func (s *Server) listEnvironments(w http.ResponseWriter, r *http.Request) {
	q := parseQuery(r)
	status := q.choice("status", "running", "stopped")
	kind := q.choice("type", "notebook", "custom")
	named := q.named()
	ofType, inZone := q.exactly("gpuType"), q.exactly("availabilityZone")
	tags := q.all("tag")
	health := q.choice("health", "healthy", "degraded", "unhealthy")
	minGPUs := q.integer("minGpuCount", 0, 0, 1<<30)
	var all []world.EnvironmentView
	s.engine.View(func(wd *world.World) { all = wd.Environments() })
	wanted := func(given, value string) bool { return given == "" || given == value }
	list := inOrder(all, func(v *world.EnvironmentView) bool {
		return wanted(status, environmentStatus(v)) && wanted(kind, v.Type) && ofType(v.GPUType) &&
			inZone(v.Zone) && wanted(health, v.Health) && v.GPUs >= minGPUs && named(v.Name) &&
			!slices.ContainsFunc(tags, func(t string) bool { return !slices.ContainsFunc(v.Tags, equalTo(t)) })
	})
	answerList(s, w, r, q, list, environmentSorts, newEnvironmentWire)
}

var environmentSorts = sorting[*world.EnvironmentView]{
	"name":        func(a, b *world.EnvironmentView) int { return compareTexts(a.Name, b.Name) },
	"gpuCount":    func(a, b *world.EnvironmentView) int { return cmp.Compare(a.GPUs, b.GPUs) },
	"cpuCores":    func(a, b *world.EnvironmentView) int { return cmp.Compare(a.CPUCores, b.CPUCores) },
	"memory":      func(a, b *world.EnvironmentView) int { return cmp.Compare(a.MemoryGB, b.MemoryGB) },
	"uptime":      func(a, b *world.EnvironmentView) int { return cmp.Compare(a.Uptime, b.Uptime) },
	"activeTasks": func(a, b *world.EnvironmentView) int { return cmp.Compare(a.ActiveTasks, b.ActiveTasks) },
	"utilization": func(a, b *world.EnvironmentView) int { return cmp.Compare(a.Usage.GPU, b.Usage.GPU) },
}

func (s *Server) getEnvironment(w http.ResponseWriter, r *http.Request) {
	id := mux.Vars(r)["id"]
	var all []world.EnvironmentView
	s.engine.View(func(wd *world.World) { all = wd.Environments() })
	s.answerEnvironment(w, r, all, id)
}

func (s *Server) answerEnvironment(w http.ResponseWriter, r *http.Request, all []world.EnvironmentView, id string) {
	for i := range all {
		if all[i].ID == id {
			s.answer(w, r, messageOK, newEnvironmentWire(&all[i]))
			return
		}
	}
	s.refuse(w, r, http.StatusNotFound, world.ReasonEnvironmentUnknown, "", map[string]any{"environmentId": id})
}

// switchEnvironment starts or stops an environment, as an operator does.
func (s *Server) switchEnvironment(w http.ResponseWriter, r *http.Request) {
	id := mux.Vars(r)["id"]
	var command world.Command = world.StopEnvironment{Environment: id}
	if mux.Vars(r)["action"] == "start" {
		command = world.StartEnvironment{Environment: id}
	}
	var all []world.EnvironmentView
	if err := saved(r, s.engine.Do(command, func(wd *world.World, _ world.Result) { all = wd.Environments() })); err != nil {
		s.fail(w, r, err)
		return
	}
	s.answerEnvironment(w, r, all, id)
}
