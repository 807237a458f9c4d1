package provider

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

// The framework's Get and Set look at the model's tags anew each time, with a regular expression compiled for each of them, which is
// most of what this provider adds to a plan of many tasks. read and write do the same with what is looked up once.

// A taskField is a field of trainingTaskModel, and the type of its attribute.
type taskField struct {
	name  string
	index []int
	kind  attr.Type
}

// taskLayout has a field for each attribute of the schema, and the type of a whole task.
type taskLayout struct {
	fields []taskField
	kind   tftypes.Object
}

var layoutOfTask = sync.OnceValue(func() taskLayout {
	ctx := context.Background()
	var described resource.SchemaResponse
	(&trainingTaskResource{}).Schema(ctx, resource.SchemaRequest{}, &described)
	layout := taskLayout{kind: tftypes.Object{AttributeTypes: map[string]tftypes.Type{}}}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[trainingTaskModel]()) {
		name, ok := field.Tag.Lookup("tfsdk")
		if !ok {
			continue // it is of an embedded struct, whose fields are visible
		}
		kind := described.Schema.Attributes[name].GetType()
		layout.fields = append(layout.fields, taskField{name, field.Index, kind})
		layout.kind.AttributeTypes[name] = kind.TerraformType(ctx)
	}
	return layout
})

// read fills the model from a configuration, a plan or a state.
func (m *trainingTaskModel) read(ctx context.Context, value tftypes.Value) diag.Diagnostics {
	var attributes map[string]tftypes.Value
	if !value.IsKnown() || value.IsNull() {
		return unreadable(fmt.Errorf("it is %s", value))
	}
	if err := value.As(&attributes); err != nil {
		return unreadable(err)
	}
	model := reflect.ValueOf(m).Elem()
	for _, field := range layoutOfTask().fields {
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

// write puts the model into a plan or a state.
func (m *trainingTaskModel) write(ctx context.Context, into *tftypes.Value) diag.Diagnostics {
	layout, model := layoutOfTask(), reflect.ValueOf(m).Elem()
	attributes := make(map[string]tftypes.Value, len(layout.fields))
	for _, field := range layout.fields {
		given := model.FieldByIndex(field.index).Interface().(attr.Value)
		if kind := given.Type(ctx); !field.kind.Equal(kind) {
			return unwritable(fmt.Errorf("%s is of type %s, not %s", field.name, kind, field.kind))
		}
		value, err := given.ToTerraformValue(ctx)
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
