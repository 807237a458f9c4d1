package taskconfig

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/edits"
)

// IsEdited reports whether a value differs from the state's that changes in place.
func (m *Model) IsEdited(state Model) bool {
	for _, f := range fields {
		if f.patch != nil && !f.value.get(m).Equal(f.value.get(&state)) {
			return true
		}
	}
	return false
}

// Edits compares the attributes that change in place with the task as it is now. known says that the task was read since its creation.
// If it wasn't, or if an older provider wrote the state, the state lacks values that the task has; they can't have been changed since.
func Edits(ctx context.Context, plan, state Model, known bool, task fermi.TrainingTask) []edits.Attribute[fermi.TrainingTaskPatch] {
	now, reached := state, plan
	now.SetTask(task)
	reached.SetTask(task)
	var all []edits.Attribute[fermi.TrainingTaskPatch]
	for _, f := range fields {
		if f.patch == nil {
			continue
		}
		before, planned := f.value.get(&state), f.value.get(&plan)
		if before.IsNull() && (!known || f.kind.empty() != nil) {
			if before = f.value.get(&now); planned.IsNull() {
				planned = before
			}
		}
		all = append(all, edits.Attribute[fermi.TrainingTaskPatch]{
			Name: f.name, Planned: planned, Before: before, Now: f.value.get(&now), Done: f.value.get(&reached).Equal(planned),
			Put: func(patch *fermi.TrainingTaskPatch) diag.Diagnostics { return f.patch(ctx, &plan, patch) },
		})
	}
	return all
}
