package money

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

// AmountValidator accepts decimal numbers of zero or more, with no more digits than the provider compares.
type AmountValidator struct{}

var amountPattern = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)

// The most digits of an amount before and after its point.
const (
	maxWhole    = 15
	maxDecimals = 6
)

// Description says what is accepted.
func (AmountValidator) Description(context.Context) string {
	return "a decimal number of zero or more, such as 36.80"
}

// MarkdownDescription is Description.
func (v AmountValidator) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateString refuses what isn't an amount.
func (v AmountValidator) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if !tfvalues.IsSet(req.ConfigValue) {
		return
	}
	value := req.ConfigValue.ValueString()
	if problem := problem(value); problem != "" {
		resp.Diagnostics.AddAttributeError(req.Path, "Not an amount of money",
			fmt.Sprintf("%s is %q: %s. It should be %s.", req.Path, value, problem, v.Description(ctx)))
	}
}

// problem says why a text isn't an amount, or "" if it is one.
func problem(text string) string {
	if amountPattern.MatchString(text) {
		whole, decimals, _ := strings.Cut(text, ".")
		switch {
		case len(decimals) > maxDecimals:
			return fmt.Sprintf("it has %d digits after the point, at most %d are allowed", len(decimals), maxDecimals)
		case len(whole) > maxWhole:
			return fmt.Sprintf("it has %d digits before the point, at most %d are allowed", len(whole), maxWhole)
		}
		return ""
	}
	trimmed := strings.TrimSpace(text)
	switch {
	case trimmed == "":
		return "it is blank"
	case trimmed != text && amountPattern.MatchString(trimmed):
		return "it has space around it"
	case strings.HasPrefix(trimmed, "-"):
		return "it is below zero"
	case strings.Contains(trimmed, ","):
		return "it has a comma; the decimal point is a full stop, and nothing parts thousands"
	case strings.ContainsAny(trimmed, "eE") && amountPattern.MatchString(strings.NewReplacer("e", "", "E", "", "+", "", "-",
		"").Replace(trimmed)):
		return "it has an exponent; write it out"
	}
	return "it has something else than digits and a decimal point; the currency is the cluster's and isn't written"
}
