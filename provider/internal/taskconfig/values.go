package taskconfig

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/clusterfacts"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/resourceconfig"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

// An accessor reads and writes a value of a Model.
type accessor struct {
	get func(*Model) attr.Value
	set func(*Model, attr.Value)
}

// at returns the accessor of the value that place points to.
func at[T attr.Value](place func(*Model) *T) accessor {
	return accessor{
		get: func(m *Model) attr.Value { return *place(m) },
		set: func(m *Model, value attr.Value) { *place(m) = value.(T) },
	}
}

// elements reads the elements of a list or a map into target, which stays as it is if the list or map is null or unknown.
func elements(ctx context.Context, value interface {
	attr.Value
	ElementsAs(ctx context.Context, target any, allowUnhandled bool) diag.Diagnostics
}, target any) diag.Diagnostics {
	if !tfvalues.IsSet(value) {
		return nil
	}
	return value.ElementsAs(ctx, target, false)
}

// keepText returns the API's text, as it is configured if that is the same.
func keepText(configured types.String, told *string) types.String {
	if told == nil {
		return types.StringNull()
	}
	return tfvalues.KeepText(configured, *told)
}

// keepMap returns the API's map, as it is configured if that is the same. An empty map is the same as none to the API.
func keepMap(configured types.Map, told map[string]string) types.Map {
	switch {
	case len(told) > 0:
		return tfvalues.KeepLabels(configured, told)
	case tfvalues.IsSet(configured) && len(configured.Elements()) == 0:
		return configured
	}
	return types.MapNull(types.StringType)
}

// keepList returns the API's list, with the elements as they are configured where that is the same. An empty list is the same as none
// to the API.
func keepList(configured types.List, told []string) types.List {
	before := configured.Elements()
	if len(told) == 0 {
		if tfvalues.IsSet(configured) && len(before) == 0 {
			return configured
		}
		return types.ListNull(types.StringType)
	}
	elements := make([]attr.Value, len(told))
	for i, text := range told {
		elements[i] = types.StringValue(text)
		if i < len(before) {
			one, _ := before[i].(types.String)
			elements[i] = tfvalues.KeepText(one, text)
		}
	}
	return types.ListValueMust(types.StringType, elements)
}

// same reports whether two values are the same to the API, for which an empty list or map, and what isn't true, is none.
func same(a, b attr.Value) bool { return a.Equal(b) || isNone(a) && isNone(b) }

func isNone(value attr.Value) bool {
	switch value := value.(type) {
	case types.Bool:
		return !value.IsUnknown() && !value.ValueBool()
	case types.List:
		return !value.IsUnknown() && len(value.Elements()) == 0
	case types.Map:
		return !value.IsUnknown() && len(value.Elements()) == 0
	}
	return false
}

// keepResources returns the API's resources. An object without any value is the same as none to the API, and stays as configured.
func keepResources(configured types.Object, told *fermi.ResourceConfig) types.Object {
	switch {
	case told != nil && *told != (fermi.ResourceConfig{}):
		return resourceconfig.Object(*told)
	case tfvalues.IsSet(configured) && allNull(configured):
		return configured
	}
	return types.ObjectNull(resourceconfig.Types)
}

func allNull(object types.Object) bool {
	for _, value := range object.Attributes() {
		if !value.IsNull() {
			return false
		}
	}
	return true
}

// Types are the types of the attributes.
func Types() map[string]attr.Type {
	all := map[string]attr.Type{}
	for _, f := range fields {
		all[f.name] = f.kind.valueType()
	}
	return all
}

// Null returns a configuration that leaves out everything.
func Null() Model {
	var m Model
	for _, f := range fields {
		f.value.set(&m, f.kind.null())
	}
	return m
}

// Value returns the value of an attribute, or nil if a configuration has no such attribute.
func (m *Model) Value(name string) attr.Value {
	for _, f := range fields {
		if f.name == name {
			return f.value.get(m)
		}
	}
	return nil
}

// SetTask takes over the configuration of a task. A text, a list or a map that it doesn't have is empty, not null, so that a task
// is the same whether a configuration leaves such a value out or writes an empty one, and after an import too.
func (m *Model) SetTask(task fermi.TrainingTask) {
	m.Set(configOf(task))
	for _, f := range fields {
		if empty := f.kind.empty(); empty != nil && f.value.get(m).IsNull() {
			f.value.set(m, empty)
		}
	}
}

// KeepPlanned restores the values that the plan knew.
func (m *Model) KeepPlanned(plan Model) {
	for _, f := range fields {
		planned := f.value.get(&plan)
		// The parts of an object may be unknown one by one, so it is as the API tells.
		if _, parts := f.kind.(resources); !planned.IsUnknown() && (!parts || planned.IsNull()) {
			f.value.set(m, planned)
		}
	}
}

// StartsAnew reports whether a difference to the state starts a new task.
func (m *Model) StartsAnew(state Model) bool {
	for _, f := range fields {
		if planned, kept := f.value.get(m), f.value.get(&state); f.patch == nil && !same(planned, kept) {
			return true
		}
	}
	return false
}

// IsKnown reports whether all values are known that an estimate depends on.
func (l Launch) IsKnown() bool {
	m := Model{Launch: l}
	for _, f := range fields {
		if f.estimate != "" && f.value.get(&m).IsUnknown() {
			return false
		}
	}
	for _, value := range l.ResourceConfig.Attributes() {
		if value.IsUnknown() {
			return false
		}
	}
	return true
}

// IDs are the ids of a configuration.
func (l Launch) IDs() clusterfacts.IDs {
	return clusterfacts.IDs{
		Dataset: l.DatasetID, Version: l.DatasetVersionID, Model: l.ModelID, Environment: l.EnvironmentID, Resources: l.ResourceConfig,
	}
}
