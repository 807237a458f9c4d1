package durations

import (
	"testing"
	"time"
)

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{"45s": 45 * time.Second, "2d": 48 * time.Hour, "1d12h": 36 * time.Hour,
		"1.5d": 36 * time.Hour, ".5d1m": 12*time.Hour + time.Minute} {
		if got, err := Parse(text); err != nil || got != want {
			t.Errorf("%s is %s, %v; want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "d", "1h2d", "1d-1h", "2d2d", "1dd", "0d", "1e9d"} {
		if got, err := Parse(text); err == nil {
			t.Errorf("%q is %s", text, got)
		}
	}
}

// Whole reads what Format writes, and refuses what isn't whole seconds within its limits.
func TestWhole(t *testing.T) {
	for text, want := range map[string]string{"60s": "1m", "720m": "12h", "5400s": "1h30m", "2d": "48h", "61s": "1m1s", "3601s": "1h0m1s"} {
		seconds, err := Whole(text, 60, 1e6)
		if got := Format(seconds); err != nil || got != want {
			t.Errorf("%s is %s, %v; want %s", text, got, err, want)
		}
		if again, err := Whole(want, 60, 1e6); err != nil || again != seconds {
			t.Errorf("%s is %d seconds, %v; want %d", want, again, err, seconds)
		}
	}
	for text, want := range map[string]string{
		"59s": "it is too short; the shortest is 1m", "12d": "it is too long; the longest is 11 days",
		"90.5s": "it isn't a whole number of seconds",
		"60":    "it has no unit; 60s are seconds, 60m minutes, 60h hours and 60d days",
	} {
		if _, err := Whole(text, 60, 1e6); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}
