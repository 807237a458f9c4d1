//go:build unix

package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
)

var killSeed = flag.Uint64("kill-seed", 0, "seed of TestKilledServers, as it was printed; 0 for another one each time")

// known is what the client knows about a task from responses, and what requests without a response may have changed.
type known struct {
	key, body, id           string
	deleted, perhapsDeleted bool
	stopped                 bool
	label                   string          // as last acknowledged
	perhaps                 map[string]bool // labels sent since then without a response
	revision                int
}

// user is a client and the tasks that it has created. It makes one request at a time.
type user struct {
	r     *rand.Rand
	name  string
	tasks []*known
}

type taskAnswer struct{ Data task }

// send makes a request. It returns status 0 if there was no response.
func send(ctx context.Context, method, url, key, body string, v any) int {
	r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return 0
	}
	r.Header.Set("Content-Type", "application/json")
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	answer, err := oneShot.Do(r)
	if err != nil {
		return 0
	}
	defer func() { _ = answer.Body.Close() }()
	data, err := io.ReadAll(answer.Body)
	if err != nil || v != nil && json.Unmarshal(data, v) != nil {
		return 0
	}
	return answer.StatusCode
}

// act makes a random request and records what the response, or its absence, implies. It reports whether there was a
// response.
func (u *user) act(ctx context.Context, url string) bool {
	var alive []*known
	for _, t := range u.tasks {
		if t.id != "" && !t.deleted && !t.perhapsDeleted {
			alive = append(alive, t)
		}
	}
	what := u.r.IntN(10)
	if what < 5 || len(alive) == 0 {
		return u.create(ctx, url)
	}
	t := alive[u.r.IntN(len(alive))]
	at := url + "/api/v1/training-tasks/" + t.id
	var answer taskAnswer
	status := 0
	switch {
	case what < 7:
		label := fmt.Sprint(u.r.Uint64())
		t.perhaps[label] = true
		if status = send(ctx, "PATCH", at, "", `{"labels":{"n":"`+label+`"}}`, &answer); status == 200 {
			t.label, t.perhaps = label, map[string]bool{}
		}
	case what < 8:
		if status = send(ctx, "POST", at+"/stop", "", "", &answer); status == 200 {
			t.stopped = true
		}
	case what < 9:
		t.perhapsDeleted = true
		status = send(ctx, "DELETE", at, "", "", nil)
		t.deleted = status == 200
	default:
		status = send(ctx, "GET", at, "", "", &answer)
	}
	t.revision = max(t.revision, answer.Data.Revision)
	return status != 0
}

func (u *user) create(ctx context.Context, url string) bool {
	zone := []string{"az-bj-a", "az-sz-c"}[u.r.IntN(2)]
	gpus := []int{1, 1, 2, 4, 8, 12}[u.r.IntN(6)]
	t := &known{
		key: uuid.NewString(), perhaps: map[string]bool{},
		body: fmt.Sprintf(`{"taskName":"%s-%d","datasetId":"dataset-001","datasetVersionId":"version-001","launchMode":"dynamic",`+
			`"resourceConfig":{"availabilityZone":%q,"gpuType":"A100","gpuCount":%d,"cpuCores":%[4]d,"memory":%[4]d,"image":"i"}}`,
			u.name, len(u.tasks), zone, gpus),
	}
	u.tasks = append(u.tasks, t)
	return u.submit(ctx, url, t) != 0
}

func (u *user) submit(ctx context.Context, url string, t *known) int {
	var answer taskAnswer
	status := send(ctx, "POST", url+"/api/v1/training-tasks", t.key, t.body, &answer)
	if status == 200 {
		t.id = answer.Data.TaskID
	}
	return status
}

// A server is killed fifty times while eight clients are working. After each restart everything that it acknowledged is
// still true, there are no tasks that nobody requested, and every GPU is free or held by a task.
func TestKilledServers(t *testing.T) {
	seed := *killSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("repeat with: go test ./simulator/cmd/fermi-simulator -run TestKilledServers -args -kill-seed %d", seed)
		}
	})
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(seed, 0))
	users := make([]*user, 8)
	for i := range users {
		users[i] = &user{r: rand.New(rand.NewPCG(seed, uint64(i+1))), name: fmt.Sprint("user", i)}
	}
	var last time.Time
	created := 0
	for round := range 50 {
		// An hour per second, so that tasks end between two requests.
		p, url := serve(t, "--data", dir, "--speed", "3600", "--log-level", "warn")
		last = checkAll(t, url, users, last)
		if t.Failed() {
			t.Fatalf("after %d kills; standard error: %s", round, p.stderr)
		}
		// The server is killed after a number of requests, while others are open.
		left := atomic.Int64{}
		left.Store(int64(1 + r.IntN(40)))
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		var group sync.WaitGroup
		for _, u := range users {
			group.Go(func() {
				for {
					if left.Add(-1) == 0 {
						_ = p.cmd.Process.Signal(syscall.SIGKILL)
					}
					if !u.act(ctx, url) {
						return
					}
				}
			})
		}
		group.Wait()
		if ctx.Err() != nil {
			t.Fatal("the server was not killed, or a request never ended")
		}
		cancel()
		if status, _ := p.end(); status != -1 {
			t.Fatalf("the server ended by itself, with status %d: %s", status, p.stderr)
		}
		created = 0
		for _, u := range users {
			created += len(u.tasks)
		}
	}
	if created < 200 {
		t.Errorf("only %d tasks were sent in all", created)
	}
	info, err := os.Stat(dir + "/state")
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d tasks sent, %d bytes of state", created, info.Size())
}

// task is an element of the list of tasks.
type task struct {
	TaskID, TaskName, Status string
	Labels                   map[string]string
	Revision                 int
	ResourceConfig           struct{ GPUCount int }
}

func listTasks(t *testing.T, url string) []task {
	t.Helper()
	var all []task
	for page := 1; ; page++ {
		var list struct{ Data []task }
		address := fmt.Sprintf("%s/api/v1/training-tasks?pageSize=500&page=%d", url, page)
		if status := send(t.Context(), "GET", address, "", "", &list); status != 200 {
			t.Fatalf("list: status %d", status)
		}
		all = append(all, list.Data...)
		if len(list.Data) < 500 {
			return all
		}
	}
}

// checkAll compares a restarted server with what its predecessors acknowledged. It returns the virtual time.
func checkAll(t *testing.T, url string, users []*user, last time.Time) time.Time {
	t.Helper()
	present := map[string]*task{} // by name
	for _, task := range listTasks(t, url) {
		if twice := present[task.TaskName]; twice != nil {
			t.Errorf("%s was made twice: %s and %s", task.TaskName, twice.TaskID, task.TaskID)
		}
		present[task.TaskName] = &task
	}
	for _, u := range users {
		for i, k := range u.tasks {
			name := fmt.Sprintf("%s-%d", u.name, i)
			now := present[name]
			delete(present, name)
			switch {
			case k.id == "":
				// A repeated request has the same effect as the first one, or completes it.
				if status := u.submit(t.Context(), url, k); status != 200 || now != nil && k.id != now.TaskID {
					t.Errorf("%s, sent without an answer and there as %+v: repeated, status %d and %q", name, now, status, k.id)
				}
			case now == nil && k.perhapsDeleted:
				k.deleted = true
			case now == nil || k.deleted || now.TaskID != k.id:
				t.Errorf("%s, %+v: it is there as %+v", name, k, now)
			default:
				k.perhapsDeleted = false
				checkTask(t, now, k)
			}
		}
	}
	for _, task := range present {
		t.Errorf("nobody asked for %+v", task)
	}
	return checkGPUs(t, url, last)
}

func checkTask(t *testing.T, now *task, k *known) {
	t.Helper()
	label := now.Labels["n"]
	switch {
	case label != k.label && !k.perhaps[label]:
		t.Errorf("%s has the label %q; %q was acknowledged, and %v sent since", k.id, label, k.label, k.perhaps)
	case k.stopped && !finished(now.Status):
		t.Errorf("%s was stopped and is %s", k.id, now.Status)
	case now.Revision < k.revision:
		t.Errorf("%s has revision %d, and had %d", k.id, now.Revision, k.revision)
	}
	k.label, k.perhaps, k.revision = label, map[string]bool{}, now.Revision
}

func finished(status string) bool {
	return status == "succeeded" || status == "failed" || status == "stopped"
}

// checkGPUs checks that nodes, zones and tasks agree at one instant.
func checkGPUs(t *testing.T, url string, last time.Time) time.Time {
	t.Helper()
	if status := send(t.Context(), "PUT", url+"/sim/v1/clock", "", `{"mode":"manual"}`, nil); status != 200 {
		t.Fatalf("stop the clock: status %d", status)
	}
	var state struct {
		Data struct {
			Now   time.Time
			Nodes []struct {
				AvailabilityZone, GPUType, State string
				GPUs                             []string
			}
		}
	}
	var zones struct {
		Data []struct {
			ID                        string
			GPUInventory, GPUCapacity map[string]int
		}
	}
	send(t.Context(), "GET", url+"/sim/v1/state", "", "", &state)
	send(t.Context(), "GET", url+"/api/v1/availability-zones", "", "", &zones)
	held, free, capacity := map[string]int{}, map[string]int{}, map[string]int{}
	for _, n := range state.Data.Nodes {
		for _, holder := range n.GPUs {
			capacity[n.AvailabilityZone+n.GPUType]++
			if holder != "" {
				held[holder]++
			} else {
				free[n.AvailabilityZone+n.GPUType]++
			}
		}
	}
	for _, z := range zones.Data {
		for gpu, want := range z.GPUCapacity {
			if key := z.ID + gpu; free[key] != z.GPUInventory[gpu] || capacity[key] != want {
				t.Errorf("%s %s: %d of %d are free by node, %d of %d by zone", z.ID, gpu, free[key], capacity[key], z.GPUInventory[gpu], want)
			}
		}
	}
	for _, task := range listTasks(t, url) {
		want := task.ResourceConfig.GPUCount
		if finished(task.Status) || task.Status == "queued" {
			want = 0
		}
		if held[task.TaskID] != want {
			t.Errorf("%s is %s, wants %d GPUs and holds %d", task.TaskID, task.Status, want, held[task.TaskID])
		}
		delete(held, task.TaskID)
	}
	if len(held) > 0 || len(zones.Data) == 0 || len(state.Data.Nodes) == 0 {
		t.Errorf("GPUs that nobody has: %v, in %d zones and %d nodes", held, len(zones.Data), len(state.Data.Nodes))
	}
	if state.Data.Now.Before(last) {
		t.Errorf("virtual time went back from %s to %s", last, state.Data.Now)
	}
	if status := send(t.Context(), "PUT", url+"/sim/v1/clock", "", `{"mode":"realtime"}`, nil); status != 200 {
		t.Fatalf("start the clock: status %d", status)
	}
	return state.Data.Now
}
