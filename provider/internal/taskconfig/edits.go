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

// Edits compares the attributes that change in place with the task as it is now. The state may lack values if the first read after
// the creation failed; such a value can't have been changed since.
func Edits(ctx context.Context, plan, state Model, task fermi.TrainingTask) []edits.Attribute[fermi.TrainingTaskPatch] {
	now, reached := state, plan
	now.SetTask(task)
	reached.SetTask(task)
	var all []edits.Attribute[fermi.TrainingTaskPatch]
	for _, f := range fields {
		if f.patch == nil {
			continue
		}
		before := f.value.get(&state)
		if before.IsNull() {
			before = f.value.get(&now)
		}
		planned := f.value.get(&plan)
		all = append(all, edits.Attribute[fermi.TrainingTaskPatch]{
			Name: f.name, Planned: planned, Before: before, Now: f.value.get(&now), Done: f.value.get(&reached).Equal(planned),
			Put: func(patch *fermi.TrainingTaskPatch) diag.Diagnostics { return f.patch(ctx, &plan, patch) },
		})
	}
	return all
}
