package httpapi

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/gorilla/mux"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

func environmentStatus(running bool) api.EnvironmentStatus {
	if running {
		return api.EnvironmentStatusRunning
	}
	return api.EnvironmentStatusStopped
}

func newEnvironment(v *world.EnvironmentView) api.DevEnvironment {
	e := api.DevEnvironment{
		ID: v.ID, Name: v.Name, Type: api.EnvironmentType(v.Type), Status: environmentStatus(v.Running), Image: v.Image,
		AvailabilityZone: v.Zone, GPUType: v.GPUType, GPUCount: v.GPUs, CPUCores: v.CPUCores, Memory: v.MemoryGB, Tags: v.Tags,
		Health: api.Health(v.Health), Utilization: api.Utilization(v.Usage), ActiveTasks: v.ActiveTasks,
	}
	for _, reason := range v.Reasons {
		e.HealthReasons = append(e.HealthReasons, api.HealthReason(reason))
	}
	if v.Running {
		e.Uptime = world.FormatUptime(v.Uptime)
	}
	return e
}

func (s operations) ListDevEnvironments(w http.ResponseWriter, r *http.Request) {
	q := parseQuery(r)
	status := q.choice("status", string(api.EnvironmentStatusRunning), string(api.EnvironmentStatusStopped))
	kind := q.choice("type", string(api.EnvironmentTypeNotebook), string(api.EnvironmentTypeCustom))
	named := q.named()
	ofType, inZone := q.exactly("gpuType"), q.exactly("availabilityZone")
	tags := q.all("tag")
	health := q.choice("health", string(api.HealthHealthy), string(api.HealthDegraded), string(api.HealthUnhealthy))
	minGPUs := q.integer("minGpuCount", 0, 0, 1<<30)
	wanted := func(given, value string) bool { return given == "" || given == value }
	matches := func(e world.EnvironmentRef) bool {
		v := e.Config()
		return wanted(status, string(environmentStatus(e.Running()))) && wanted(kind, v.Type) && ofType(v.GPUType) &&
			inZone(v.Zone) && v.GPUs >= minGPUs && named(v.Name) &&
			!slices.ContainsFunc(tags, func(t string) bool { return !slices.ContainsFunc(v.Tags, equalTo(t)) }) &&
			(health == "" || health == e.View().Health)
	}
	s.answerWindow(w, r, q, sortedKeys(environmentSorts), func(win window) (environments selection[any]) {
		s.engine.View(func(wd *world.World) {
			list := func(yield func(int, world.EnvironmentRef) bool) {
				for place, e := range wd.EnvironmentRefs() {
					if matches(e) && !yield(place, e) {
						return
					}
				}
			}
			environments = inJSON(pick(win, list, environmentSorts), func(e world.EnvironmentRef) api.DevEnvironment { return newEnvironment(e.View()) })
		})
		return environments
	})
}

var environmentSorts = sorting[world.EnvironmentRef]{
	"name":        func(a, b world.EnvironmentRef) int { return compareTexts(a.Config().Name, b.Config().Name) },
	"gpuCount":    func(a, b world.EnvironmentRef) int { return cmp.Compare(a.Config().GPUs, b.Config().GPUs) },
	"cpuCores":    func(a, b world.EnvironmentRef) int { return cmp.Compare(a.Config().CPUCores, b.Config().CPUCores) },
	"memory":      func(a, b world.EnvironmentRef) int { return cmp.Compare(a.Config().MemoryGB, b.Config().MemoryGB) },
	"uptime":      func(a, b world.EnvironmentRef) int { return cmp.Compare(a.Uptime(), b.Uptime()) },
	"activeTasks": func(a, b world.EnvironmentRef) int { return cmp.Compare(a.ActiveTasks(), b.ActiveTasks()) },
	"utilization": func(a, b world.EnvironmentRef) int { return cmp.Compare(a.View().Usage.GPU, b.View().Usage.GPU) },
}

func (s operations) GetDevEnvironment(w http.ResponseWriter, r *http.Request) {
	id := mux.Vars(r)["id"]
	var found *world.EnvironmentView
	s.engine.View(func(wd *world.World) { found = environmentOf(wd, id) })
	s.answerEnvironment(w, r, found, id)
}

// environmentOf is the environment of an id; nil where there is none.
func environmentOf(wd *world.World, id string) *world.EnvironmentView {
	for _, e := range wd.EnvironmentRefs() {
		if e.Config().ID == id {
			return e.View()
		}
	}
	return nil
}

func (s *Server) answerEnvironment(w http.ResponseWriter, r *http.Request, found *world.EnvironmentView, id string) {
	if found != nil {
		s.answer(w, r, messageOK, newEnvironment(found))
		return
	}
	s.refuse(w, r, http.StatusNotFound, api.ErrorReasonEnvironmentNotFound, "", map[string]any{"environmentId": id})
}

// StopDevEnvironment stops an environment, as an operator does.
func (s controlPlane) StopDevEnvironment(w http.ResponseWriter, r *http.Request) {
	id := mux.Vars(r)["id"]
	s.switchEnvironment(w, r, id, world.StopEnvironment{Environment: id})
}

// StartDevEnvironment starts an environment that was stopped.
func (s controlPlane) StartDevEnvironment(w http.ResponseWriter, r *http.Request) {
	id := mux.Vars(r)["id"]
	s.switchEnvironment(w, r, id, world.StartEnvironment{Environment: id})
}

func (s controlPlane) switchEnvironment(w http.ResponseWriter, r *http.Request, id string, command world.Command) {
	var found *world.EnvironmentView
	if err := saved(r, s.engine.Do(command, func(wd *world.World, _ world.Result) { found = environmentOf(wd, id) })); err != nil {
		s.fail(w, r, err)
		return
	}
	s.answerEnvironment(w, r, found, id)
}
