package fermi

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestWhatIsRetried(t *testing.T) {
	for status, retried := range map[int]bool{
		200: false, 400: false, 401: false, 403: false, 404: false, 409: false, 410: false, 412: false, 422: false,
		429: true, 500: true, 501: false, 502: true, 503: true, 504: true,
	} {
		calls := 0
		client := newTestClient(t, Options{MaxRetries: 2}, func(w http.ResponseWriter, r *http.Request) {
			calls++
			answerJSON(w, status, taskJSON)
		})
		_, err := client.GetTask(t.Context(), "task-001")
		if want := map[bool]int{false: 1, true: 3}[retried]; calls != want {
			t.Errorf("%d: %d calls, want %d", status, calls, want)
		}
		if (err == nil) != (status == 200) {
			t.Errorf("%d: error %v", status, err)
		}
	}
}

func TestATruncatedAnswerIsRetried(t *testing.T) {
	calls := 0
	client := newTestClient(t, Options{MaxRetries: 1}, func(w http.ResponseWriter, r *http.Request) {
		if calls++; calls == 1 {
			w.Header().Set("Content-Length", "1000")
		}
		answerJSON(w, 200, taskJSON)
	})
	if _, err := client.GetTask(t.Context(), "task-001"); err != nil || calls != 2 {
		t.Errorf("%d calls, %v", calls, err)
	}
}

func TestBackoffGrowsWithJitterToItsCap(t *testing.T) {
	shortest, longest := time.Second, 30*time.Second
	seen := map[time.Duration]bool{}
	for retry := range 100 {
		full := longest
		if retry < 5 {
			full = shortest << retry
		}
		for range 20 {
			wait := backoff(shortest, longest, retry, nil)
			if wait < full/2 || wait > full {
				t.Fatalf("retry %d waits %s, want %s to %s", retry, wait, full/2, full)
			}
			seen[wait] = true
		}
	}
	if len(seen) < 1000 {
		t.Errorf("only %d different waits of 2000: where is the jitter?", len(seen))
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2024, 12, 8, 10, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"":                              -1,
		"soon":                          -1,
		"-3":                            -1,
		"0":                             0,
		"7":                             7 * time.Second,
		"Sun, 08 Dec 2024 10:00:20 GMT": 20 * time.Second,
		"Sun, 08 Dec 2024 09:00:00 GMT": 0,
	} {
		wait, ok := retryAfter(http.Header{"Retry-After": {value}}, now)
		if ok != (want >= 0) || ok && wait != want {
			t.Errorf("%q gives %s, %t, want %s", value, wait, ok, want)
		}
	}
	response := &http.Response{Header: http.Header{"Retry-After": {"7"}}}
	if wait := backoff(time.Second, 2*time.Second, 0, response); wait != 7*time.Second {
		t.Errorf("waits %s, but the server asked for 7s", wait)
	}
}

func TestAFarRetryAfterIsNotWaitedFor(t *testing.T) {
	calls := 0
	client := newTestClient(t, Options{MaxRetries: 5}, func(w http.ResponseWriter, r *http.Request) {
		calls++
		w.Header().Set("Retry-After", "3600")
		answerJSON(w, 429, `{"code":429,"message":"请求过于频繁","error":{"reason":"THROTTLED"}}`)
	})
	_, err := client.GetTask(t.Context(), "task-001")
	if calls != 1 || err == nil || !strings.Contains(err.Error(), "THROTTLED: 请求过于频繁; the API asks to wait 1h0m0s") {
		t.Errorf("%d calls, %v", calls, err)
	}
}

func TestAttemptsAreReported(t *testing.T) {
	var attempts []Attempt
	calls := 0
	client := newTestClient(t, Options{
		Token: "secret", MaxRetries: 2,
		OnAttempt: func(_ context.Context, a Attempt) { attempts = append(attempts, a) },
	}, func(w http.ResponseWriter, r *http.Request) {
		switch calls++; calls {
		case 1:
			cutConnection(w)
		case 2:
			answerJSON(w, 503, "")
		default:
			answerJSON(w, 200, taskJSON)
		}
	})
	if _, err := client.GetTask(t.Context(), "task-001"); err != nil {
		t.Fatal(err)
	}
	if len(attempts) != 3 || attempts[0].Status != 0 || attempts[0].Err == nil ||
		attempts[1].Status != 503 || attempts[1].RequestID != "req-7" || attempts[2].Status != 200 {
		t.Errorf("got %+v", attempts)
	}
}
