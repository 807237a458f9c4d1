package fermi

import (
	"context"
	"math"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestWhatIsRetried(t *testing.T) {
	for status, retried := range map[int]bool{
		200: false, 400: false, 401: false, 403: false, 404: false, 408: true, 409: false, 410: false, 412: false, 413: false, 422: false,
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

func TestPausesGrowWithJitterToTheirCap(t *testing.T) {
	seen := map[time.Duration]bool{}
	for retry := range 100 {
		low, high := 20*time.Second, 30*time.Second
		if retry < 6 {
			low = 500 * time.Millisecond << retry
			high = low * 3 / 2
		}
		for range 20 {
			wait := grownPause(shortestPause, longestPause, retry)
			if wait < low || wait > high {
				t.Fatalf("retry %d waits %s, want %s to %s", retry, wait, low, high)
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
	const none = time.Duration(-1)
	for _, test := range []struct {
		value, date string
		want        time.Duration
	}{
		{"", "", none},
		{"soon", "", none},
		{"-3", "", none},
		{"+3", "", none},
		{"1.5", "", none},
		{"0", "", 0},
		{"7", "", 7 * time.Second},
		{" 7 ", "", 7 * time.Second},
		{"99999999999999999999999", "", math.MaxInt32 * time.Second},
		{"Sun, 08 Dec 2024 10:00:20 GMT", "", 20 * time.Second},
		{"Sun, 08 Dec 2024 09:00:00 GMT", "", 0},
		{"Sun, 08 Dec 9999 09:00:00 GMT", "", math.MaxInt64},
		// The server's clock is an hour behind, and a day ahead.
		{"Sun, 08 Dec 2024 09:00:20 GMT", "Sun, 08 Dec 2024 09:00:00 GMT", 20 * time.Second},
		{"Mon, 09 Dec 2024 10:00:20 GMT", "Mon, 09 Dec 2024 10:00:00 GMT", 20 * time.Second},
		{"Mon, 09 Dec 2024 09:59:00 GMT", "Mon, 09 Dec 2024 10:00:00 GMT", 0},
		{"Sun, 08 Dec 2024 10:00:20 GMT", "yesterday", 20 * time.Second},
		// Seconds need no clock.
		{"7", "Mon, 09 Dec 2024 10:00:00 GMT", 7 * time.Second},
	} {
		wait, ok := retryAfter(http.Header{"Retry-After": {test.value}, "Date": {test.date}}, now)
		if ok != (test.want >= 0) || ok && wait != test.want {
			t.Errorf("%q at %q gives %s, %t, want %s", test.value, test.date, wait, ok, test.want)
		}
	}
}

// attemptTimes reads a task of an API that answers each attempt with a status and headers, and returns when each attempt came.
func attemptTimes(t *testing.T, retries, status int, header map[string]string) (times []time.Duration, err error) {
	t.Helper()
	start := time.Now()
	client := fakeClient(t, Options{MaxRetries: retries}, func(w http.ResponseWriter, _ *http.Request) {
		times = append(times, time.Since(start))
		for name, value := range header {
			w.Header().Set(name, value)
		}
		answerJSON(w, status, "{}")
	})
	_, err = client.GetTask(t.Context(), "task-001")
	return times, err
}

// Whatever the API asks for, attempts are at least half a second apart, and not in step with those of other clients.
func TestAttemptsAreNeverAStorm(t *testing.T) {
	for _, asked := range []struct {
		after, date string
		least       time.Duration
	}{
		{"", "", shortestPause}, {"0", "", shortestPause}, {"00", "", shortestPause}, {"-1", "", shortestPause}, {"soon", "", shortestPause},
		{"Sun, 08 Dec 1996 09:00:00 GMT", "", shortestPause},
		{"Sun, 08 Dec 1996 09:00:00 GMT", "Sun, 08 Dec 1996 09:00:00 GMT", shortestPause},
		{"Sun, 08 Dec 1996 09:00:04 GMT", "Sun, 08 Dec 1996 09:00:00 GMT", 4 * time.Second},
		{"Sun, 08 Dec 2196 09:00:04 GMT", "Sun, 08 Dec 2196 09:00:00 GMT", 4 * time.Second},
		{"3", "", 3 * time.Second},
	} {
		for _, status := range []int{429, 500, 502, 503, 504} {
			synctest.Test(t, func(t *testing.T) {
				times, err := attemptTimes(t, 5, status, map[string]string{"Retry-After": asked.after, "Date": asked.date})
				if err == nil || len(times) != 6 {
					t.Fatalf("%d %v: %d attempts, %v", status, asked, len(times), err)
				}
				pauses := map[time.Duration]bool{}
				for i := range 5 {
					pause := times[i+1] - times[i]
					pauses[pause] = true
					if pause < asked.least {
						t.Errorf("%d %v: attempts %v", status, asked, times)
					}
				}
				if len(pauses) == 1 {
					t.Errorf("%d %v: always waits %v", status, asked, pauses)
				}
				if sum := times[5]; sum > 5*(asked.least+shortestPause) && sum > 25*time.Second {
					t.Errorf("%d %v: takes %s", status, asked, sum)
				}
			})
		}
	}
}

func TestAFarRetryAfterIsNotWaitedFor(t *testing.T) {
	for _, header := range []map[string]string{
		{"Retry-After": "3600"},
		// The server's clock is years behind, so that the date is past here.
		{"Retry-After": "Sun, 08 Dec 1996 10:00:00 GMT", "Date": "Sun, 08 Dec 1996 09:00:00 GMT"},
	} {
		calls := 0
		client := newTestClient(t, Options{MaxRetries: 5}, func(w http.ResponseWriter, r *http.Request) {
			calls++
			for name, value := range header {
				w.Header().Set(name, value)
			}
			answerJSON(w, 429, `{"code":429,"message":"请求过于频繁","error":{"reason":"THROTTLED"}}`)
		})
		_, err := client.GetTask(t.Context(), "task-001")
		if calls != 1 || err == nil || !strings.Contains(err.Error(), "THROTTLED: 请求过于频繁; the API asks to wait 1h0m0s") {
			t.Errorf("%v: %d calls, %v", header, calls, err)
		}
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
