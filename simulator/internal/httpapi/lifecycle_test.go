package httpapi_test

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/catalog"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/distribution"
)

// started brings a new task to its training and returns how long its start took from its placement on.
func (a *api) started(id string) time.Duration {
	a.t.Helper()
	placed := a.task(id).CreatedAt
	for _, e := range data[[]struct {
		Type string
		Time time.Time
	}](a.t, a.ok("GET", tasks+"/"+id+"/events", "")) {
		if e.Type == "placed" {
			placed = e.Time
		}
	}
	a.advance("10m")
	now := a.task(id)
	if now.StartedAt == nil {
		a.t.Fatalf("%s did not start within ten minutes: %+v", id, now)
	}
	return now.StartedAt.Sub(placed)
}

func TestStartInAnEnvironment(t *testing.T) {
	a := newAPI(t)
	for i := range 100 {
		id := a.create(existing(fmt.Sprintf("env-%03d", i%3+1)))
		if took := a.started(id); took < 8*time.Second || took > 10*time.Second {
			t.Errorf("%s started in %s, want 8 to 10 seconds", id, took)
		}
		a.ok("DELETE", tasks+"/"+id, "")
	}
}

// Two hundred tasks of any shape, each with an image that no node has: a start takes two to five minutes.
func TestStartOnAColdNode(t *testing.T) {
	a := newAPI(t)
	r := rand.New(rand.NewPCG(7, 0))
	catalog := data[[]struct {
		ID          string
		GPUCapacity map[string]int
	}](t, a.ok("GET", zones, ""))
	for i := range 200 {
		zone := catalog[r.IntN(len(catalog))]
		types := []string{}
		for _, name := range []string{"A100", "V100", "T4", "RTX3090"} {
			if zone.GPUCapacity[name] > 0 {
				types = append(types, name)
			}
		}
		gpuType := types[r.IntN(len(types))]
		gpus := 1 + r.IntN(zone.GPUCapacity[gpuType])
		id := a.create(fmt.Sprintf(`{"taskName":"t","datasetId":"dataset-%03d","datasetVersionId":"version-001","launchMode":"dynamic",
			"resourceConfig":{"availabilityZone":%q,"gpuType":%q,"gpuCount":%d,"cpuCores":%d,"memory":%d,"image":"own/image:%d"}}`,
			1+r.IntN(3), zone.ID, gpuType, gpus, gpus*(1+r.IntN(8)), gpus*(1+r.IntN(64)), i))
		before := a.task(id)
		if took := a.started(id); took < 2*time.Minute || took > 5*time.Minute {
			t.Errorf("%s, %d %s in %s, started in %s, want two to five minutes", id, gpus, gpuType, zone.ID, took)
		}
		if expected := since(before.EstimatedStartTime) - since(&before.CreatedAt); expected < 2*time.Minute || expected > 5*time.Minute {
			t.Errorf("%s is expected to start in %s, want two to five minutes", id, expected)
		}
		a.ok("DELETE", tasks+"/"+id, "")
		if free := a.free(zone.ID, gpuType); free != zone.GPUCapacity[gpuType] {
			t.Fatalf("after %s was deleted %d of %d %s are free in %s", id, free, zone.GPUCapacity[gpuType], gpuType, zone.ID)
		}
	}
}

func TestACachedImageShortensTheStart(t *testing.T) {
	a := newAPI(t)
	body := dynamic("az-bj-a", "A100", 8)
	cold := a.create(body)
	coldTook, node := a.started(cold), a.task(cold).Nodes
	a.ok("DELETE", tasks+"/"+cold, "")
	warm := a.create(body)
	warmTook := a.started(warm)
	equal(t, "nodes", a.task(warm).Nodes, node)
	if warmTook > coldTook-time.Minute || warmTook > time.Minute {
		t.Errorf("with the image on the node the start took %s, after %s without", warmTook, coldTook)
	}
	a.ok("POST", "/sim/v1/nodes/"+node[0]+"/fail", "")
	a.ok("POST", "/sim/v1/nodes/"+node[0]+"/restore", "")
	if took := a.started(a.create(body)); took < 2*time.Minute {
		t.Errorf("on a node that was lost and came back the start took %s, want a cold one", took)
	}
}

// However a task ends, its GPUs are free within the call and the next one starts.
func TestTheEndOfATaskStartsTheNext(t *testing.T) {
	for name, end := range map[string]func(*api, string){
		"stop":         func(a *api, id string) { a.ok("POST", tasks+"/"+id+"/stop", "") },
		"delete":       func(a *api, id string) { a.ok("DELETE", tasks+"/"+id, "") },
		"finish":       func(a *api, id string) { a.advance(a.untilTheNextEvent(id)) },
		"node failure": func(a *api, id string) { a.ok("POST", "/sim/v1/nodes/az-sz-a-a100-01/fail", "") },
	} {
		for _, running := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, running %t", name, running), func(t *testing.T) {
				a := newAPI(t)
				first := a.create(dynamic("az-sz-a", "A100", 16))
				second, third := a.create(dynamic("az-sz-a", "A100", 8)), a.create(dynamic("az-sz-a", "A100", 4))
				if running || name == "finish" {
					a.advance("6m")
				}
				waiting := a.task(third)
				equal(t, "the third before", []any{waiting.Status, waiting.QueuePosition, waiting.Nodes, waiting.Cost.Amount},
					[]any{"queued", 2, []string{}, "0.00"})
				if waiting.EstimatedStartTime == nil || waiting.EstimatedStartTime.Before(a.server.Engine().Clock().Now) {
					t.Errorf("the third is expected to start at %v", waiting.EstimatedStartTime)
				}
				end(a, first)
				equal(t, "the second after", a.task(second).Status, "allocating")
				if name != "node failure" {
					equal(t, "the third after", a.task(third).Status, "allocating")
					equal(t, "free GPUs after", a.free("az-sz-a", "A100"), 4)
				}
			})
		}
	}
}

// untilTheNextEvent is the duration until a task, the only one at work, ends.
func (a *api) untilTheNextEvent(id string) string {
	a.t.Helper()
	equal(a.t, "the task", a.task(id).Status, "running")
	clock := data[struct{ Now, Next time.Time }](a.t, a.ok("GET", "/sim/v1/clock", ""))
	return clock.Next.Sub(clock.Now).String()
}

func TestAQueuedTaskSaysWhy(t *testing.T) {
	a := newAPI(t)
	a.create(dynamic("az-sz-a", "A100", 12))
	got := a.ok("POST", tasks, dynamic("az-sz-a", "A100", 8))
	equal(t, "message and status", []string{got.Message, data[task](t, got).Status}, []string{"训练任务创建成功", "queued"})
	events := data[[]struct {
		Type, Status, Message string
		Verdicts              []string
	}](t, a.ok("GET", tasks+"/task-002/events", ""))
	last := events[len(events)-1]
	equal(t, "the last event", []string{last.Type, last.Status, last.Message}, []string{"queued", "queued", "排队等待：空闲 GPU 不足"})
	if len(last.Verdicts) == 0 {
		t.Error("the event has no verdict on the nodes")
	}
	a.ok("POST", tasks+"/task-002/stop", "")
	stopped := a.task("task-002")
	equal(t, "stopped in the queue", []any{stopped.Status, stopped.StatusReason, stopped.StatusMessage, stopped.QueuePosition,
		stopped.Cost.Amount},
		[]any{"stopped", "STOPPED_BY_USER", "已由用户停止", 0, "0.00"})
}

func TestAGangSpansNodes(t *testing.T) {
	a := newAPI(t)
	gang := a.create(dynamic("az-bj-b", "A100", 12))
	equal(t, "nodes", a.task(gang).Nodes, []string{"az-bj-b-a100-01", "az-bj-b-a100-02"})
	equal(t, "free", a.free("az-bj-b", "A100"), 4)
	equal(t, "a task beside it", a.task(a.create(dynamic("az-bj-b", "A100", 4))).Status, "allocating")
	a.ok("POST", "/sim/v1/nodes/az-bj-b-a100-02/fail", "")
	failed := a.task(gang)
	equal(t, "the gang with one node lost", []string{failed.Status, failed.StatusReason}, []string{"failed", "NODE_FAILED"})
	equal(t, "its nodes are still told", len(failed.Nodes), 2)
}

func TestNodes(t *testing.T) {
	a := newAPI(t)
	type node struct {
		ID, AvailabilityZone, GPUType string
		GPUCount, GPUFree             int
		State                         string
	}
	set := func(name, action string) node {
		return data[node](t, a.ok("POST", "/sim/v1/nodes/"+name+"/"+action, ""))
	}
	first, second := "az-sz-a-a100-01", "az-sz-a-a100-02"
	id := a.create(dynamic("az-sz-a", "A100", 2))
	equal(t, "the node", a.task(id).Nodes, []string{first})
	equal(t, "drained", set(first, "drain"), node{first, "az-sz-a", "A100", 8, 6, "draining"})
	equal(t, "its task goes on", a.task(id).Status, "allocating")
	equal(t, "free without it", a.free("az-sz-a", "A100"), 8)
	equal(t, "a task elsewhere", a.task(a.create(dynamic("az-sz-a", "A100", 8))).Nodes, []string{second})
	equal(t, "one that finds no room", a.task(a.create(dynamic("az-sz-a", "A100", 4))).Status, "queued")
	equal(t, "restored", set(first, "restore"), node{first, "az-sz-a", "A100", 8, 2, "up"})
	equal(t, "now there is room", a.task("task-003").Nodes, []string{first})

	set(first, "fail")
	for _, id := range []string{"task-001", "task-003"} {
		failed := a.task(id)
		equal(t, id, []string{failed.Status, failed.StatusReason, failed.StatusMessage}, []string{"failed", "NODE_FAILED", "节点故障"})
	}
	equal(t, "on the other node", a.task("task-002").Status, "allocating")
	equal(t, "a task waits for the lost node", a.task(a.create(dynamic("az-sz-a", "A100", 8))).Status, "queued")
	equal(t, "failed twice", set(first, "fail").State, "failed")
	set(first, "restore")
	equal(t, "it is back", a.task("task-004").Nodes, []string{first})
}

func TestAMissingImageFailsTheTask(t *testing.T) {
	a := newAPI(t, func(s *setup) {
		s.scenario.Images = append(s.scenario.Images, catalog.Image{Name: "gone:1", Missing: true})
	})
	id := a.create(dynamicWith("az-bj-a", "A100", 2, "gone:1"))
	a.advance("10m")
	failed := a.task(id)
	equal(t, "the task", []any{failed.Status, failed.StatusReason, failed.StatusMessage, failed.StartedAt == nil},
		[]any{"failed", "IMAGE_PULL_FAILED", "镜像拉取失败", true})
	equal(t, "free", a.free("az-bj-a", "A100"), 32)
}

// exact makes every start and training of a length that is known: 8 seconds and one hour.
func exact(s *setup) {
	constant := func(v float64) distribution.Distribution { return distribution.Distribution{Kind: "constant", A: v} }
	s.scenario.Timings.ExistingMount, s.scenario.Timings.ExistingStart = constant(3), constant(5)
	s.scenario.Training.Variation = constant(1)
	for i := range s.scenario.Datasets {
		s.scenario.Datasets[i].Tokens = 0 // the minimum of an hour remains
	}
}

func TestTasksShareAnEnvironment(t *testing.T) {
	a := newAPI(t, exact)
	at := func(id string, want time.Duration, progress float64, cost string) {
		t.Helper()
		now := a.task(id)
		equal(t, fmt.Sprintf("%s after %s", id, want), []any{now.Progress, now.Cost.Amount, now.Cost.Currency}, []any{progress, cost, "CNY"})
	}
	// env-001 has 2 A100 of 36.80 an hour each: 73.60 for one task's hour.
	first := a.create(existing("env-001"))
	a.advance("30m8s")
	at(first, 30*time.Minute, 0.5, "36.80")
	second := a.create(existing("env-001"))
	a.advance("8s") // the second one starts; the first goes on alone
	a.advance("19m52s")
	// Since then both had 19m52s at half speed.
	at(first, 50*time.Minute, 0.6677, "49.15") // 30m8s + 9m56s = 2404 s of 3600
	at(second, 50*time.Minute, 0.1655, "12.18")
	a.advanceUntilIdle()
	firstEnd, secondEnd := a.task(first), a.task(second)
	// The first had 29m52s left when the second began, which took twice that. The second then had 30m8s to go alone.
	equal(t, "the first ended after", since(firstEnd.FinishedAt), 30*time.Minute+16*time.Second+2*(29*time.Minute+52*time.Second))
	equal(t, "the second ended after", secondEnd.FinishedAt.Sub(*firstEnd.FinishedAt), 30*time.Minute+8*time.Second)
	for _, end := range []task{firstEnd, secondEnd} {
		equal(t, "status, progress and cost", []any{end.Status, end.Progress, end.Cost.Amount}, []any{"succeeded", 1.0, "73.60"})
	}
}

func TestManyTasksShareAnEnvironmentEqually(t *testing.T) {
	a := newAPI(t, exact)
	const n = 7
	for range n {
		a.create(existing("env-002")) // 1 V100 of 22.00
	}
	a.advance("1h8s")
	for i := range n {
		now := a.task(fmt.Sprintf("task-%03d", i+1))
		equal(t, "one hour's share", []any{now.Status, now.Progress, now.Cost.Amount}, []any{"running", 0.1428, "3.14"})
	}
	a.advanceUntilIdle()
	for i := range n {
		end := a.task(fmt.Sprintf("task-%03d", i+1))
		equal(t, "the end", []any{since(end.FinishedAt), end.Cost.Amount}, []any{n*time.Hour + 8*time.Second, "22.00"})
	}
}

func TestAStoppedEnvironmentFailsItsTasks(t *testing.T) {
	a := newAPI(t, exact)
	trains := a.create(existing("env-001"))
	elsewhere := a.create(existing("env-002"))
	a.advance("1h7s")
	starts := a.create(existing("env-001"))
	a.stopEnvironments("env-001")
	for id, cost := range map[string]string{trains: "73.58", starts: "0.00"} {
		failed := a.task(id)
		equal(t, id, []any{failed.Status, failed.StatusReason, failed.StatusMessage, failed.Cost.Amount},
			[]any{"failed", "ENVIRONMENT_STOPPED", "开发环境已停止", cost})
	}
	equal(t, "in another environment", a.task(elsewhere).Status, "running")
	a.advance("1h")
	equal(t, "its cost stands still", a.task(trains).Cost.Amount, "73.58")
}

// A dynamic task pays from its placement on, as the source has it: start-up and training.
func TestCostOfADynamicTask(t *testing.T) {
	a := newAPI(t, exact)
	id := a.create(dynamic("az-bj-a", "V100", 4)) // 88.00 an hour
	a.advance("90s")
	equal(t, "after 90 seconds of its start", a.task(id).Cost.Amount, "2.20")
	a.advanceUntilIdle()
	end := a.task(id)
	billed := since(end.FinishedAt)
	equal(t, "training", end.FinishedAt.Sub(*end.StartedAt), time.Hour)
	cents := new(big.Rat).SetFrac64(8800*int64(billed), int64(time.Hour))
	equal(t, "cost", end.Cost.Amount, cents.Quo(cents, big.NewRat(100, 1)).FloatString(2))
}

func TestEventsAndLogsTellTheWholeLife(t *testing.T) {
	a := newAPI(t)
	id := a.create(dynamic("az-bj-a", "A100", 4))
	a.advanceUntilIdle()
	type event struct {
		Sequence int
		Type     string
		Status   string
		Phase    string
		Message  string
	}
	equal(t, "events", data[[]event](t, a.ok("GET", tasks+"/"+id+"/events", "", "Accept-Language: en")), []event{
		{1, "created", "", "", "the task was created"},
		{2, "placed", "allocating", "finding_nodes", "nodes were chosen and their GPUs held"},
		{3, "phase", "allocating", "allocating_gpus", "allocating GPUs"},
		{4, "phase", "starting", "pulling_image", "pulling the image"},
		{5, "phase", "starting", "mounting_data", "mounting dataset and model"},
		{6, "phase", "starting", "starting_container", "starting the training container"},
		{7, "status", "running", "", "training runs"},
		{8, "status", "succeeded", "", "training succeeded"},
	})
	lines := func(query string) []string {
		return data[struct{ Lines []string }](t, a.ok("GET", tasks+"/"+id+"/logs"+query, "")).Lines
	}
	all := lines("?tail=10000")
	equal(t, "the last three lines", lines("?tail=3"), all[len(all)-3:])
	equal(t, "the default", lines(""), all[len(all)-100:])
}
