package des

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"
)

// day is always 24 hours: virtual time has no time zone.
const day = 24 * time.Hour

var days = regexp.MustCompile(`^([-+]?)([0-9]+(?:\.[0-9]*)?|\.[0-9]+)d(.*)$`)

// ParseDuration parses a duration as time.ParseDuration does. It may begin with a number of days: 90s, 1h30m, 30d, 5d3h.
func ParseDuration(s string) (time.Duration, error) {
	found := days.FindStringSubmatch(s)
	if found == nil {
		return time.ParseDuration(s)
	}
	sign, rest := found[1], found[3]
	n, err := strconv.ParseFloat(found[2], 64)
	if err != nil || n*float64(day) >= math.MaxInt64 {
		return 0, fmt.Errorf("duration %q: %w", s, errTooLong)
	}
	d := time.Duration(n * float64(day))
	if rest != "" {
		if rest[0] == '-' || rest[0] == '+' {
			return 0, fmt.Errorf("duration %q: a sign after the days", s)
		}
		more, err := time.ParseDuration(rest)
		if err != nil {
			return 0, fmt.Errorf("duration %q: after the days: %w", s, err)
		}
		if more > math.MaxInt64-d {
			return 0, fmt.Errorf("duration %q: %w", s, errTooLong)
		}
		d += more
	}
	if sign == "-" {
		d = -d
	}
	return d, nil
}

var errTooLong = errors.New("longer than 292 years")

// Duration is a time.Duration in a YAML file, as ParseDuration reads it. It is not negative.
type Duration time.Duration

// String returns the duration as time.Duration does.
func (d Duration) String() string { return time.Duration(d).String() }

// UnmarshalYAML implements yaml.Unmarshaler.
func (d *Duration) UnmarshalYAML(n *yaml.Node) error {
	v, err := ParseDuration(n.Value)
	if err != nil || v < 0 {
		return fmt.Errorf("line %d: want a duration such as 90s, 15m, 2h30m or 5d3h, and at most 292 years, got %.60q", n.Line, n.Value)
	}
	*d = Duration(v)
	return nil
}

// MarshalYAML implements yaml.Marshaler.
func (d Duration) MarshalYAML() (any, error) { return d.String(), nil }
