package httpapi_test

import (
	"testing"
	"time"
)

func TestDurationsInRequestsTakeDays(t *testing.T) {
	a := newAPI(t)
	now := func() time.Time {
		return data[struct{ Now time.Time }](t, a.ok("GET", "/sim/v1/clock", "")).Now
	}
	before := now()
	a.advance("5d3h")
	if got := now().Sub(before); got != 123*time.Hour {
		t.Errorf("the clock moved by %s, want 123h", got)
	}
	a.ok("POST", "/sim/v1/faults", `{"path":"/api/v1/training-tasks","delay":"0.000001d"}`)
}
