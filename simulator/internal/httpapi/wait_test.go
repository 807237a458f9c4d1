package httpapi_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/engine"
)

// wait asks for a task that differs from a revision, within some seconds.
func (a *api) wait(id string, revision, seconds int) answer {
	a.t.Helper()
	return a.call("GET", tasks+"/"+id, "", fmt.Sprintf(`If-None-Match: "%d"`, revision), fmt.Sprintf("Prefer: wait=%d", seconds))
}

func TestWaitAnswersEachChange(t *testing.T) {
	a := newAPI(t, auto)
	id := a.create(dynamic("az-bj-a", "A100", 4))
	type step struct{ Status, Phase string }
	seen := []step{}
	for revision := 2; ; { // 2: placed at its creation
		got := a.wait(id, revision, 600)
		now := data[task](t, got)
		if got.Status != 200 || now.Revision <= revision || got.Header.Get("ETag") != fmt.Sprintf(`W/"%d"`, now.Revision) ||
			got.Header.Get("Preference-Applied") != "wait=600" {
			t.Fatalf("a wait for a change of revision %d: %d %v\n%s", revision, got.Status, got.Header, got.Body)
		}
		seen = append(seen, step{now.Status, now.Phase})
		if now.Status == "running" {
			break
		}
		revision = now.Revision
	}
	equal(t, "steps", seen, []step{
		{"allocating", "allocating_gpus"}, {"starting", "pulling_image"}, {"starting", "mounting_data"},
		{"starting", "starting_container"}, {"running", ""},
	})
	if moved := a.server.Engine().Clock().Now.Sub(engine.VirtualStart); moved < 2*time.Minute || moved > 5*time.Minute {
		t.Errorf("the waits took %s of virtual time, want the two to five minutes of a start", moved)
	}
}

func TestWaitEndsAtItsDeadline(t *testing.T) {
	a := newAPI(t, auto)
	id := a.create(existing("env-001"))
	a.advance("1m") // trains for an hour or more
	revision := a.task(id).Revision
	before := a.server.Engine().Clock().Now
	for i := 1; i <= 3; i++ {
		got := a.wait(id, revision, 20)
		equal(t, "answer", []any{got.Status, got.Body, got.Header.Get("ETag"), got.Header.Get("Preference-Applied")},
			[]any{304, "", fmt.Sprintf(`W/"%d"`, revision), "wait=20"})
		equal(t, "virtual time", a.server.Engine().Clock().Now.Sub(before), time.Duration(i)*20*time.Second)
	}
	equal(t, "more than ten minutes are cut", a.wait(id, revision, 6000).Header.Get("Preference-Applied"), "wait=600")
}

func TestConditionalReads(t *testing.T) {
	a := newAPI(t)
	id := a.create(existing("env-001"))
	for _, c := range []struct {
		name    string
		headers []string
		status  int
		applied string
	}{
		{"no condition", nil, 200, ""},
		{"the present revision", []string{`If-None-Match: "1"`}, 304, ""},
		{"another one", []string{`If-None-Match: "2"`}, 200, ""},
		{"a weak tag", []string{`If-None-Match: W/"1"`}, 304, ""},
		{"one of several", []string{`If-None-Match: "7", "1"`}, 304, ""},
		{"any", []string{`If-None-Match: *`}, 304, ""},
		{"not a tag", []string{`If-None-Match: 1`}, 200, ""},
		{"a wait without a condition", []string{"Prefer: wait=20"}, 200, ""},
		{"no wait at all", []string{`If-None-Match: "1"`, "Prefer: wait=0"}, 304, ""},
		{"a wait for what has changed", []string{`If-None-Match: "9"`, "Prefer: wait=20"}, 200, "wait=20"},
		{"a wait with a parameter", []string{`If-None-Match: "9"`, "Prefer: respond-async, Wait = \"20\"; x=y"}, 200, "wait=20"},
		{"another preference", []string{`If-None-Match: "1"`, "Prefer: return=minimal"}, 304, ""},
	} {
		got := a.call("GET", tasks+"/"+id, "", c.headers...)
		equal(t, c.name, []any{got.Status, got.Header.Get("ETag"), got.Header.Get("Preference-Applied")}, []any{c.status, `W/"1"`, c.applied})
	}
}

// In the bubble real time is simulated.
func TestWaitWithAManualClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAPI(t)
		id := a.create(existing("env-001"))
		background := func(seconds int) <-chan answer {
			done := make(chan answer, 1)
			revision := a.task(id).Revision
			go func() { done <- a.wait(id, revision, seconds) }()
			synctest.Wait()
			return done
		}
		begin := time.Now()
		done := background(20)
		a.advance("1s")
		synctest.Wait()
		if len(done) > 0 {
			t.Fatal("a wait ended before the change")
		}
		a.advance("5s")
		equal(t, "after an advance to the change", (<-done).Status, 200)

		done = background(20)
		a.ok("PATCH", tasks+"/"+id, `{"description":"d"}`)
		equal(t, "after an edit", data[task](t, <-done).Description, "d")

		done = background(20)
		a.ok("DELETE", tasks+"/"+id, "")
		gone := <-done
		equal(t, "after a deletion", []any{gone.Status, gone.reason()}, []any{404, "TASK_NOT_FOUND"})
		equal(t, "real time until here", time.Since(begin), time.Duration(0))

		id = a.create(existing("env-001"))
		equal(t, "nobody moves the clock", (<-background(20)).Status, 304)
		equal(t, "real time of that wait", time.Since(begin), 20*time.Second)

		done = background(600)
		a.server.Close()
		equal(t, "after Close", (<-done).Status, 304)

		equal(t, "real time in all", time.Since(begin), 20*time.Second)
	})
}

func TestCancelledClientEndsItsWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAPI(t)
		id := a.create(existing("env-001"))
		ctx, cancel := context.WithCancel(t.Context())
		begin, ended := time.Now(), make(chan struct{})
		go func() {
			a.do(request("GET", tasks+"/"+id, "", `If-None-Match: "1"`, "Prefer: wait=600").WithContext(ctx))
			close(ended)
		}()
		synctest.Wait()
		select {
		case <-ended:
			t.Fatal("the wait ended before its client went")
		default:
		}
		cancel()
		<-ended
		equal(t, "real time", time.Since(begin), time.Duration(0))
	})
}

func TestWhatMovesTheRevision(t *testing.T) {
	a := newAPI(t)
	id := a.create(existing("env-001"))
	a.advance("1m")
	last := a.task(id)
	for _, step := range []struct {
		name  string
		do    func()
		moves bool
	}{
		{"progress and cost", func() { a.advance("10m") }, false},
		{"a neighbour in the environment", func() { a.create(existing("env-001")); a.advance("1m") }, false},
		{"a new name", func() { a.ok("PATCH", tasks+"/"+id, `{"taskName":"u"}`) }, true},
		{"the same name", func() { a.ok("PATCH", tasks+"/"+id, `{"taskName":"u"}`) }, false},
		{"an empty patch", func() { a.ok("PATCH", tasks+"/"+id, `{}`) }, false},
		{"a description", func() { a.ok("PATCH", tasks+"/"+id, `{"description":"d"}`) }, true},
		{"labels", func() { a.ok("PATCH", tasks+"/"+id, `{"labels":{"a":"1"}}`) }, true},
		{"the same labels", func() { a.ok("PATCH", tasks+"/"+id, `{"labels":{"a":"1"}}`) }, false},
		{"no labels", func() { a.ok("PATCH", tasks+"/"+id, `{"labels":{}}`) }, true},
		{"the right If-Match", func() {
			a.ok("PATCH", tasks+"/"+id, `{"description":""}`, fmt.Sprintf(`If-Match: "%d"`, a.task(id).Revision))
		}, true},
		{"any If-Match", func() { a.ok("PATCH", tasks+"/"+id, `{"description":"e"}`, `If-Match: *`) }, true},
		{"a stop", func() { a.ok("POST", tasks+"/"+id+"/stop", "") }, true},
		{"time after the end", func() { a.advance("1h") }, false},
		{"an edit after the end", func() { a.ok("PATCH", tasks+"/"+id, `{"taskName":"w"}`) }, true},
	} {
		step.do()
		now := a.task(id)
		if moved := now.Revision > last.Revision; moved != step.moves {
			t.Errorf("%s: revision %d after %d, want a move: %t", step.name, now.Revision, last.Revision, step.moves)
		}
		last = now
	}
	equal(t, "what remains", []any{last.TaskName, last.Description, last.Labels, last.Status}, []any{"w", "e", map[string]string{}, "stopped"})
}

// With an auto clock many clients create and wait at once; each sees its own task through its start.
func TestParallelClients(t *testing.T) {
	a := newAPI(t, auto)
	var all sync.WaitGroup
	var mu sync.Mutex
	ids := map[string]bool{}
	for i := range 64 {
		all.Go(func() {
			body := existing("env-001")
			if i%2 == 0 {
				body = dynamic("az-bj-a", "T4", 4)
			}
			id := a.create(body)
			mu.Lock()
			ids[id] = true
			mu.Unlock()
			for revision, waits := 0, 0; ; waits++ {
				got := a.wait(id, revision, 600)
				if got.Status != 304 {
					now := data[task](t, got)
					if now.Status == "running" {
						return
					}
					revision = now.Revision
				}
				if waits > 20 {
					t.Errorf("%s does not run after %d waits: %d %s", id, waits, got.Status, got.Body)
					return
				}
			}
		})
	}
	all.Wait()
	equal(t, "different tasks", len(ids), 64)
}
