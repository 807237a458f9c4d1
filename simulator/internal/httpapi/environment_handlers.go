package httpapi

import (
	"net/http"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/backend"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/text"
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
	var f backend.EnvironmentFilter
	if status := q.choice("status", string(api.EnvironmentStatusRunning), string(api.EnvironmentStatusStopped)); status != "" {
		running := status == string(api.EnvironmentStatusRunning)
		f.Running = &running
	}
	f.Type = q.choice("type", string(api.EnvironmentTypeNotebook), string(api.EnvironmentTypeCustom))
	f.Name = q.partOfName()
	f.GPUType, f.Zone = q.equal("gpuType"), q.equal("availabilityZone")
	f.Tags = q.all("tag")
	f.Health = q.choice("health", string(api.HealthHealthy), string(api.HealthDegraded), string(api.HealthUnhealthy))
	f.MinGPUs = q.integer("minGpuCount", 0, 0, 1<<30)
	answerPage(s.Server, w, r, q, backend.EnvironmentSorts, func(win backend.Window) (backend.Page[*world.EnvironmentView], error) {
		return s.cluster.ListEnvironments(r.Context(), &f, win)
	}, newEnvironment)
}

func (s operations) GetDevEnvironment(w http.ResponseWriter, r *http.Request) {
	found, err := s.cluster.Environment(r.Context(), pathID(r))
	s.answerEnvironment(w, r, found, err)
}

func (s *Server) answerEnvironment(w http.ResponseWriter, r *http.Request, found *world.EnvironmentView, err error) {
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, r, text.OK, newEnvironment(found))
}

// StopDevEnvironment stops an environment.
func (s *controlPlane) StopDevEnvironment(w http.ResponseWriter, r *http.Request) {
	found, err := s.StopEnvironment(pathID(r))
	s.answerEnvironment(w, r, found, noteSaved(r, err))
}

// StartDevEnvironment starts an environment that was stopped.
func (s *controlPlane) StartDevEnvironment(w http.ResponseWriter, r *http.Request) {
	found, err := s.StartEnvironment(pathID(r))
	s.answerEnvironment(w, r, found, noteSaved(r, err))
}
