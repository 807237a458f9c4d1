package des

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"time"
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
