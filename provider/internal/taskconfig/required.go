package trainingtask

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

// checkRequired reports missing values, in the API's order. The task's template, if it has one, must have been filled in before.
func (m *taskModel) checkRequired(speaker *language.Speaker) diag.Diagnostics {
	var diags diag.Diagnostics
	for _, needed := range []struct {
		value   attr.Value
		at      path.Path
		message language.Phrase
	}{
		{m.TaskName, path.Root("task_name"), language.EnterTaskName},
		{m.DatasetID, path.Root("dataset_id"), language.ChooseDataset},
		{m.DatasetVersionID, path.Root("dataset_version_id"), language.ChooseDataset},
	} {
		if needed.value.IsNull() {
			diags.AddAttributeError(needed.at, speaker.Say(needed.message), speaker.Say(language.IsMissing, needed.at))
		}
	}
	// Without a template, mode existing takes no resource_config at all.
	if !tfvalues.IsSet(m.ResourceConfig) || m.TemplateID.IsNull() && fermi.LaunchMode(m.LaunchMode.ValueString()) == fermi.LaunchModeExisting {
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
