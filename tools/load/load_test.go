package main

import (
	"context"
	"errors"
	"math"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"
)

func TestFit(t *testing.T) {
	// By hand: means 2 and 4; slope (−1·−2 + 1·3)/2 = 2.5; residuals .5, −1, .5, so the error is √(1.5/1/2).
	got := fit([]point{{1, 2}, {2, 3}, {3, 7}})
	if got.mean != 4 || got.slope != 2.5 || math.Abs(got.err-math.Sqrt(.75)) > 1e-12 {
		t.Errorf("%+v", got)
	}
}

func TestQuantile(t *testing.T) {
	o := outcome{}
	for i := range 200 {
		o.latencies = append(o.latencies, time.Duration(200-i))
	}
	for q, want := range map[float64]time.Duration{0: 1, .5: 101, .99: 199, 1: 200} {
		if got := o.quantile(q); got != want {
			t.Errorf("quantile %g is %d, want %d", q, got, want)
		}
	}
}

// While the server stalls, requests are still made on time, and the wait of each one counts.
func TestAStallIsNotHidden(t *testing.T) {
	var served atomic.Int64
	open := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if served.Add(1) == 50 {
			close(open) // all requests have arrived although none has been answered
		}
		<-open
		w.WriteHeader(http.StatusTeapot)
	}))
	defer server.Close()
	outcomes, err := generate(t.Context(), server.Client(), server.URL, 100, time.Second/2, func(i int) call {
		return call{name: "a", method: "GET", path: "/", status: []int{418}}
	})
	if err != nil {
		t.Fatal(err)
	}
	a := outcomes["a"]
	if len(a.latencies) != 50 || a.failed != 0 {
		t.Fatalf("%d calls, %d failed: %v", len(a.latencies), a.failed, a.errors)
	}
	if first := a.quantile(1); first < 400*time.Millisecond {
		t.Errorf("the first call waited for %s, want nearly all of the half second", first)
	}
}

func TestWhatFailsIsCounted(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	outcomes, err := generate(t.Context(), server.Client(), server.URL, 1000, time.Second/100, func(int) call {
		return call{name: "a", method: "GET", path: "/", status: fine}
	})
	if err != nil || outcomes["a"].failed != 10 || len(outcomes["a"].errors) != 3 || reportCalls(outcomes) == nil {
		t.Errorf("%+v, %v", outcomes["a"], err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := generate(ended, server.Client(), server.URL, 1, time.Hour, newMix().next); !errors.Is(err, context.Canceled) {
		t.Errorf("a load that was cancelled ended with %v", err)
	}
}

func TestALeakIsReported(t *testing.T) {
	minutes := func(slope float64) map[string][]point {
		series := map[string][]point{}
		for _, g := range gauges {
			for i := range 600 {
				noise := float64(i%7) * g.scale
				series[g.metric] = append(series[g.metric], point{float64(i) / 60, 200*g.scale + noise + slope*g.scale*float64(i)/60})
			}
		}
		return series
	}
	if err := reportSlopes(minutes(0), 10*time.Minute); err != nil {
		t.Error(err)
	}
	if err := reportSlopes(minutes(10), 10*time.Minute); err == nil {
		t.Error("ten megabytes a minute are no leak")
	}
	if err := reportSlopes(map[string][]point{}, time.Minute); err == nil {
		t.Error("no sample is no leak")
	}
}

func TestHighest(t *testing.T) {
	got, err := highest(func(rate float64) (time.Duration, error) {
		if rate > 7000 {
			return time.Second, nil
		}
		return time.Millisecond, nil
	})
	if err != nil || got > 7000 || got < 7000/precision {
		t.Errorf("%g, %v", got, err)
	}
}

func TestNoRateIsGoodEnough(t *testing.T) {
	got, err := highest(func(float64) (time.Duration, error) { return time.Second, nil })
	if err != nil || got != 0 {
		t.Errorf("%g, %v", got, err)
	}
}
