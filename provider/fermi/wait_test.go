package fermi

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

func TestWaitTask(t *testing.T) {
	tests := map[string]struct {
		status      int
		etag        string // the server's
		applied     bool
		wantChanged bool
		wantPoll    bool
	}{
		"changed at once":                   {200, `"4"`, false, true, false},
		"changed while waiting":             {200, `"4"`, true, true, false},
		"unchanged after the wait":          {304, `"3"`, true, false, false},
		"a server that can't wait":          {304, `"3"`, false, false, true},
		"a server that knows no conditions": {200, `"3"`, false, false, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			client := newTestClient(t, Options{PollInterval: 7 * time.Second}, func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("If-None-Match") != `"3"` || r.Header.Get("Prefer") != "wait=20" {
					t.Errorf("headers %v", r.Header)
				}
				w.Header().Set("ETag", test.etag)
				if test.applied {
					w.Header().Set("Preference-Applied", "wait=20")
				}
				if test.status == 304 {
					w.WriteHeader(304)
					return
				}
				answerJSON(w, test.status, taskJSON)
			})
			var polled time.Duration
			client.sleep = func(_ context.Context, d time.Duration) error { polled += d; return nil }
			task, changed, err := client.WaitTask(t.Context(), "task-001", `"3"`, 20*time.Second)
			if err != nil || changed != test.wantChanged || changed && (task.ETag != test.etag || task.Status != TaskStatusRunning) {
				t.Errorf("got %+v, %t, %v", task, changed, err)
			}
			if (polled == 7*time.Second) != test.wantPoll {
				t.Errorf("slept for %s", polled)
			}
		})
	}
}

// An API that throttles doesn't end a wait: it is left alone for as long as it asks, even for longer than another call would.
func TestWaitTaskOutlastsAThrottlingAPI(t *testing.T) {
	for asked, want := range map[string]time.Duration{"600": 10 * time.Minute, "": 7 * time.Second, "0": shortestPause, "9999999": time.Hour} {
		for _, etag := range []string{`"3"`, ""} {
			client := fakeClient(t, Options{PollInterval: 7 * time.Second}, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", asked)
				answerJSON(w, 429, "{}")
			})
			var slept time.Duration
			client.sleep = func(_ context.Context, d time.Duration) error { slept = d; return nil }
			_, changed, err := client.WaitTask(t.Context(), "task-001", etag, 20*time.Second)
			if changed || err != nil || slept < want || slept > want+shortestPause {
				t.Errorf("%q: changed %t, %v after %s, want unchanged after %s", asked, changed, err, slept, want)
			}
		}
	}
}

// A wait bears an outage for three times max_retries, for minutes however soon the API asks it to come back, and then says what
// is wrong.
func TestWaitTaskBearsAnOutage(t *testing.T) {
	const wait, timeout = 20 * time.Second, 30 * time.Second
	hang := func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		want    string
		each    time.Duration // of one attempt
		pauses  time.Duration // in all, at most; 0 is those of an outage that asks for none
	}{
		"503": {func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, 503, "{}") }, "HTTP 503", 0, 0},
		"502": {func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, 502, "<html>") }, "HTTP 502", 0, 0},
		"503 at once": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "0")
			answerJSON(w, 503, "{}")
		}, "HTTP 503", 0, 0},
		"503 for long": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "600")
			answerJSON(w, 503, "{}")
		}, "HTTP 503", 0, 151 * time.Minute},
		"black hole": {hang, "deadline exceeded", wait + timeout, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start, attempts := time.Now(), 0
				client := fakeClient(t, Options{MaxRetries: 5}, func(w http.ResponseWriter, r *http.Request) { attempts++; test.handler(w, r) })
				_, changed, err := client.WaitTask(t.Context(), "task-001", `"3"`, wait)
				pauses := time.Since(start) - 16*test.each
				if changed || err == nil || !strings.Contains(err.Error(), test.want) || attempts != 16 {
					t.Errorf("changed %t, %v after %d attempts", changed, err, attempts)
				}
				if most := max(test.pauses, 5*time.Minute); pauses < 200*time.Second || pauses > most {
					t.Errorf("pauses of %s", pauses)
				}
			})
		})
	}
}

// Nobody listens, for a while.
func TestWaitTaskOutlivesARefusal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		attempts := 0
		client := fakeClient(t, Options{MaxRetries: 1}, nil)
		client.http = roundTripper(func(r *http.Request) (*http.Response, error) {
			attempts++
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
		})
		_, _, err := client.WaitTask(t.Context(), "task-001", `"3"`, time.Second)
		if !errors.Is(err, syscall.ECONNREFUSED) || attempts != 4 {
			t.Errorf("%d attempts, %v", attempts, err)
		}
	})
}

func TestWaitTaskWithoutRevisionsPolls(t *testing.T) {
	client := newTestClient(t, Options{PollInterval: 7 * time.Second}, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Prefer") != "" {
			t.Error("nothing can be waited for without a revision")
		}
		answerJSON(w, 200, taskJSON)
	})
	var polled time.Duration
	client.sleep = func(_ context.Context, d time.Duration) error { polled += d; return nil }
	task, changed, err := client.WaitTask(t.Context(), "task-001", "", time.Second)
	if err != nil || !changed || task.Status != TaskStatusRunning || polled != 7*time.Second {
		t.Errorf("got %+v, %t, %v after %s", task, changed, err, polled)
	}
}

func TestWaitTaskOutlivesARestart(t *testing.T) {
	calls := 0
	client := newTestClient(t, Options{MaxRetries: 2}, func(w http.ResponseWriter, r *http.Request) {
		if calls++; calls <= 6 {
			cutConnection(w)
			return
		}
		w.Header().Set("ETag", `"4"`)
		answerJSON(w, 200, taskJSON)
	})
	if _, changed, err := client.WaitTask(t.Context(), "task-001", `"3"`, time.Second); err != nil || !changed {
		t.Errorf("got %t, %v", changed, err)
	}
}

func TestAWaitHasMoreTimeThanOtherCalls(t *testing.T) {
	client := newTestClient(t, Options{RequestTimeout: time.Minute}, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Preference-Applied", r.Header.Get("Prefer"))
		w.WriteHeader(http.StatusNotModified)
	})
	var allowed time.Duration
	next := client.http
	client.http = roundTripper(func(r *http.Request) (*http.Response, error) {
		deadline, _ := r.Context().Deadline()
		allowed = time.Until(deadline)
		return next.RoundTrip(r)
	})
	if _, _, err := client.WaitTask(t.Context(), "task-001", `"3"`, time.Hour); err != nil {
		t.Fatal(err)
	}
	if allowed <= time.Hour || allowed > time.Hour+time.Minute {
		t.Errorf("an attempt may take %s, want the wait and the request timeout", allowed)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestACancelledWaitEndsItsPoll(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	client := newTestClient(t, Options{PollInterval: time.Hour}, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusNotModified)
	})
	poll := client.sleep
	client.sleep = func(ctx context.Context, d time.Duration) error { cancel(); return poll(ctx, d) }
	if _, _, err := client.WaitTask(ctx, "task-001", `"3"`, time.Second); err == nil {
		t.Error("a wait that was cancelled succeeded")
	}
}
