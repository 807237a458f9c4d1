package provider

import (
	"reflect"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// read and write are to do what the framework's Get and Set do.
func TestValuesAsTheFrameworkHasThem(t *testing.T) {
	ctx := t.Context()
	tf := newTerraform(t)
	var described resource.SchemaResponse
	(&trainingTaskResource{}).Schema(ctx, resource.SchemaRequest{}, &described)
	kind := tf.task.ValueType()
	labels := func(value any) tftypes.Value {
		return tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, value)
	}
	for name, attributes := range map[string]values{
		"nothing": {},
		"everything": dynamicTask(t, tf, values{
			"timeouts": timeoutsOf(tf, values{"create": "2d"}), "labels": labels(map[string]tftypes.Value{"a": tftypes.NewValue(tftypes.String, "b")}),
		}),
		"unknown": {
			"id": unknown, "labels": labels(unknown), "replace_on_failure": unknown,
			"resource_config": tftypes.NewValue(kind.(tftypes.Object).AttributeTypes["resource_config"], unknown),
		},
	} {
		t.Run(name, func(t *testing.T) {
			state := tfsdk.State{Schema: described.Schema, Raw: object(t, tf.task, attributes)}
			var want, got trainingTaskModel
			if diags := state.Get(ctx, &want); diags.HasError() {
				t.Fatal(diags)
			}
			if diags := got.read(ctx, state.Raw); diags.HasError() {
				t.Fatal(diags)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("read\n%#v, want\n%#v", got, want)
			}
			var written tftypes.Value
			if diags := got.write(ctx, &written); diags.HasError() {
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

// What isn't a task is an error, and no panic.
func TestValuesThatAreNoTask(t *testing.T) {
	tf := newTerraform(t)
	for _, value := range []tftypes.Value{
		tftypes.NewValue(tf.task.ValueType(), nil), tftypes.NewValue(tf.task.ValueType(), unknown), tftypes.NewValue(tftypes.String, "task-001"), {},
	} {
		var model trainingTaskModel
		if diags := model.read(t.Context(), value); !diags.HasError() || !strings.Contains(diags[0].Detail(), "Reading a training task") {
			t.Errorf("%s: %v", value, diags)
		}
	}
	var model trainingTaskModel // its maps have no type of element
	var written tftypes.Value
	if diags := model.write(t.Context(), &written); !diags.HasError() {
		t.Errorf("wrote %s", written)
	}
}
