package world

import (
	"math"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

const (
	// longest bounds a duration that is drawn, which keeps virtual time far from its end whatever the configuration.
	longest = 10 * 365 * 24 * time.Hour
	// longestPhase bounds a phase, so that a hundred attempts at one do not overflow virtual time.
	longestPhase = 30 * 24 * time.Hour
)

// phaseSeconds makes a duration of a phase's seconds.
func phaseSeconds(s float64) des.Time { return min(seconds(s), des.Time(longestPhase)) }

// seconds makes a duration of seconds, rounded to milliseconds. The rounding hides in what floating point differs between
// processors.
func seconds(s float64) des.Time {
	ms := math.Round(s * 1000)
	if !(ms >= 0) {
		return 0
	}
	return des.Time(min(ms, float64(longest/time.Millisecond))) * des.Time(time.Millisecond)
}
