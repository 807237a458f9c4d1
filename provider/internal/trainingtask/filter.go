package trainingtask

import (
	"maps"
	"regexp"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
)

// taskFilterModel selects tasks, in a query and in a data source.
type taskFilterModel struct {
	Status     types.String      `tfsdk:"status"`
	LaunchMode types.String      `tfsdk:"launch_mode"`
	Name       types.String      `tfsdk:"name"`
	Labels     map[string]string `tfsdk:"labels"`
}

var (
	taskFilterDocs = map[string]string{
		"status":      "Only tasks in this status: `queued`, `allocating`, `starting`, `running`, `succeeded`, `failed` or `stopped`.",
		"launch_mode": "Only tasks of this mode: `existing` or `dynamic`.",
		"name":        "Only tasks with this in their name.",
		"labels":      "Only tasks with all of these labels. A key can't have `=` in it here.",
	}
	taskStatusValidators = []validator.String{
		stringvalidator.OneOf("queued", "allocating", "starting", "running", "succeeded", "failed", "stopped"),
	}
	labelFilterValidators = []validator.Map{
		mapvalidator.NoNullValues(),
		mapvalidator.KeysAre(stringvalidator.RegexMatches(regexp.MustCompile(`^[^=]+$`), "must not be empty nor have = in it, which ends the "+
			"key in the API's filter")),
	}
)

func (m taskFilterModel) filter() fermi.ListTrainingTasksParams {
	filter := fermi.ListTrainingTasksParams{LaunchMode: fermi.LaunchMode(m.LaunchMode.ValueString()), Name: m.Name.ValueString()}
	if status := m.Status.ValueString(); status != "" {
		filter.Status = []fermi.TaskStatus{fermi.TaskStatus(status)}
	}
	for _, key := range slices.Sorted(maps.Keys(m.Labels)) {
		filter.Label = append(filter.Label, key+"="+m.Labels[key])
	}
	return filter
}
