package clusterfacts

import (
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
)

// NoteTemplateChange records that the plan changes a template.
func (c *Facts) NoteTemplateChange(template string) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changedTemplates[template] = true
}

// ChangesTemplate reports whether the plan changes a template.
func (c *Facts) ChangesTemplate(template string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changedTemplates[template]
}

// NoteReleasedGPUs records that the plan replaces a task: its GPUs will be free before the new one is created.
func (c *Facts) NoteReleasedGPUs(id string, resources fermi.ResourceConfig) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.released[id] = resources
}

// ReleasedGPUs counts the GPUs of a type in a zone that the plan will free.
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

// AddPlannedGPUs adds the GPUs of a planned task, and returns the total planned so far.
func (c *Facts) AddPlannedGPUs(zone, gpuType string, gpus int64) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.plannedGPUs[[2]string{zone, gpuType}] += gpus
	return c.plannedGPUs[[2]string{zone, gpuType}]
}

// PlannedGPUs returns the total of the GPUs planned so far.
func (c *Facts) PlannedGPUs(zone, gpuType string) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.plannedGPUs[[2]string{zone, gpuType}]
}

// AddQueued adds a planned task that would queue in a zone, and returns behind how many it would queue that were added before it.
func (c *Facts) AddQueued(zone string, priority fermi.Priority) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := 0
	for _, other := range c.queued[zone] {
		if rank(other) >= rank(priority) {
			before++
		}
	}
	c.queued[zone] = append(c.queued[zone], priority)
	return before
}

// rank compares priorities; one that isn't known, or is left out, counts as normal.
func rank(priority fermi.Priority) int {
	switch priority {
	case fermi.PriorityLow:
		return -1
	case fermi.PriorityHigh:
		return 1
	}
	return 0
}

// EndPlanning records that the plan is being applied. Terraform plans each task again right before creating it, when forecasts
// no longer hold, and shows the diagnostics afterwards.
func (c *Facts) EndPlanning() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.planningEnded = true
}

// ToShow returns the diagnostics to show: all while planning, only errors while applying, because the plan has shown the others.
func (c *Facts) ToShow(diags diag.Diagnostics) diag.Diagnostics {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.planningEnded {
		return diags.Errors()
	}
	return diags
}

// NoteReplacement records that the creation which replaces a task was previewed. Terraform plans the change first and then the
// creation, whose warnings it drops.
func (c *Facts) NoteReplacement(config tftypes.Value) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.replacements[config.String()]++
}

// TakeReplacement reports whether a planned creation was previewed as a replacement, and forgets one such replacement.
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
