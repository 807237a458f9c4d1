package taskconfig

import (
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

// CheckRequired reports missing values, in the API's order. The task's template, if it has one, must have been filled in before.
// templated says whether it has one.
func (m *Model) CheckRequired(speaker *language.Speaker, templated bool) diag.Diagnostics {
	var diags diag.Diagnostics
	for _, f := range fields {
		if f.missing != (language.Phrase{}) && f.value.get(m).IsNull() {
			at := path.Root(f.name)
			diags.AddAttributeError(at, speaker.Say(f.missing), speaker.Say(language.IsMissing, at))
		}
	}
	// Without a template, mode existing takes no resource_config at all.
	if !tfvalues.IsSet(m.ResourceConfig) || !templated && fermi.LaunchMode(m.LaunchMode.ValueString()) == fermi.LaunchModeExisting {
		return diags
	}
	for _, needed := range []struct {
		name    string
		message language.Phrase
	}{
		{"availability_zone", language.ChooseZone}, {"gpu_type", language.ChooseGPUType}, {"gpu_count", language.ChooseGPUCount},
		{"cpu_cores", language.ChooseCPUCores}, {"memory", language.ChooseMemory}, {"image", language.ChooseImage},
	} {
		if m.ResourceConfig.Attributes()[needed.name].IsNull() {
			at := path.Root("resource_config").AtName(needed.name)
			diags.AddAttributeError(at, speaker.Say(needed.message), speaker.Say(language.IsMissing, at))
		}
	}
	return diags
}
