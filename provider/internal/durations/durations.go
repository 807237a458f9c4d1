// Package durations reads durations as users write them, days included.
package durations

import (
	"context"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

const day = 24 * time.Hour

var (
	daysPattern = regexp.MustCompile(`^([0-9]+(?:\.[0-9]*)?|\.[0-9]+)d`)
	// hugePattern matches Go's syntax of durations. What matches and can't be parsed has too large a number.
	hugePattern   = regexp.MustCompile(`^([0-9]+(\.[0-9]*)?(ns|us|µs|μs|ms|s|m|h))+$`)
	numberPattern = regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`)
)

var errTooLong = fmt.Errorf("it is too long; the longest is %d days", math.MaxInt64/int64(day))

// Parse reads a duration above zero in Go's syntax, optionally with leading days: 45s, 1h30m, 2d, 1d12h. The error says what is
// wrong with the text.
func Parse(text string) (time.Duration, error) {
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

// Whole reads a duration of whole seconds between two numbers of seconds. The error says what is wrong with the text.
func Whole(text string, least, most int64) (seconds int64, err error) {
	duration, err := Parse(text)
	if err != nil {
		return 0, err
	}
	seconds = int64(duration / time.Second)
	switch {
	case duration%time.Second != 0:
		return 0, errors.New("it isn't a whole number of seconds")
	case seconds < least:
		return 0, fmt.Errorf("it is too short; the shortest is %s", Format(least))
	case seconds > most:
		return 0, fmt.Errorf("it is too long; the longest is %d days", most/int64(day/time.Second))
	}
	return seconds, nil
}

// Format writes a number of seconds as Go does, without the parts that are zero: 12h, 1h30m.
func Format(seconds int64) string {
	text := (time.Duration(seconds) * time.Second).String()
	if seconds%60 == 0 && seconds != 0 {
		text = strings.TrimSuffix(text, "0s")
	}
	if seconds%3600 == 0 && seconds != 0 {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// Positive is a validator for durations above zero.
type Positive struct{}

// Description says what is accepted.
func (Positive) Description(context.Context) string {
	return "a duration above zero, such as 45s, 1h30m or 2d"
}

// MarkdownDescription is Description.
func (v Positive) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateString refuses what Parse can't read.
func (v Positive) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if !tfvalues.IsSet(req.ConfigValue) {
		return
	}
	value := req.ConfigValue.ValueString()
	if _, err := Parse(value); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Not a duration", fmt.Sprintf("%s is %q: %s. It should be %s: "+
			"numbers with a unit of d, h, m, s or ms, the longest first.", req.Path, value, err, v.Description(ctx)))
	}
}

var (
	_ basetypes.ObjectTypable  = TimeoutsType{}
	_ basetypes.ObjectValuable = TimeoutsValue{}
)
