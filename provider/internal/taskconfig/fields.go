// Package taskconfig is the configuration of a training task: the attributes that the resource, a task template, an estimate and
// the list of tasks have in common.
//
// fields.go lists the attributes, and converts their values from and to what the API has. All else goes by that list: the schemas,
// what a template fills in, what a change does to a task.
package taskconfig

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/resourceconfig"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/textrules"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

// A Model has the values of a configuration.
type Model struct {
	TaskName    types.String `tfsdk:"task_name"`
	Description types.String `tfsdk:"description"`
	Labels      types.Map    `tfsdk:"labels"`
	Command     types.List   `tfsdk:"command"`
	Args        types.List   `tfsdk:"args"`
	Variables   types.Map    `tfsdk:"environment_variables"`
	Launch
}

// A Launch is the part of a configuration that an estimate depends on.
type Launch struct {
	DatasetID        types.String `tfsdk:"dataset_id"`
	DatasetVersionID types.String `tfsdk:"dataset_version_id"`
	ModelID          types.String `tfsdk:"model_id"`
	LaunchMode       types.String `tfsdk:"launch_mode"`
	EnvironmentID    types.String `tfsdk:"environment_id"`
	ResourceConfig   types.Object `tfsdk:"resource_config"`
	MaxDuration      types.String `tfsdk:"max_duration"`
	MaxRestarts      types.Int64  `tfsdk:"max_restarts"`
	Priority         types.String `tfsdk:"priority"`
	Preemptible      types.Bool   `tfsdk:"preemptible"`
}

// A field is an attribute of a configuration.
type field struct {
	name  string
	value accessor // where a Model has it
	kind  kind
	// What the documentation says of it: on a task, in a template, in an estimate, in the list of tasks. An estimate doesn't have
	// the attributes that it doesn't document.
	task, template, estimate, listed string
	// missing is the error where neither the task nor its template has it; the zero value if it may be left out.
	missing language.Phrase
	// patch sets it in a change of a task. It is nil if another value starts a new task.
	patch func(ctx context.Context, m *Model, patch *fermi.TrainingTaskPatch) diag.Diagnostics
	// untilItsEnd is set if the API changes it only while the task lives.
	untilItsEnd bool
}

// fields lists the attributes. Mistakes are told in this order, which is the API's.
var fields = []field{
	{
		name: "task_name", value: at(func(m *Model) *types.String { return &m.TaskName }),
		kind:     text{rules: name(language.EnterTaskName)},
		task:     "Name of the task, at most 256 characters. It need not be unique. Needed unless the template has one.",
		template: "Name of the task, at most 256 characters.",
		listed:   "Name.",
		missing:  language.EnterTaskName,
		patch: func(_ context.Context, m *Model, patch *fermi.TrainingTaskPatch) diag.Diagnostics {
			patch.TaskName = m.TaskName.ValueStringPointer()
			return nil
		},
	},
	{
		name: "description", value: at(func(m *Model) *types.String { return &m.Description }),
		kind:     text{rules: description, none: types.StringValue("")},
		task:     "What the task is for, at most 4,096 characters. Left out: the template's, or empty.",
		template: "What the task is for, at most 4,096 characters.",
		listed:   "What it is for; empty when it has none.",
		patch: func(_ context.Context, m *Model, patch *fermi.TrainingTaskPatch) diag.Diagnostics {
			patch.Description = new(m.Description.ValueString())
			return nil
		},
	},
	{
		name: "dataset_id", value: at(func(m *Model) *types.String { return &m.DatasetID }),
		kind:     text{rules: id(language.ChooseDataset)},
		task:     "Dataset to train on. Needed unless the template has one. Changing it starts a new task.",
		template: "Dataset to train on.",
		estimate: "Dataset to train on. Needed unless the template has one.",
		listed:   "Dataset.",
		missing:  language.ChooseDataset,
	},
	{
		name: "dataset_version_id", value: at(func(m *Model) *types.String { return &m.DatasetVersionID }),
		kind:     text{rules: id(language.ChooseDataset)},
		task:     "Version of the dataset. Needed unless the template has one. Changing it starts a new task.",
		template: "Version of the dataset.",
		estimate: "Version of the dataset. Needed unless the template has one.",
		listed:   "Version of the dataset.",
		missing:  language.ChooseDataset,
	},
	{
		name: "model_id", value: at(func(m *Model) *types.String { return &m.ModelID }),
		kind:     text{rules: id(language.ChooseModel), leftOut: language.LeaveItOut},
		task:     "Model to start from. Left out: the template's, or none. Changing it starts a new task.",
		template: "Model to start from.",
		estimate: "Model to start from.",
		listed:   "Model that it starts from; null when it starts from none.",
	},
	{
		name: "launch_mode", value: at(func(m *Model) *types.String { return &m.LaunchMode }),
		kind: text{rules: launchMode, chosen: true},
		task: "`existing`: share a running development environment, start in about ten seconds. `dynamic`: have GPUs " +
			"allocated, " +
			"start in two to five minutes. Left out: the template's, else decided at creation, `existing` when an environment runs, else " +
			"`dynamic`, which needs `resource_config`. Changing it starts a new task.",
		template: "`existing` or `dynamic`.",
		estimate: "`existing` or `dynamic`. Left out: what smart switching would choose.",
		listed:   "`existing` or `dynamic`.",
	},
	{
		name: "environment_id", value: at(func(m *Model) *types.String { return &m.EnvironmentID }),
		kind: text{rules: id(language.ChooseEnvironment), leftOut: language.FirstRunning, chosen: true},
		task: "Development environment to share, only for mode `existing`. Left out: the template's, or the first running " +
			"one. Changing it starts a new task.",
		template: "Development environment to share in mode `existing`.",
		estimate: "Development environment to share in mode `existing`. Left out: the first running one. Null in mode `dynamic`.",
		listed:   "Development environment that it shares; null in mode `dynamic`.",
	},
	{
		name: "resource_config", value: at(func(m *Model) *types.Object { return &m.ResourceConfig }),
		kind: resources{},
		task: "GPUs to allocate, required with `launch_mode = \"dynamic\"` and not allowed with `\"existing\"`. With " +
			"`launch_mode` left out it is used " +
			"when no environment runs. Each value is needed unless the template has it. Changing it starts a new task.",
		template: "GPUs to allocate in mode `dynamic`.",
		estimate: "GPUs to allocate in mode `dynamic`; given, it has to be whole.",
		listed:   "GPUs that it asked for; null for a task that asked for none.",
	},
	{
		name: "labels", value: at(func(m *Model) *types.Map { return &m.Labels }),
		kind: textMap{rules: textrules.Labels},
		task: "Labels, at most 64; key and value have at most 256 bytes, and a Chinese character has three. Left out: the " +
			"template's, or none.",
		template: "Labels, at most 64; key and value have at most 256 bytes, and a Chinese character has three.",
		listed:   "Labels.",
		patch: func(ctx context.Context, m *Model, patch *fermi.TrainingTaskPatch) diag.Diagnostics {
			labels := fermi.Labels{}
			patch.Labels = &labels
			return elements(ctx, m.Labels, &labels)
		},
	},
	{
		name: "command", value: at(func(m *Model) *types.List { return &m.Command }),
		kind: textList{rules: textrules.Arguments},
		task: "What runs in the image, such as `[\"python\", \"train.py\"]`; at most 1,000 elements with 32,768 bytes in all. Left out: the " +
			"template's, or the image's own entry point, which an empty list stands for. No shell reads it. Changing it starts a new task.",
		template: "What runs in the image, such as `[\"python\", \"train.py\"]`; at most 1,000 elements with 32,768 bytes in all.",
		listed:   "What runs in the image; empty for the image's own entry point.",
	},
	{
		name: "args", value: at(func(m *Model) *types.List { return &m.Args }),
		kind: textList{rules: textrules.Arguments},
		task: "Arguments of the command, or of the image's own entry point; at most 1,000 elements with 32,768 bytes in all. Left out: the " +
			"template's, or the image's own, which an empty list stands for; a task with a `command` doesn't get those. Changing it starts " +
			"a new task.",
		template: "Arguments of the command, or of the image's own entry point; at most 1,000 elements with 32,768 bytes in all.",
		listed:   "Arguments of the command; empty for the image's own.",
	},
	{
		name: "environment_variables", value: at(func(m *Model) *types.Map { return &m.Variables }),
		kind: textMap{rules: textrules.EnvironmentVariables},
		task: "Environment variables by name: letters, digits and underscores, the first no digit; names and values have at most 65,536 bytes " +
			"in all. Plans, the state and the cluster's pages show them, so put no secrets here. Left out: the template's, or none, which an " +
			"empty map stands for. Changing them starts a new task.",
		template: "Environment variables by name. Plans, the state and the cluster's pages show them, so put no secrets here.",
		listed:   "Environment variables by name.",
	},
	{
		name: "max_duration", value: at(func(m *Model) *types.String { return &m.MaxDuration }),
		kind: text{rules: textrules.MaxDuration, written: keepForm{}},
		task: "Most time that the task may be on its GPUs, over all restarts, such as `90m`, `12h` or `2d`; in an environment, that it may " +
			"train. Then it is stopped, with the reason `MAX_DURATION_REACHED`. The queue plans with it, so a shorter one may start sooner. " +
			"Whole seconds, from `1m` to `3650d`. Left out: the template's, or no limit. It can change until the task's end.",
		template: "Most time that a task may be on its GPUs, over all restarts, such as `12h`.",
		estimate: "Most time that the task may be on its GPUs, such as `12h`. Left out: no limit.",
		listed:   "Most time that it may be on its GPUs, such as `12h`; null for no limit.",
		patch: func(_ context.Context, m *Model, patch *fermi.TrainingTaskPatch) (diags diag.Diagnostics) {
			if patch.MaxDuration, diags = seconds("max_duration", m.MaxDuration); patch.MaxDuration == nil {
				patch.MaxDuration = new(int64(0)) // takes the limit away
			}
			return diags
		},
		untilItsEnd: true,
	},
	{
		name: "max_restarts", value: at(func(m *Model) *types.Int64 { return &m.MaxRestarts }),
		kind: count{rules: []validator.Int64{int64validator.Between(0, 100)}},
		task: "How often the task restarts after it has crashed or lost a node, from its last checkpoint: 0 to 100. Left out: the " +
			"template's, or as the cluster does it. It can change until the task's end.",
		template: "How often a task restarts after it has crashed or lost a node: 0 to 100.",
		estimate: "How often the task restarts after it has crashed or lost a node: 0 to 100. Left out: as the cluster does it.",
		listed:   "How often it restarts after it has crashed or lost a node; null where that is the cluster's to say.",
		patch: func(_ context.Context, m *Model, patch *fermi.TrainingTaskPatch) diag.Diagnostics {
			if patch.MaxRestarts = m.MaxRestarts.ValueInt64Pointer(); patch.MaxRestarts == nil {
				patch.MaxRestarts = new(int64(-1)) // takes the limit away
			}
			return nil
		},
		untilItsEnd: true,
	},
	{
		name: "priority", value: at(func(m *Model) *types.String { return &m.Priority }),
		kind: text{rules: priority, none: types.StringValue(string(fermi.PriorityNormal))},
		task: "`low`, `normal` or `high`: who comes first in the queue, and among equals who came first. A task that can't start takes the " +
			"place of running `preemptible` tasks of lower priorities, if it then starts at once. Left out: the template's, or `normal`. It " +
			"can change until the task's end.",
		template: "`low`, `normal` or `high`: who comes first in the queue.",
		estimate: "`low`, `normal` or `high`. Left out: `normal`.",
		listed:   "`low`, `normal` or `high`.",
		patch: func(_ context.Context, m *Model, patch *fermi.TrainingTaskPatch) diag.Diagnostics {
			patch.Priority = new(fermi.Priority(m.Priority.ValueString()))
			return nil
		},
		untilItsEnd: true,
	},
	{
		name: "preemptible", value: at(func(m *Model) *types.Bool { return &m.Preemptible }),
		kind: flag{},
		task: "Whether the task, on GPUs of its own, may have to give way to one of a higher priority. It then waits again, and goes on " +
			"from its last checkpoint. It costs less. Left out: the template's, or `false`. Changing it starts a new task.",
		template: "Whether a task, on GPUs of its own, may have to give way to one of a higher priority. It costs less.",
		estimate: "Whether the task may have to give way to one of a higher priority. Left out: `false`.",
		listed:   "Whether it may have to give way to a task of a higher priority.",
	},
}

// Config returns the configuration as the API has it in templates. Unknown values are left out.
func (m *Model) Config(ctx context.Context) (fermi.TaskConfig, diag.Diagnostics) {
	config := fermi.TaskConfig{
		TaskName:         m.TaskName.ValueString(),
		DatasetID:        m.DatasetID.ValueString(),
		DatasetVersionID: m.DatasetVersionID.ValueString(),
		ModelID:          m.ModelID.ValueString(),
		LaunchMode:       fermi.LaunchMode(m.LaunchMode.ValueString()),
		EnvironmentID:    m.EnvironmentID.ValueString(),
		ResourceConfig:   resourceconfig.Known(m.ResourceConfig),
		Priority:         fermi.Priority(m.Priority.ValueString()),
	}
	if tfvalues.IsSet(m.Description) {
		config.Description = m.Description.ValueStringPointer()
	}
	if tfvalues.IsSet(m.MaxRestarts) {
		config.MaxRestarts = m.MaxRestarts.ValueInt64Pointer()
	}
	if tfvalues.IsSet(m.Preemptible) {
		config.Preemptible = m.Preemptible.ValueBoolPointer()
	}
	var diags diag.Diagnostics
	config.MaxDuration, diags = seconds("max_duration", m.MaxDuration)
	diags.Append(elements(ctx, m.Labels, &config.Labels)...)
	diags.Append(elements(ctx, m.Command, &config.Command)...)
	diags.Append(elements(ctx, m.Args, &config.Args)...)
	diags.Append(elements(ctx, m.Variables, &config.EnvironmentVariables)...)
	return config, diags
}

// Request returns the creation of a task. Unknown values are left out: the template or the API chooses them.
func (m *Model) Request(ctx context.Context, template types.String) (fermi.TrainingTaskRequest, diag.Diagnostics) {
	c, diags := m.Config(ctx)
	request := fermi.TrainingTaskRequest{
		TemplateID: template.ValueString(), TaskName: c.TaskName, Description: c.Description, DatasetID: c.DatasetID,
		DatasetVersionID: c.DatasetVersionID, ModelID: c.ModelID, LaunchMode: c.LaunchMode, EnvironmentID: c.EnvironmentID,
		ResourceConfig: c.ResourceConfig, Labels: c.Labels, Command: c.Command, Args: c.Args,
		EnvironmentVariables: c.EnvironmentVariables, MaxDuration: c.MaxDuration, MaxRestarts: c.MaxRestarts, Priority: c.Priority,
		Preemptible: c.Preemptible,
	}
	if request.TemplateID != "" {
		return request, diags
	}
	// An empty value matters only if it overrides the template's.
	if m.Description.ValueString() == "" {
		request.Description = nil
	}
	if len(request.Labels) == 0 {
		request.Labels = nil
	}
	if len(request.Command) == 0 {
		request.Command = nil
	}
	if len(request.Args) == 0 {
		request.Args = nil
	}
	if len(request.EnvironmentVariables) == 0 {
		request.EnvironmentVariables = nil
	}
	if request.Priority == fermi.PriorityNormal {
		request.Priority = ""
	}
	if !m.Preemptible.ValueBool() {
		request.Preemptible = nil
	}
	return request, diags
}

// configOf returns the configuration that a task has.
func configOf(t fermi.TrainingTask) fermi.TaskConfig {
	return fermi.TaskConfig{
		TaskName: t.TaskName, Description: &t.Description, DatasetID: t.DatasetID, DatasetVersionID: t.DatasetVersionID, ModelID: t.ModelID,
		LaunchMode: t.LaunchMode, EnvironmentID: t.EnvironmentID, ResourceConfig: t.ResourceConfig, Labels: t.Labels,
		Command: t.Command, Args: t.Args, EnvironmentVariables: t.EnvironmentVariables, MaxDuration: t.MaxDuration,
		MaxRestarts: t.MaxRestarts, Priority: t.Priority, Preemptible: &t.Preemptible,
	}
}

// Set takes over a configuration from the API. Values stay as they are written where the API has the same.
func (m *Model) Set(c fermi.TaskConfig) {
	m.TaskName = tfvalues.KeepName(m.TaskName, c.TaskName)
	m.Description = keepText(m.Description, c.Description)
	m.DatasetID = tfvalues.StringOrNull(c.DatasetID)
	m.DatasetVersionID = tfvalues.StringOrNull(c.DatasetVersionID)
	m.ModelID = tfvalues.StringOrNull(c.ModelID)
	m.LaunchMode = tfvalues.StringOrNull(c.LaunchMode)
	m.EnvironmentID = tfvalues.StringOrNull(c.EnvironmentID)
	m.Labels = keepMap(m.Labels, c.Labels)
	m.Command = keepList(m.Command, c.Command)
	m.Args = keepList(m.Args, c.Args)
	m.Variables = keepMap(m.Variables, c.EnvironmentVariables)
	m.MaxDuration = keepDuration(m.MaxDuration, c.MaxDuration)
	m.MaxRestarts = types.Int64PointerValue(c.MaxRestarts)
	m.Priority = tfvalues.StringOrNull(c.Priority)
	m.Preemptible = types.BoolPointerValue(c.Preemptible)
	m.ResourceConfig = keepResources(m.ResourceConfig, c.ResourceConfig)
}
