package provider

import (
	"context"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

const day = 24 * time.Hour

var (
	daysPattern = regexp.MustCompile(`^([0-9]+(?:\.[0-9]*)?|\.[0-9]+)d`)
	// hugePattern is a duration as Go writes it. One that Go can't read has too large a number.
	hugePattern   = regexp.MustCompile(`^([0-9]+(\.[0-9]*)?(ns|us|µs|μs|ms|s|m|h))+$`)
	numberPattern = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)
)

var errTooLong = fmt.Errorf("it is too long; the longest is %d days", math.MaxInt64/int64(day))

// parseDuration reads a duration above zero as Go writes it, with days as well, which come first: 45s, 1h30m, 2d, 1d12h. The error
// says what is wrong with it.
func parseDuration(text string) (time.Duration, error) {
	switch {
	case strings.TrimSpace(text) == "":
		return 0, errors.New("it is blank")
	case text != strings.TrimSpace(text):
		return 0, errors.New("it has space around it")
	case numberPattern.MatchString(text):
		return 0, fmt.Errorf("it has no unit; %[1]ss are seconds, %[1]sm minutes, %[1]sh hours and %[1]sd days", text)
	}
	var days float64
	rest := text
	if found := daysPattern.FindStringSubmatch(text); found != nil {
		days, _ = strconv.ParseFloat(found[1], 64)
		rest = text[len(found[0]):]
	}
	var duration time.Duration
	if rest != "" {
		var err error
		if duration, err = time.ParseDuration(rest); err != nil {
			if hugePattern.MatchString(rest) {
				return 0, errTooLong
			}
			return 0, errors.New("it can't be read")
		}
	}
	if days > 0 && duration < 0 {
		return 0, errors.New("it can't be read")
	}
	if total := days*float64(day) + float64(duration); total >= math.MaxInt64 {
		return 0, errTooLong
	}
	duration += time.Duration(days * float64(day))
	if duration <= 0 {
		return 0, errors.New("it is not above zero")
	}
	return duration, nil
}

// positiveDuration accepts durations above zero.
type positiveDuration struct{}

func (positiveDuration) Description(context.Context) string {
	return "a duration above zero, such as 45s, 1h30m or 2d"
}

func (v positiveDuration) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v positiveDuration) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if !isGiven(req.ConfigValue) {
		return
	}
	value := req.ConfigValue.ValueString()
	if _, err := parseDuration(value); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Not a duration", fmt.Sprintf("%s is %q: %s. It should be %s: "+
			"numbers with a unit of d, h, m, s or ms, the longest first.", req.Path, value, err, v.Description(ctx)))
	}
}

// timeoutsType is the timeouts library's type with days.
type timeoutsType struct{ timeouts.Type }

// timeoutsValue is the timeouts library's value with days.
type timeoutsValue struct{ timeouts.Value }

var (
	_ basetypes.ObjectTypable  = timeoutsType{}
	_ basetypes.ObjectValuable = timeoutsValue{}
)

func (t timeoutsType) String() string { return "timeoutsType" }

func (t timeoutsType) Equal(other attr.Type) bool {
	o, ok := other.(timeoutsType)
	return ok && t.Type.Equal(o.Type)
}

func (t timeoutsType) ValueFromObject(_ context.Context, in basetypes.ObjectValue) (basetypes.ObjectValuable, diag.Diagnostics) {
	return timeoutsValue{timeouts.Value{Object: in}}, nil
}

func (t timeoutsType) ValueFromTerraform(ctx context.Context, in tftypes.Value) (attr.Value, error) {
	value, err := t.Type.ValueFromTerraform(ctx, in)
	if err != nil {
		return nil, err
	}
	inner, ok := value.(timeouts.Value)
	if !ok {
		return nil, fmt.Errorf("%T is no timeouts.Value", value)
	}
	return timeoutsValue{inner}, nil
}

func (t timeoutsType) ValueType(context.Context) attr.Value { return timeoutsValue{} }

func (v timeoutsValue) Type(ctx context.Context) attr.Type {
	return timeoutsType{timeouts.Type{ObjectType: types.ObjectType{AttrTypes: v.AttributeTypes(ctx)}}}
}

func (v timeoutsValue) Equal(other attr.Value) bool {
	o, ok := other.(timeoutsValue)
	return ok && v.Value.Equal(o.Value)
}

// Create is how long creation may take.
func (v timeoutsValue) Create(_ context.Context, otherwise time.Duration) (time.Duration, diag.Diagnostics) {
	return v.duration("create", otherwise)
}

// Update is how long an update may take.
func (v timeoutsValue) Update(_ context.Context, otherwise time.Duration) (time.Duration, diag.Diagnostics) {
	return v.duration("update", otherwise)
}

// Delete is how long a deletion may take.
func (v timeoutsValue) Delete(_ context.Context, otherwise time.Duration) (time.Duration, diag.Diagnostics) {
	return v.duration("delete", otherwise)
}

func (v timeoutsValue) duration(name string, otherwise time.Duration) (time.Duration, diag.Diagnostics) {
	text, ok := v.Attributes()[name].(types.String)
	if !ok || !isGiven(text) {
		return otherwise, nil
	}
	duration, err := parseDuration(text.ValueString())
	if err != nil {
		return otherwise, diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root("timeouts").AtName(name), "Not a duration",
			fmt.Sprintf("timeouts.%s is %q: %s.", name, text.ValueString(), err))}
	}
	return duration, nil
}
