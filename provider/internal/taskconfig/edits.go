package taskconfig

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/edits"
)

// IsEditedAfterEnd reports whether a value differs from the state's that changes in place even after the task's end.
func (m *Model) IsEditedAfterEnd(state Model) bool {
	for _, f := range fields {
		if f.patch != nil && !f.untilItsEnd && !f.value.get(m).Equal(f.value.get(&state)) {
			return true
		}
	}
	return false
}

// EditsUntilEnd returns the names of the attributes that differ from the state's and change only while the task lives.
func (m *Model) EditsUntilEnd(state Model) []string {
	var names []string
	for _, f := range fields {
		if f.untilItsEnd && !f.value.get(m).Equal(f.value.get(&state)) {
			names = append(names, f.name)
		}
	}
	return names
}

// KeepNoted restores the values that an update has noted in the state alone, because the task had ended.
func (m *Model) KeepNoted(state Model) {
	for _, f := range fields {
		noted := f.value.get(&state)
		if f.untilItsEnd && (!noted.IsNull() || f.kind.empty() == nil) {
			f.value.set(m, noted)
		}
	}
}

// Edits compares the attributes that change in place with the task as it is now. known says that the task was read since its creation.
// If it wasn't, or if an older provider wrote the state, the state lacks values that the task has; they can't have been changed since.
// What an ended task can't change any more is left out.
func Edits(ctx context.Context, plan, state Model, known bool, task fermi.TrainingTask) []edits.Attribute[fermi.TrainingTaskPatch] {
	now, reached := state, plan
	now.SetTask(task)
	reached.SetTask(task)
	var all []edits.Attribute[fermi.TrainingTaskPatch]
	for _, f := range fields {
		if f.patch == nil || f.untilItsEnd && !task.Status.Live() {
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
