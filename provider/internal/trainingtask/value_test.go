package trainingtask

import (
	"maps"
	"reflect"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// readValue and writeValue do what the framework's Get and Set do.
func TestValuesAsTheFrameworkHasThem(t *testing.T) {
	ctx := t.Context()
	var described resource.SchemaResponse
	(&taskResource{}).Schema(ctx, resource.SchemaRequest{}, &described)
	text := func(value any) tftypes.Value { return tftypes.NewValue(tftypes.String, value) }
	object := func(name string, values map[string]tftypes.Value) tftypes.Value {
		kind := taskValueLayout().kind.AttributeTypes[name].(tftypes.Object)
		for name, kind := range kind.AttributeTypes {
			if _, ok := values[name]; !ok {
				values[name] = tftypes.NewValue(kind, nil)
			}
		}
		return tftypes.NewValue(kind, values)
	}
	labels := tftypes.Map{ElementType: tftypes.String}
	for name, attributes := range map[string]map[string]tftypes.Value{
		"nothing": {},
		"everything": {
			"task_name": text("n"), "dataset_id": text("dataset-001"), "dataset_version_id": text("version-001"), "launch_mode": text("dynamic"),
			"resource_config": object("resource_config", map[string]tftypes.Value{
				"availability_zone": text("az-bj-a"), "gpu_type": text("A100"), "gpu_count": tftypes.NewValue(tftypes.Number, 16),
				"cpu_cores": tftypes.NewValue(tftypes.Number, 64), "memory": tftypes.NewValue(tftypes.Number, 512), "image": text("i"),
			}),
			"timeouts": object("timeouts", map[string]tftypes.Value{"create": text("2d")}),
			"labels":   tftypes.NewValue(labels, map[string]tftypes.Value{"a": text("b")}),
		},
		"unknown": {
			"id": text(tftypes.UnknownValue), "labels": tftypes.NewValue(labels, tftypes.UnknownValue),
			"replace_on_failure": tftypes.NewValue(tftypes.Bool, tftypes.UnknownValue),
			"resource_config":    tftypes.NewValue(taskValueLayout().kind.AttributeTypes["resource_config"], tftypes.UnknownValue),
		},
	} {
		t.Run(name, func(t *testing.T) {
			state := tfsdk.State{Schema: described.Schema, Raw: taskValue(attributes)}
			var want, got taskModel
			if diags := state.Get(ctx, &want); diags.HasError() {
				t.Fatal(diags)
			}
			if diags := got.readValue(ctx, state.Raw); diags.HasError() {
				t.Fatal(diags)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("read\n%#v, want\n%#v", got, want)
			}
			var written tftypes.Value
			if diags := got.writeValue(ctx, &written); diags.HasError() {
				t.Fatal(diags)
			}
			if diags := state.Set(ctx, &want); diags.HasError() {
				t.Fatal(diags)
			}
			if !written.Equal(state.Raw) {
				t.Errorf("wrote %s, want %s", written, state.Raw)
			}
		})
	}
}

// A value that isn't a task is an error, not a panic.
func TestValuesThatAreNoTask(t *testing.T) {
	task := taskValueLayout().kind
	for _, value := range []tftypes.Value{
		tftypes.NewValue(task, nil), tftypes.NewValue(task, tftypes.UnknownValue), tftypes.NewValue(tftypes.String, "task-001"), {},
	} {
		var model taskModel
		if diags := model.readValue(t.Context(), value); !diags.HasError() || !strings.Contains(diags[0].Detail(), "Reading a training task") {
			t.Errorf("%s: %v", value, diags)
		}
	}
	var model taskModel // its maps have no element type
	var written tftypes.Value
	if diags := model.writeValue(t.Context(), &written); !diags.HasError() {
		t.Errorf("wrote %s", written)
	}
}

// taskValue returns a task with some attributes; the others are null.
func taskValue(attributes map[string]tftypes.Value) tftypes.Value {
	kind, all := taskValueLayout().kind, map[string]tftypes.Value{}
	for name, kind := range kind.AttributeTypes {
		all[name] = tftypes.NewValue(kind, nil)
	}
	maps.Copy(all, attributes)
	return tftypes.NewValue(kind, all)
}
