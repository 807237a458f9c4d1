package taskconfig

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/resourceconfig"
)

// whole returns a configuration that has all attributes.
func whole(t *testing.T) Model {
	t.Helper()
	var m Model
	for _, f := range fields {
		switch f.value.get(&m).(type) {
		case types.Int64:
			f.value.set(&m, types.Int64Value(7))
		case types.Bool:
			f.value.set(&m, types.BoolValue(true))
		case types.String:
			if f.name == "max_duration" {
				f.value.set(&m, types.StringValue("1h30m"))
				continue
			}
			f.value.set(&m, types.StringValue("a "+f.name))
		case types.List:
			f.value.set(&m, types.ListValueMust(types.StringType, []attr.Value{types.StringValue("a " + f.name), types.StringValue("")}))
		case types.Map:
			f.value.set(&m, types.MapValueMust(types.StringType, map[string]attr.Value{"A": types.StringValue("a " + f.name)}))
		case types.Object:
			f.value.set(&m, resourceconfig.Object(fermi.ResourceConfig{GPUType: "A100", GPUCount: 2}))
		default:
			t.Fatalf("%s is of a kind that this test doesn't know", f.name)
		}
	}
	return m
}

// The list has each value of a Model, with its type, and an estimate has those of a Launch.
func TestFieldsAreTheModel(t *testing.T) {
	var m Model
	listed := map[string]field{}
	for i, f := range fields {
		listed[f.name] = f
		for place, got := range map[string]attr.Type{
			"a task": f.kind.ofTask(nil, &fields[i]).GetType(), "a template": f.kind.ofTemplate(nil, &fields[i]).GetType(),
			"a list": f.kind.ofList(&fields[i]).GetType(), "null": f.kind.null().Type(t.Context()), "unknown": f.kind.unknown().Type(t.Context()),
		} {
			if !f.kind.valueType().Equal(got) {
				t.Errorf("%s of %s is of type %s", f.name, place, got)
			}
		}
		if f.task == "" || f.template == "" || f.listed == "" {
			t.Errorf("%s isn't documented everywhere", f.name)
		}
	}
	launch := reflect.TypeFor[Launch]()
	tags := 0
	for _, value := range reflect.VisibleFields(reflect.TypeOf(m)) {
		name, ok := value.Tag.Lookup("tfsdk")
		if !ok {
			continue
		}
		tags++
		f, ok := listed[name]
		if !ok {
			t.Errorf("%s isn't listed", name)
			continue
		}
		if _, inLaunch := launch.FieldByName(value.Name); inLaunch != (f.estimate != "") {
			t.Errorf("%s is in a launch: %t, and in an estimate: %t", name, inLaunch, !inLaunch)
		}
	}
	if tags != len(fields) {
		t.Errorf("%d fields are listed, and a model has %d", len(fields), tags)
	}
}

// No conversion forgets a field.
func TestFieldsReachTheAPIAndComeBack(t *testing.T) {
	m := whole(t)
	config, diags := m.Config(t.Context())
	if diags.HasError() {
		t.Fatal(diags)
	}
	request, diags := m.Request(t.Context(), types.StringValue("template-001"))
	if diags.HasError() {
		t.Fatal(diags)
	}
	encode := func(v any) (text []byte, decoded map[string]any) {
		t.Helper()
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &decoded); err != nil {
			t.Fatal(err)
		}
		return text, decoded
	}
	inConfig, want := encode(config)
	_, asked := encode(request)
	delete(asked, "templateId")
	if !reflect.DeepEqual(asked, want) {
		t.Errorf("a request has\n%v\nand a template's configuration\n%v", asked, want)
	}
	// A task shows its configuration under the same names.
	var task fermi.TrainingTask
	if err := json.Unmarshal(inConfig, &task); err != nil {
		t.Fatal(err)
	}
	fromTemplate, fromTask := Null(), Null()
	fromTemplate.Set(config)
	fromTask.SetTask(task)
	for what, got := range map[string]Model{"template": fromTemplate, "task": fromTask} {
		for _, f := range fields {
			if !f.value.get(&got).Equal(f.value.get(&m)) {
				t.Errorf("%s of a %s is %s, want %s", f.name, what, f.value.get(&got), f.value.get(&m))
			}
		}
	}
}

// A template fills in what is left out, and nothing else.
func TestTemplateFillsIn(t *testing.T) {
	m, none := whole(t), Null()
	m.LaunchMode = types.StringValue("existing")
	config, _ := m.Config(t.Context())
	filled, kept := none.WithDefaults(config), m.WithDefaults(fermi.TaskConfig{TaskName: "other", Args: []string{"other"}})
	for _, f := range fields {
		if !f.value.get(&filled).Equal(f.value.get(&m)) {
			t.Errorf("%s is filled in as %s, want %s", f.name, f.value.get(&filled), f.value.get(&m))
		}
		if !f.value.get(&kept).Equal(f.value.get(&m)) {
			t.Errorf("%s becomes %s, want %s", f.name, f.value.get(&kept), f.value.get(&m))
		}
	}
	for _, f := range fields {
		other := m
		f.value.set(&other, f.kind.null())
		if got := other.StartsAnew(m); got != (f.patch == nil) {
			t.Errorf("another %s starts a new task: %t", f.name, got)
		}
		if got := other.IsEditedAfterEnd(m); got != (f.patch != nil && !f.untilItsEnd) {
			t.Errorf("another %s is edited in place after the end: %t", f.name, got)
		}
		if got := len(other.EditsUntilEnd(m)) > 0; got != f.untilItsEnd {
			t.Errorf("another %s is edited in place until the end: %t", f.name, got)
		}
	}
}
