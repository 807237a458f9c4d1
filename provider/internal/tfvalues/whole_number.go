package tfvalues

import (
	"context"
	"fmt"
	"math/big"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// WholeNumber is the type of int64 attributes. Unlike the framework's type it explains a fraction, which Terraform passes on
// like any number: the framework reports a fraction within an object as a bug in the provider.
type WholeNumber struct{ basetypes.Int64Type }

var _ basetypes.Int64Typable = WholeNumber{}

func (WholeNumber) String() string { return "wholeNumber" }

// Equal is true for the framework's type as well, since the values are the same.
func (WholeNumber) Equal(other attr.Type) bool {
	switch other.(type) {
	case WholeNumber, basetypes.Int64Type:
		return true
	}
	return false
}

// Validate refuses fractions, and numbers too large for an int64.
func (t WholeNumber) Validate(_ context.Context, in tftypes.Value, at path.Path) diag.Diagnostics {
	number, ok := numberOf(in)
	if !ok || fitsInt64(number) {
		return nil
	}
	title, problem := "Not a whole number", "It has to be a whole number; nothing is rounded."
	if number.IsInt() {
		title, problem = "Number is too large", "It is more than the provider can count, and than any cluster has."
		if number.Sign() < 0 {
			title, problem = "Number is too small", "It can't be below zero."
		}
	}
	return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(at, title,
		fmt.Sprintf("%s is %s. %s", at, number.Text('g', 10), problem))}
}

// ValueFromTerraform makes what Validate refuses unknown, so that other validators skip it.
func (t WholeNumber) ValueFromTerraform(ctx context.Context, in tftypes.Value) (attr.Value, error) {
	if number, ok := numberOf(in); ok && !fitsInt64(number) {
		return types.Int64Unknown(), nil
	}
	return t.Int64Type.ValueFromTerraform(ctx, in)
}

func numberOf(in tftypes.Value) (*big.Float, bool) {
	var number *big.Float
	if !in.IsKnown() || in.IsNull() || in.As(&number) != nil {
		return nil, false
	}
	return number, true
}

func fitsInt64(number *big.Float) bool {
	_, accuracy := number.Int64()
	return number.IsInt() && accuracy == big.Exact
}
