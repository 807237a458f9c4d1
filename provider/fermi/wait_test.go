package fermi

import (
	"context"
	"net/http"
	"testing"
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
			if err != nil || changed != test.wantChanged || changed && (task.ETag != test.etag || task.Status != Running) {
				t.Errorf("got %+v, %t, %v", task, changed, err)
			}
			if (polled == 7*time.Second) != test.wantPoll {
				t.Errorf("slept for %s", polled)
			}
		})
	}
}

// A busy API doesn't end a wait: it is left alone for as long as it asks, even for longer than a retry would.
func TestWaitTaskOutlastsABusyAPI(t *testing.T) {
	for status, pause := range map[int]time.Duration{429: 10 * time.Minute, 503: 7 * time.Second} {
		client := newTestClient(t, Options{PollInterval: 7 * time.Second}, func(w http.ResponseWriter, _ *http.Request) {
			if status == 429 {
				w.Header().Set("Retry-After", "600")
			}
			answerJSON(w, status, "{}")
		})
		var slept time.Duration
		client.sleep = func(_ context.Context, d time.Duration) error { slept += d; return nil }
		if _, changed, err := client.WaitTask(t.Context(), "task-001", `"3"`, 20*time.Second); changed || err != nil || slept != pause {
			t.Errorf("%d: changed %t, %v after %s, want unchanged after %s", status, changed, err, slept, pause)
		}
	}
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
	if err != nil || !changed || task.Status != Running || polled != 7*time.Second {
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
