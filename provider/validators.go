package provider

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// notBlank refuses strings of nothing but space, in the API's own words and an English hint.
type notBlank struct {
	message, hint string
}

func (v notBlank) Description(context.Context) string { return v.hint }

func (v notBlank) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v notBlank) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() || strings.TrimSpace(req.ConfigValue.ValueString()) != "" {
		return
	}
	resp.Diagnostics.AddAttributeError(req.Path, v.message, v.message+" ("+v.hint+")")
}

// positiveDuration accepts Go durations above zero.
type positiveDuration struct{}

func (positiveDuration) Description(context.Context) string {
	return "a duration above zero, such as 45s"
}

func (v positiveDuration) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v positiveDuration) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	value := req.ConfigValue.ValueString()
	if d, err := time.ParseDuration(value); err != nil || d <= 0 {
		resp.Diagnostics.AddAttributeError(req.Path, "Not a duration",
			fmt.Sprintf("%q should be a duration above zero: numbers with a unit of ms, s, m or h, such as 45s or 1h30m.", value))
	}
}

// decimalAmount accepts decimal numbers of zero or more, and no more digits than money has.
type decimalAmount struct{}

var amountPattern = regexp.MustCompile(`^[0-9]{1,15}(\.[0-9]{1,6})?$`)

func (decimalAmount) Description(context.Context) string {
	return "a decimal number of zero or more, such as 36.80"
}

func (v decimalAmount) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v decimalAmount) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if value := req.ConfigValue.ValueString(); !amountPattern.MatchString(value) {
		resp.Diagnostics.AddAttributeError(req.Path, "Not an amount of money", fmt.Sprintf("%q should be %s, without a currency.", value, v.Description(ctx)))
	}
}
