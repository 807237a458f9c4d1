package provider

import (
	"context"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// A model is a struct of the framework's values with tfsdk tags. The framework would read and write it too, but compiles a
// regular expression for every field of it each time, which is a tenth of the provider's work in a plan.

// decode reads a whole configuration, plan or state into a model.
func decode(ctx context.Context, from interface {
	Get(context.Context, any) diag.Diagnostics
}, model any) diag.Diagnostics {
	var object types.Object
	diags := from.Get(ctx, &object)
	if !diags.HasError() {
		attributes := object.Attributes()
		eachField(reflect.ValueOf(model).Elem(), func(name string, field reflect.Value) { field.Set(reflect.ValueOf(attributes[name])) })
	}
	return diags
}

// encode writes a whole model into a state.
func encode(ctx context.Context, state *tfsdk.State, model any) diag.Diagnostics {
	kind, _ := state.Schema.Type().(attr.TypeWithAttributeTypes)
	attributes := map[string]attr.Value{}
	eachField(reflect.ValueOf(model).Elem(), func(name string, field reflect.Value) { attributes[name], _ = field.Interface().(attr.Value) })
	object, diags := types.ObjectValue(kind.AttributeTypes(), attributes)
	if !diags.HasError() {
		diags.Append(state.Set(ctx, object)...)
	}
	return diags
}

// eachField visits the fields of a model, and of those embedded in it.
func eachField(model reflect.Value, visit func(name string, field reflect.Value)) {
	for i := range model.NumField() {
		if kind := model.Type().Field(i); kind.Anonymous {
			eachField(model.Field(i), visit)
		} else {
			visit(kind.Tag.Get("tfsdk"), model.Field(i))
		}
	}
}
