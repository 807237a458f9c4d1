package clusterfacts

import (
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
)

// NoteTemplateChange notes that the plan changes a template.
func (c *Facts) NoteTemplateChange(template string) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changedTemplates[template] = true
}

// ChangesTemplate tells whether the plan changes a template.
func (c *Facts) ChangesTemplate(template string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changedTemplates[template]
}

// NoteReleasedGPUs notes that the plan replaces a task, whose GPUs will be free before the new one is created.
func (c *Facts) NoteReleasedGPUs(id string, resources fermi.ResourceConfig) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.released[id] = resources
}

// ReleasedGPUs counts the GPUs of a type that the plan frees in a zone.
func (c *Facts) ReleasedGPUs(zone, gpuType string) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	var gpus int64
	for _, resources := range c.released {
		if resources.AvailabilityZone == zone && resources.GPUType == gpuType {
			gpus += resources.GPUCount
		}
	}
	return gpus
}

// AddPlannedGPUs adds a planned creation to those before it, and tells how many GPUs they ask for together, in the order of planning.
func (c *Facts) AddPlannedGPUs(zone, gpuType string, gpus int64) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.plannedGPUs[[2]string{zone, gpuType}] += gpus
	return c.plannedGPUs[[2]string{zone, gpuType}]
}

// PlannedGPUs counts the GPUs that all creations planned so far want together.
func (c *Facts) PlannedGPUs(zone, gpuType string) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.plannedGPUs[[2]string{zone, gpuType}]
}

// AddQueued adds a planned creation to those that would queue in a zone, and tells how many were there before it.
func (c *Facts) AddQueued(zone string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queued[zone]++
	return c.queued[zone] - 1
}

// EndPlanning ends the planning. Terraform plans each task again right before its creation, and shows what that says after it, when
// forecasts of the creation no longer hold.
func (c *Facts) EndPlanning() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.planningEnded = true
}

// ToShow are the diagnostics to show: once the plan is carried out, which it said itself before, only errors.
func (c *Facts) ToShow(diags diag.Diagnostics) diag.Diagnostics {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.planningEnded {
		return diags.Errors()
	}
	return diags
}

// NoteReplacement notes that the creation which replaces a task has been looked at: Terraform plans the change first and then the
// creation, and drops the warnings of the second.
func (c *Facts) NoteReplacement(config tftypes.Value) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.replacements[config.String()]++
}

// TakeReplacement tells whether a planned creation was looked at as a replacement, once for each.
func (c *Facts) TakeReplacement(config tftypes.Value) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.replacements) == 0 {
		return false
	}
	key := config.String()
	switch c.replacements[key] {
	case 0:
		return false
	case 1:
		delete(c.replacements, key)
	default:
		c.replacements[key]--
	}
	return true
}
