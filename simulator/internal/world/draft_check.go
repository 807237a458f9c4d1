package world

import (
	"fmt"
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
)

// maxRequest bounds a request, so that unit conversions can't overflow. No zone has as much.
const maxRequest = 1 << 30

// shapeText writes the shape of a node.
func shapeText(n cluster.Node) string {
	return fmt.Sprintf("%d GPUs, %d cores, %d GB", n.GPUs, n.CPUMilli/1000, n.MemoryMiB/1024)
}

// checkCatalog returns an error if the catalog lacks the dataset, the version or the model. An empty id is for none.
func (c *inventory) checkCatalog(dataset, version, model string) *Error {
	if dataset != "" {
		d := c.catalog.Dataset(dataset)
		if d == nil {
			return invalid(ReasonDatasetUnknown, "datasetId").with("datasetId", dataset)
		}
		if version != "" && !slices.Contains(d.Versions, version) {
			return invalid(ReasonVersionUnknown, "datasetVersionId").with("datasetVersionId", version).with("versions", d.Versions)
		}
	}
	if model != "" && c.catalog.Model(model) == nil {
		return invalid(ReasonModelUnknown, "modelId").with("modelId", model)
	}
	return nil
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
		with("asked", map[string]any{"gpuCount": r.GPUs, "cpuCores": r.CPUCores, "memory": r.MemoryGB}).
		with("capacity", map[string]any{"gpuCount": gpus, "cpuCores": cores, "memory": memory}).
		with("nodes", c.nodeShapes(r.Zone, r.GPUType))
}

// nodeShapes lists the different shapes of nodes of a zone and GPU type, as "8 GPUs, 128 cores, 1024 GB".
func (c *inventory) nodeShapes(zone, gpuType string) []string {
	shapes := []string{}
	for i := range c.cluster.Len() {
		n := c.cluster.Node(i)
		if n.Zone != zone || n.GPUType != gpuType {
			continue
		}
		if s := shapeText(n); !slices.Contains(shapes, s) {
			shapes = append(shapes, s)
		}
	}
	return shapes
}

// checkDraft returns what is wrong with a draft, whatever may be filled in later. The texts of a draft that is kept, because
// it was accepted before, are not checked.
func (c *inventory) checkDraft(d *Draft, kept bool) *Error {
	mode := value(d.LaunchMode)
	switch {
	case blank(d.TaskName):
		return invalid(ReasonTaskName, "taskName")
	case blank(d.DatasetID):
		return invalid(ReasonDataset, "datasetId")
	case blank(d.DatasetVersionID):
		return invalid(ReasonDataset, "datasetVersionId")
	case d.LaunchMode != nil && mode != Existing && mode != Dynamic:
		return launchModeInvalid(mode)
	case blank(d.EnvironmentID):
		return invalid(ReasonEnvironment, "environmentId")
	case d.Resources != nil && blank(d.Resources.Zone):
		return invalid(ReasonZone, "resourceConfig.availabilityZone")
	}
	if !kept {
		if err := checkTexts(d.texts()...); err != nil {
			return err
		}
	}
	switch {
	case d.EnvironmentID != nil && c.catalog.EnvironmentIndex(*d.EnvironmentID) < 0:
		return invalid(ReasonEnvironmentUnknown, "environmentId").with("environmentId", *d.EnvironmentID)
	case d.EnvironmentID != nil && mode == Dynamic:
		return invalid(ReasonEnvironmentForbidden, "environmentId")
	}
	err := c.checkCatalog(value(d.DatasetID), value(d.DatasetVersionID), value(d.ModelID))
	if err == nil && d.Resources != nil {
		err = c.checkResources(d.Resources)
		if err == nil && !kept {
			err = c.checkImage(d.Resources.Image)
		}
	}
	if err == nil {
		err = checkLabels(d.Labels)
	}
	return err
}

// checkImage returns an error if no registry can have an image of this name. The images of the configuration may have any
// name.
func (c *inventory) checkImage(name *string) *Error {
	if name == nil || imageReference.MatchString(*name) || c.catalog.Image(*name) != nil {
		return nil
	}
	return invalid(ReasonImageInvalid, "resourceConfig.image").with("image", *name)
}
