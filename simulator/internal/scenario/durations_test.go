package scenario_test

import (
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/scenario"
)

func TestDurationsTakeDays(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"90s": 90 * time.Second, "30d": 720 * time.Hour, "5d3h": 123 * time.Hour, "1.5d": 36 * time.Hour, "0s": 0,
		"1d0h30m": 24*time.Hour + 30*time.Minute,
	} {
		s, err := scenario.Parse([]byte("extends: default\nretention: " + text + "\n"))
		if err != nil || time.Duration(s.Retention) != want {
			t.Errorf("%s: %v, %v", text, s, err)
		}
	}
	for _, text := range []string{"3h5d", "d", "-1d", "5", "''", "1w", "1d 3h", "40000d", "99999999999999999999d"} {
		if s, err := scenario.Parse([]byte("extends: default\nretention: " + text + "\n")); err == nil {
			t.Errorf("%q is %s", text, time.Duration(s.Retention))
		}
	}
}
