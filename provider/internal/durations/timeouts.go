package durations

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

// TimeoutsType is the type of the timeouts library, extended by days.
type TimeoutsType struct{ timeouts.Type }

// TimeoutsValue is the value of the timeouts library, extended by days.
type TimeoutsValue struct{ timeouts.Value }

func (t TimeoutsType) String() string { return "timeoutsType" }

// Equal reports whether other is the same type.
func (t TimeoutsType) Equal(other attr.Type) bool {
	o, ok := other.(TimeoutsType)
	return ok && t.Type.Equal(o.Type)
}

// ValueFromObject converts an object.
func (t TimeoutsType) ValueFromObject(_ context.Context, in basetypes.ObjectValue) (basetypes.ObjectValuable, diag.Diagnostics) {
	return TimeoutsValue{timeouts.Value{Object: in}}, nil
}

// ValueFromTerraform converts a value of Terraform's.
func (t TimeoutsType) ValueFromTerraform(ctx context.Context, in tftypes.Value) (attr.Value, error) {
	value, err := t.Type.ValueFromTerraform(ctx, in)
	if err != nil {
		return nil, err
	}
	inner, ok := value.(timeouts.Value)
	if !ok {
		return nil, fmt.Errorf("%T is no timeouts.Value", value)
	}
	return TimeoutsValue{inner}, nil
}

// ValueType returns an empty value of the type.
func (t TimeoutsType) ValueType(context.Context) attr.Value { return TimeoutsValue{} }

// Type returns the value's type.
func (v TimeoutsValue) Type(ctx context.Context) attr.Type {
	return TimeoutsType{timeouts.Type{ObjectType: types.ObjectType{AttrTypes: v.AttributeTypes(ctx)}}}
}

// Equal reports whether other is the same value.
func (v TimeoutsValue) Equal(other attr.Value) bool {
	o, ok := other.(TimeoutsValue)
	return ok && v.Value.Equal(o.Value)
}

// Create returns how long a creation may take.
func (v TimeoutsValue) Create(_ context.Context, otherwise time.Duration) (time.Duration, diag.Diagnostics) {
	return v.duration("create", otherwise)
}

// Update returns how long an update may take.
func (v TimeoutsValue) Update(_ context.Context, otherwise time.Duration) (time.Duration, diag.Diagnostics) {
	return v.duration("update", otherwise)
}

// Delete returns how long a deletion may take.
func (v TimeoutsValue) Delete(_ context.Context, otherwise time.Duration) (time.Duration, diag.Diagnostics) {
	return v.duration("delete", otherwise)
}

func (v TimeoutsValue) duration(name string, otherwise time.Duration) (time.Duration, diag.Diagnostics) {
	text, ok := v.Attributes()[name].(types.String)
	if !ok || !tfvalues.IsSet(text) {
		return otherwise, nil
	}
	duration, err := Parse(text.ValueString())
	if err != nil {
		return otherwise, diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root("timeouts").AtName(name), "Not a duration",
			fmt.Sprintf("timeouts.%s is %q: %s.", name, text.ValueString(), err))}
	}
	return duration, nil
}
