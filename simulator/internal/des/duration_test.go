package des

import (
	"testing"
	"time"
)

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"90s": 90 * time.Second, "1h30m": 90 * time.Minute, "0": 0, "-5m": -5 * time.Minute,
		"30d": 720 * time.Hour, "5d3h": 123 * time.Hour, "1.5d": 36 * time.Hour, ".5d1m": 12*time.Hour + time.Minute,
		"0d": 0, "1d0h": 24 * time.Hour, "-1d12h": -36 * time.Hour, "106751d": 106751 * 24 * time.Hour,
	} {
		if got, err := ParseDuration(text); err != nil || got != want {
			t.Errorf("%q is %s, %v; want %s", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "d", "5", "1h2d", "1d-1h", "1d+1h", "2d2d", "1dd", "1d 3h", "1e3d", "1e9d", "106752d", "106751d24h", "99999999999999999999d", "NaNd",
	} {
		if got, err := ParseDuration(text); err == nil {
			t.Errorf("%q is %s", text, got)
		}
	}
}
