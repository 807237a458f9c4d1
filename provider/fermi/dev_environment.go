package fermi

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
)

// EnvironmentRunning is the status of an environment that tasks can start in.
const EnvironmentRunning = "running"

// A DevEnvironment is a standing machine that existing-mode tasks share.
type DevEnvironment struct {
	ID               string      `json:"id"`
	Name             string      `json:"name"`
	Type             string      `json:"type"`   // notebook or custom
	Status           string      `json:"status"` // running or stopped
	Image            string      `json:"image"`
	AvailabilityZone string      `json:"availabilityZone"`
	GPUType          string      `json:"gpuType"`
	GPUCount         int64       `json:"gpuCount"`
	CPUCores         int64       `json:"cpuCores"`
	Memory           int64       `json:"memory"` // GB
	Uptime           string      `json:"uptime"` // 5d3h; empty when stopped
	Tags             []string    `json:"tags"`
	Health           string      `json:"health"` // healthy, degraded or unhealthy
	HealthReasons    []string    `json:"healthReasons"`
	Utilization      Utilization `json:"utilization"`
	ActiveTasks      int64       `json:"activeTasks"`
}

// Utilization is how much of a machine is in use, 0 to 1.
type Utilization struct {
	GPU    float64 `json:"gpu"`
	CPU    float64 `json:"cpu"`
	Memory float64 `json:"memory"`
}

// A DevEnvironmentFilter selects and sorts environments; what is empty selects all, in the cluster's order.
type DevEnvironmentFilter struct {
	Status           string
	Type             string
	GPUType          string
	AvailabilityZone string
	Tags             []string // all have to be there
	Health           string
	MinGPUCount      int64
	Sort             string // name, gpuCount, cpuCores, memory, uptime or activeTasks
	Order            string // asc or desc
}

// ListDevEnvironments reads all environments that the filter selects.
func (c *Client) ListDevEnvironments(ctx context.Context, filter DevEnvironmentFilter) ([]DevEnvironment, error) {
	query := url.Values{"tag": filter.Tags}
	set(query, "status", filter.Status)
	set(query, "type", filter.Type)
	set(query, "gpuType", filter.GPUType)
	set(query, "availabilityZone", filter.AvailabilityZone)
	set(query, "health", filter.Health)
	if filter.MinGPUCount > 0 {
		set(query, "minGpuCount", strconv.FormatInt(filter.MinGPUCount, 10))
	}
	set(query, "sort", filter.Sort)
	set(query, "order", filter.Order)
	return list[DevEnvironment](ctx, c, "/dev-environments", query)
}

// GetDevEnvironment reads one environment; see IsNotFound.
func (c *Client) GetDevEnvironment(ctx context.Context, id string) (DevEnvironment, error) {
	var environment DevEnvironment
	_, err := c.do(ctx, c.call(http.MethodGet, "/dev-environments/"+url.PathEscape(id)), &environment)
	return environment, err
}
