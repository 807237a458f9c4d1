package taskconfig

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/resourceconfig"
)

// environment is the attribute that a template fills in only for one of the launch modes.
const environment = "environment_id"

// WithDefaults returns the configuration with the template's values where it has none, as the API would fill them in.
func (m Model) WithDefaults(template fermi.TaskConfig) Model {
	base := Null()
	base.Set(template)
	dynamic := fermi.LaunchMode(m.LaunchMode.ValueString()) == fermi.LaunchModeDynamic
	for _, f := range fields {
		_, parts := f.kind.(resources)
		if parts || f.name == environment && dynamic || !f.value.get(&m).IsNull() {
			continue
		}
		f.value.set(&m, f.value.get(&base))
	}
	if template.ResourceConfig == nil || m.ResourceConfig.IsUnknown() {
		return m
	}
	values := resourceconfig.Object(*template.ResourceConfig).Attributes()
	for name, value := range m.ResourceConfig.Attributes() {
		if !value.IsNull() {
			values[name] = value
		}
	}
	m.ResourceConfig = types.ObjectValueMust(resourceconfig.Types, values)
	return m
}

// DiffersFromTemplate reports whether a template fills in what the configuration leaves out with other values than the task has,
// as far as another value starts a new task. It follows the API's rules for templates.
func (m *Model) DiffersFromTemplate(state Model, template fermi.TaskConfig) bool {
	base := Null()
	base.Set(template)
	// Values for the other mode are not filled in.
	dynamic := fermi.LaunchMode(state.LaunchMode.ValueString()) == fermi.LaunchModeDynamic
	for _, f := range fields {
		if _, parts := f.kind.(resources); parts || f.patch != nil || f.name == environment && dynamic {
			continue
		}
		if differs(f.value.get(m), f.value.get(&base), f.value.get(&state)) {
			return true
		}
	}
	if !dynamic || m.ResourceConfig.IsUnknown() {
		return false
	}
	configured, has := m.ResourceConfig.Attributes(), state.ResourceConfig.Attributes()
	for name, filled := range base.ResourceConfig.Attributes() {
		if differs(configured[name], filled, has[name]) {
			return true
		}
	}
	return false
}

// differs reports whether a template fills in a value that isn't configured with another one than the task has. A value of nil is
// that of an object that is left out.
func differs(configured, filled, has attr.Value) bool {
	return (configured == nil || configured.IsNull()) && !filled.IsNull() && !same(filled, has)
}

// PlanRefill plans what another template may change in place. The values are known after apply, because the template may change
// until then. live says that the task hasn't ended.
func (m *Model) PlanRefill(config Model, live bool) {
	for _, f := range fields {
		if f.patch != nil && (live || !f.untilItsEnd) && f.value.get(&config).IsNull() {
			f.value.set(m, f.kind.unknown())
		}
	}
}

// IsRefilled reports whether the plan leaves values of an existing task to its new template.
func (m *Model) IsRefilled() bool {
	for _, f := range fields {
		if f.patch != nil && f.value.get(m).IsUnknown() {
			return true
		}
	}
	return false
}

// Refill sets the values that the plan leaves to the new template. Those that the template doesn't have stay as they are.
func (m *Model) Refill(state Model, template fermi.TaskConfig) {
	base := Null()
	base.Set(template)
	for _, f := range fields {
		if f.patch == nil || !f.value.get(m).IsUnknown() {
			continue
		}
		filled := f.value.get(&base)
		if filled.IsNull() {
			filled = f.value.get(&state)
		}
		f.value.set(m, filled)
	}
}
