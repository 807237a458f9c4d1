package fermi

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
)

// An AvailabilityZone is a place with GPUs.
type AvailabilityZone struct {
	ID           string           `json:"id"`
	Name         string           `json:"name"`
	Region       string           `json:"region"`
	Available    bool             `json:"available"`    // whether any node takes new work
	GPUInventory map[string]int64 `json:"gpuInventory"` // free now, by type
	GPUCapacity  map[string]int64 `json:"gpuCapacity"`  // in all, by type
	QueueLength  int64            `json:"queueLength"`  // tasks
	Utilization  float64          `json:"utilization"`  // GPUs held of all GPUs, 0 to 1
}

// An AvailabilityZoneFilter selects zones; what is empty selects all.
type AvailabilityZoneFilter struct {
	Region    string
	Available *bool
	GPUType   string
	MinFree   int64 // GPUs, of GPUType where it is given, else of any one type
}

// ListAvailabilityZones reads all zones that the filter selects, in the cluster's order.
func (c *Client) ListAvailabilityZones(ctx context.Context, filter AvailabilityZoneFilter) ([]AvailabilityZone, error) {
	query := url.Values{}
	set(query, "region", filter.Region)
	set(query, "gpuType", filter.GPUType)
	if filter.Available != nil {
		query.Set("available", strconv.FormatBool(*filter.Available))
	}
	if filter.MinFree > 0 {
		query.Set("minFree", strconv.FormatInt(filter.MinFree, 10))
	}
	return list[AvailabilityZone](ctx, c, "/availability-zones", query)
}

// GetAvailabilityZone reads one zone; see IsNotFound.
func (c *Client) GetAvailabilityZone(ctx context.Context, id string) (AvailabilityZone, error) {
	var zone AvailabilityZone
	_, err := c.do(ctx, c.call(http.MethodGet, "/availability-zones/"+url.PathEscape(id)), &zone)
	return zone, err
}
