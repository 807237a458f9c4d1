package trainingtask

import (
	"context"
	"fmt"
	"reflect"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// The framework's Get and Set parse the model's tags on every call, with a regular expression compiled for each of them. In a
// plan of many tasks that would be most of the provider's time. readValue and writeValue do the same with a layout that is made
// once.

// A valueField is a field of taskModel, and the type of its attribute.
type valueField struct {
	name  string
	index []int
	kind  attr.Type
}

// valueLayout has a field for each attribute of the schema, and the type of a whole task.
type valueLayout struct {
	fields []valueField
	kind   tftypes.Object
}

var taskValueLayout = sync.OnceValue(func() valueLayout {
	ctx := context.Background()
	var described resource.SchemaResponse
	(&taskResource{}).Schema(ctx, resource.SchemaRequest{}, &described)
	layout := valueLayout{kind: tftypes.Object{AttributeTypes: map[string]tftypes.Type{}}}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[taskModel]()) {
		name, ok := field.Tag.Lookup("tfsdk")
		if !ok {
			continue // an embedded struct, whose fields are visible by themselves
		}
		kind := described.Schema.Attributes[name].GetType()
		layout.fields = append(layout.fields, valueField{name, field.Index, kind})
		layout.kind.AttributeTypes[name] = kind.TerraformType(ctx)
	}
	return layout
})

// readValue fills the model from a configuration, a plan or a state.
func (m *taskModel) readValue(ctx context.Context, value tftypes.Value) diag.Diagnostics {
	var attributes map[string]tftypes.Value
	if !value.IsKnown() || value.IsNull() {
		return unreadable(fmt.Errorf("it is %s", value))
	}
	if err := value.As(&attributes); err != nil {
		return unreadable(err)
	}
	model := reflect.ValueOf(m).Elem()
	for _, field := range taskValueLayout().fields {
		read, err := field.kind.ValueFromTerraform(ctx, attributes[field.name])
		if err != nil {
			return unreadable(fmt.Errorf("%s: %w", field.name, err))
		}
		model.FieldByIndex(field.index).Set(reflect.ValueOf(read))
	}
	return nil
}

func unreadable(err error) diag.Diagnostics {
	return diag.Diagnostics{diag.NewErrorDiagnostic("Training task can't be read",
		"Reading a training task as Terraform gave it: "+err.Error()+". This is a bug in the provider; please report it.")}
}

// writeValue writes the model into a plan or a state.
func (m *taskModel) writeValue(ctx context.Context, into *tftypes.Value) diag.Diagnostics {
	layout, model := taskValueLayout(), reflect.ValueOf(m).Elem()
	attributes := make(map[string]tftypes.Value, len(layout.fields))
	for _, field := range layout.fields {
		held := model.FieldByIndex(field.index).Interface().(attr.Value)
		if kind := held.Type(ctx); !field.kind.Equal(kind) {
			return unwritable(fmt.Errorf("%s is of type %s, not %s", field.name, kind, field.kind))
		}
		value, err := held.ToTerraformValue(ctx)
		if err != nil {
			return unwritable(fmt.Errorf("%s: %w", field.name, err))
		}
		attributes[field.name] = value
	}
	if err := tftypes.ValidateValue(layout.kind, attributes); err != nil {
		return unwritable(err)
	}
	*into = tftypes.NewValue(layout.kind, attributes)
	return nil
}

func unwritable(err error) diag.Diagnostics {
	return diag.Diagnostics{diag.NewErrorDiagnostic("Training task can't be kept",
		"Writing a training task for Terraform: "+err.Error()+". This is a bug in the provider; please report it.")}
}
