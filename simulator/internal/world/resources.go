package world

import (
	"cmp"
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
)

// Resources is what a dynamic task asks for. CPUCores and MemoryGB are totals of the task.
type Resources struct {
	Zone     string `json:"zone"`
	GPUType  string `json:"gpuType"`
	GPUs     int    `json:"gpus"`
	CPUCores int    `json:"cpuCores"`
	MemoryGB int    `json:"memoryGb"`
	Image    string `json:"image"`
}

// request returns the resources as the inventory knows them.
func (r *Resources) request() cluster.Request {
	return cluster.Request{
		Zone: r.Zone, GPUTypes: []string{r.GPUType},
		GPUs: r.GPUs, Milli: cluster.WholeGPU,
		CPUMilli: int64(r.CPUCores) * 1000, MemoryMiB: int64(r.MemoryGB) * 1024,
	}
}

// ResourceDraft is like Resources, but any part may be left out.
type ResourceDraft struct {
	Zone     *string `json:"zone,omitempty"`
	GPUType  *string `json:"gpuType,omitempty"`
	Image    *string `json:"image,omitempty"`
	GPUs     *int    `json:"gpus,omitempty"`
	CPUCores *int    `json:"cpuCores,omitempty"`
	MemoryGB *int    `json:"memoryGb,omitempty"`
}

// withDefaults returns the resources, filled in from base. Either may be nil.
func (r *ResourceDraft) withDefaults(base *ResourceDraft) *ResourceDraft {
	if r == nil || base == nil {
		return cmp.Or(r, base)
	}
	return &ResourceDraft{
		Zone: cmp.Or(r.Zone, base.Zone), GPUType: cmp.Or(r.GPUType, base.GPUType), Image: cmp.Or(r.Image, base.Image),
		GPUs: cmp.Or(r.GPUs, base.GPUs), CPUCores: cmp.Or(r.CPUCores, base.CPUCores), MemoryGB: cmp.Or(r.MemoryGB, base.MemoryGB),
	}
}

// resources returns the draft as resources; nil for nil. What is left out has its zero value.
func (r *ResourceDraft) resources() *Resources {
	if r == nil {
		return nil
	}
	return &Resources{
		Zone: value(r.Zone), GPUType: value(r.GPUType), GPUs: value(r.GPUs), CPUCores: value(r.CPUCores),
		MemoryGB: value(r.MemoryGB), Image: value(r.Image),
	}
}

// draft returns the resources as a draft that leaves nothing out.
func (r *Resources) draft() *ResourceDraft {
	return &ResourceDraft{
		Zone: &r.Zone, GPUType: &r.GPUType, Image: &r.Image, GPUs: &r.GPUs, CPUCores: &r.CPUCores, MemoryGB: &r.MemoryGB,
	}
}

// maxRequest bounds a request, so that unit conversions can't overflow. No zone has as much.
const maxRequest = 1 << 30

// Shape is an amount of resources: of a node, of a request, or of a whole zone.
type Shape struct {
	GPUs            int
	Cores, MemoryGB int64
}

// checkResources returns what is wrong with resources, of which any part may be left out.
func (c *inventory) checkResources(d *ResourceDraft) *Error {
	if blank(d.Zone) {
		return invalid(ReasonZone, "resourceConfig.availabilityZone")
	}
	if d.Zone != nil && c.catalog.Zone(*d.Zone) == nil {
		return invalid(ReasonZoneUnknown, "resourceConfig.availabilityZone").with("availabilityZone", *d.Zone)
	}
	if blank(d.GPUType) {
		return invalid(ReasonGPUType, "resourceConfig.gpuType")
	}
	if d.GPUType != nil && c.catalog.GPUType(*d.GPUType) == nil {
		return invalid(ReasonGPUTypeUnknown, "resourceConfig.gpuType").with("gpuType", *d.GPUType)
	}
	for _, v := range []struct {
		field string
		value *int
	}{{"gpuCount", d.GPUs}, {"cpuCores", d.CPUCores}, {"memory", d.MemoryGB}} {
		if v.value != nil && *v.value < 1 {
			return invalid(ReasonBelowMinimum, "resourceConfig."+v.field).with("minimum", 1).with("value", *v.value)
		}
	}
	if blank(d.Image) {
		return invalid(ReasonImage, "resourceConfig.image")
	}
	if d.Zone == nil || d.GPUType == nil {
		return nil
	}
	// What is left out is taken to be 1. If the rest does not fit then, it never does.
	r := Resources{
		Zone: *d.Zone, GPUType: *d.GPUType,
		GPUs: max(1, value(d.GPUs)), CPUCores: max(1, value(d.CPUCores)), MemoryGB: max(1, value(d.MemoryGB)),
	}
	if max(r.GPUs, r.CPUCores, r.MemoryGB) > maxRequest || !c.cluster.CanEverFit(r.request()) {
		return c.capacityExceeded(&r)
	}
	return nil
}

// capacityExceeded returns the error of a request that never fits. It names the resource that the zone lacks, in all or on
// one node for one GPU.
func (c *inventory) capacityExceeded(r *Resources) *Error {
	var cores, memory, nodeCores, nodeMemory int64
	for i := range c.cluster.Len() {
		if n := c.cluster.Node(i); n.Zone == r.Zone && n.GPUType == r.GPUType {
			cores += n.CPUMilli / 1000
			memory += n.MemoryMiB / 1024
			nodeCores = max(nodeCores, n.CPUMilli/1000)
			nodeMemory = max(nodeMemory, n.MemoryMiB/1024)
		}
	}
	gpus := c.cluster.Count(r.Zone, r.GPUType).Capacity
	field := "gpuCount"
	switch asked := int64(r.GPUs); {
	case r.GPUs > gpus:
	case int64(r.CPUCores) > min(cores, asked*nodeCores):
		field = "cpuCores"
	case int64(r.MemoryGB) > min(memory, asked*nodeMemory):
		field = "memory"
	}
	return invalid(ReasonCapacity, "resourceConfig."+field).
		with("availabilityZone", r.Zone).with("gpuType", r.GPUType).
		with("asked", Shape{r.GPUs, int64(r.CPUCores), int64(r.MemoryGB)}).with("capacity", Shape{gpus, cores, memory}).
		with("nodes", c.nodeShapes(r.Zone, r.GPUType))
}

// nodeShapes lists the different shapes of nodes of a zone and GPU type.
func (c *inventory) nodeShapes(zone, gpuType string) []Shape {
	shapes := []Shape{}
	for i := range c.cluster.Len() {
		n := c.cluster.Node(i)
		if n.Zone != zone || n.GPUType != gpuType {
			continue
		}
		if s := (Shape{n.GPUs, n.CPUMilli / 1000, n.MemoryMiB / 1024}); !slices.Contains(shapes, s) {
			shapes = append(shapes, s)
		}
	}
	return shapes
}

// checkImage returns an error if no registry can have an image of this name. The images of the configuration may have any
// name.
func (c *inventory) checkImage(name *string) *Error {
	if name == nil || imageReference.MatchString(*name) || c.catalog.Image(*name) != nil {
		return nil
	}
	return invalid(ReasonImageInvalid, "resourceConfig.image").with("image", *name)
}
