package httpapi_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/catalog"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/engine"
)

const estimates = tasks + "/estimate"

type estimate struct {
	LaunchMode, EnvironmentID string
	HourlyPrice               price
	Cost                      struct{ Low, Median, High price }
	StartTime, FinishTime     struct{ Median, P90 *time.Time }
	QueuePosition             int
	Preempts                  []string
	PreemptsByPriority        struct{ Low, Normal int }
	PreemptionRisk            *float64
	PreemptionLoss            int
	Capacity                  struct {
		Verdict, Message, Reason         string
		WantedGPUs, FreeGPUs, SharedWith int
		Nodes, ZonesWithRoom             []string
	}
	Suggestions []struct {
		Kind, Message, EnvironmentID string
		ResourceConfig               struct{ AvailabilityZone, GPUType string }
		Cost                         price
		FinishTime                   time.Time
		PreemptionRisk               *float64
		PreemptionLoss               int
		Saving                       struct {
			Amount  string
			Seconds int
		}
	}
}

type price struct{ Amount, Currency string }

func (a *api) estimate(body string, headers ...string) estimate {
	a.t.Helper()
	return data[estimate](a.t, a.ok("POST", estimates, body, headers...))
}

func amount(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

const english = "Accept-Language: en"

func TestEstimateOfATaskThatFits(t *testing.T) {
	a := newAPI(t)
	before := a.ok("GET", zones, "").Body
	e := a.estimate(dynamic("az-bj-a", "A100", 8), english)
	if e.Capacity.Verdict != "fits" || e.Capacity.WantedGPUs != 8 || e.Capacity.FreeGPUs != 32 || e.QueuePosition != 0 {
		t.Errorf("capacity %+v, queue position %d", e.Capacity, e.QueuePosition)
	}
	equal(t, "zones with room", e.Capacity.ZonesWithRoom, []string{"az-bj-a", "az-bj-b", "az-sh-a", "az-sz-a", "az-sz-c"})
	equal(t, "hourly price", e.HourlyPrice, price{"294.40", "CNY"})
	if at := since(e.StartTime.Median); at < 2*time.Minute || at > 5*time.Minute {
		t.Errorf("half of the starts come after %v, want 2 to 5 minutes", at)
	}
	if at := since(e.StartTime.P90); at < since(e.StartTime.Median) || at > 5*time.Minute {
		t.Errorf("nine of ten starts come within %v", at)
	}
	if since(e.FinishTime.Median) < time.Hour || since(e.FinishTime.P90) < since(e.FinishTime.Median) {
		t.Errorf("finish %+v", e.FinishTime)
	}
	if got := a.ok("GET", tasks, "").Page.Total; got != 0 {
		t.Errorf("an estimate created %d tasks", got)
	}
	equal(t, "zones after an estimate", a.ok("GET", zones, "").Body, before)
	equal(t, "the same question", a.estimate(dynamic("az-bj-a", "A100", 8), english), e)

	id := a.create(dynamic("az-bj-a", "A100", 8))
	equal(t, "the next id", id, "task-001")
	a.advanceUntilIdle()
	// One case in five is outside of the range, but not far.
	if cost := amount(t, a.task(id).Cost.Amount); cost < 0.8*amount(t, e.Cost.Low.Amount) || cost > 1.2*amount(t, e.Cost.High.Amount) {
		t.Errorf("the task cost %v, forecast was %+v", cost, e.Cost)
	}
}

func TestEstimateOfATaskThatQueues(t *testing.T) {
	a := newAPI(t)
	for range 2 {
		a.create(dynamic("az-sz-a", "A100", 8))
	}
	waiting := a.create(dynamic("az-sz-a", "A100", 4))
	e := a.estimate(dynamic("az-sz-a", "A100", 8), english)
	if e.Capacity.Verdict != "queues" || e.Capacity.Reason != "NO_ROOM" || e.QueuePosition != 2 || len(e.Capacity.Nodes) == 0 {
		t.Errorf("capacity %+v, queue position %d", e.Capacity, e.QueuePosition)
	}
	if want := "it queues: GPUs wanted 8, free 0: not enough GPUs are free together"; e.Capacity.Message != want {
		t.Errorf("message %q, want %q", e.Capacity.Message, want)
	}
	equal(t, "zones with room", e.Capacity.ZonesWithRoom, []string{"az-bj-a", "az-bj-b", "az-sh-a", "az-sz-c"})
	if since(e.StartTime.Median) < time.Hour {
		t.Errorf("it starts %v from now, before anything ends", since(e.StartTime.Median))
	}
	best := e.Suggestions[0]
	if best.Saving.Seconds < 600 || !strings.Contains(best.Message, "sooner") {
		t.Errorf("the best suggestion is %+v, want one that starts at once", best)
	}
	kinds := map[string]bool{}
	for _, s := range e.Suggestions {
		kinds[s.Kind] = true
		if strings.HasPrefix(s.Saving.Amount, "-") && s.Saving.Seconds <= 0 {
			t.Errorf("a suggestion costs more and ends later: %+v", s)
		}
		if amount(t, s.Saving.Amount) > amount(t, best.Saving.Amount) && s.Saving.Seconds > best.Saving.Seconds {
			t.Errorf("%+v saves more money and more time than the first, %+v", s, best)
		}
	}
	for _, kind := range []string{"availability_zone", "gpu_type", "gpu_count", "environment"} {
		if !kinds[kind] {
			t.Errorf("no suggestion of kind %s", kind)
		}
	}
	if got := a.task(waiting); got.Status != "queued" || got.QueuePosition != 1 {
		t.Errorf("after an estimate the waiting task is %+v", got)
	}
}

// What suggestions say is for people: zones and environments by name, durations and money as the pages write them, and what is won
// before what it costs. Each is cheaper or sooner by what it says.
func TestSuggestionsForPeople(t *testing.T) {
	a := newAPI(t)
	for range 2 {
		a.create(dynamic("az-sz-a", "A100", 8))
	}
	duration := `\d+ (d|h|min|s)( \d+ (h|min|s))?`
	money := `CNY [\d,]+\.\d\d`
	inEnglish := regexp.MustCompile(`^(in \p{Han}+[A-Z]|on \w+ \(\p{Han}+[A-Z]\)|with a GPU count of \d+|` +
		`in the running environment [a-z-]+): ` +
		`(saves ` + money + `|ends ` + duration + ` sooner)(, (saves ` + money + `|ends ` + duration + ` sooner))?` +
		`(, (costs ` + money + ` more|ends ` + duration + ` later))?$` +
		`|^preemptible: saves 60 % \(` + money + `\), (no preemption expected|\d+ % risk of losing at most 20 min)$`)
	duration = `\d+ (天|小时|分|秒)( \d+ (小时|分|秒))?`
	inChinese := regexp.MustCompile(`^(改用\p{Han}+[A-Z]|改用 \w+（\p{Han}+[A-Z]）|改用 \d+ 个 GPU|使用运行中的开发环境 [a-z-]+)：` +
		`(节省 ` + money + `|提前 ` + duration + `完成)(，(节省 ` + money + `|提前 ` + duration + `完成))?` +
		`(，(多花 ` + money + `|推迟 ` + duration + `完成))?$` +
		`|^改为可抢占：节省 60 %（` + money + `），(预计不会被抢占|\d+ % 的可能被抢占，每次最多损失 20 分训练)$`)
	for _, language := range []struct {
		header string
		want   *regexp.Regexp
	}{{english, inEnglish}, {"Accept-Language: zh", inChinese}} {
		e := a.estimate(dynamic("az-sz-a", "A100", 8), language.header)
		if len(e.Suggestions) < 4 {
			t.Errorf("only %d suggestions", len(e.Suggestions))
		}
		for _, s := range e.Suggestions {
			if !language.want.MatchString(s.Message) {
				t.Errorf("the suggestion says %q, want %s", s.Message, language.want)
			}
			if amount(t, s.Saving.Amount) <= 0 && s.Saving.Seconds <= 0 {
				t.Errorf("neither cheaper nor sooner: %+v", s)
			}
		}
	}
}

// Where the task as asked would wait for ever, an alternative saves no time that could be told.
func TestSuggestionsForATaskThatWouldNotEnd(t *testing.T) {
	a := newAPI(t)
	for _, node := range []string{"01", "02"} {
		a.ok("POST", "/sim/v1/nodes/az-sz-a-a100-"+node+"/fail", "")
	}
	e := a.estimate(dynamic("az-sz-a", "A100", 8), english)
	if e.FinishTime.Median != nil || len(e.Suggestions) == 0 {
		t.Fatalf("it ends at %v, with %d suggestions", e.FinishTime.Median, len(e.Suggestions))
	}
	for _, s := range e.Suggestions {
		if !strings.HasSuffix(s.Message, "ends within the time that is forecast") {
			t.Errorf("the suggestion says %q", s.Message)
		}
	}
}

func TestEstimateInAnEnvironment(t *testing.T) {
	a := newAPI(t)
	alone := a.estimate(existing("env-001"), english)
	if alone.LaunchMode != "existing" || alone.EnvironmentID != "env-001" || alone.Capacity.Verdict != "alone" {
		t.Errorf("estimate %+v", alone)
	}
	a.create(existing("env-001"))
	a.advance("1m")
	shared := a.estimate(existing("env-001"), english)
	if shared.Capacity.Verdict != "shares" || shared.Capacity.SharedWith != 1 {
		t.Errorf("beside a task: %+v", shared.Capacity)
	}
	if a, s := since(alone.FinishTime.Median), since(shared.FinishTime.Median); s < a*3/2 {
		t.Errorf("alone it ends after %v, shared after %v", a, s)
	}
	if len(shared.Suggestions) == 0 || shared.Suggestions[0].Kind != "environment" {
		t.Errorf("suggestions %+v, want a free environment first", shared.Suggestions)
	}
	if got := a.estimate(existing("env-001")).Capacity.Message; got != "与 1 个任务共享开发环境的 2 个 GPU" {
		t.Errorf("in Chinese: %q", got)
	}
}

func TestEstimateChoosesAsACreationWould(t *testing.T) {
	a := newAPI(t)
	body := strings.Replace(dynamic("az-bj-a", "A100", 8), `"launchMode":"dynamic",`, `"modelId":"model-001",`, 1)
	e := a.estimate(body, english)
	if e.LaunchMode != "existing" || e.EnvironmentID != "env-001" {
		t.Errorf("with a running environment: %s %s", e.LaunchMode, e.EnvironmentID)
	}
	found := false
	for _, s := range e.Suggestions {
		found = found || s.Kind == "launch_mode" && s.ResourceConfig.AvailabilityZone == "az-bj-a"
	}
	if !found {
		t.Errorf("no suggestion takes GPUs of its own: %+v", e.Suggestions)
	}
	a.stopEnvironments("env-001", "env-002", "env-003")
	if e := a.estimate(body, english); e.LaunchMode != "dynamic" {
		t.Errorf("without one: %s", e.LaunchMode)
	}
}

func TestEstimateRefusesWhatACreationRefuses(t *testing.T) {
	a := newAPI(t)
	for _, body := range []string{
		`{}`, `{"taskName":"t"}`, existing(""), existing("env-999"), dynamic("", "A100", 1), dynamic("az-bj-a", "H100", 1),
		dynamic("az-bj-a", "A100", 33), dynamic("az-bj-a", "A100", 0), `{"color":"red"}`, `nonsense`,
	} {
		want, got := a.call("POST", tasks, body), a.call("POST", estimates, body)
		if got.Status != want.Status || got.reason() != want.reason() || got.Message != want.Message || got.Status < 400 {
			t.Errorf("%s: the estimate says %s, a creation %s", body, got.Body, want.Body)
		}
	}
}

func TestEstimateIsNoWrite(t *testing.T) {
	a := newAPI(t, func(s *setup) { s.Token, s.ReadOnlyToken = "s3cret", "r3ader" })
	a.ok("POST", estimates, existing("env-001"), "Authorization: Bearer r3ader")
}

func TestEstimateGivesUpWithItsClient(t *testing.T) {
	a := newAPI(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := httptest.NewRecorder()
	a.handler.ServeHTTP(w, request("POST", estimates, dynamic("az-bj-a", "A100", 1)).WithContext(ctx))
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "CANCELLED") {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
}

// A crowd of questions gets its answers, a few at a time, and one that leaves while it waits costs nothing.
func TestManyEstimates(t *testing.T) {
	a := newAPI(t)
	want := a.estimate(dynamic("az-bj-a", "A100", 8), english)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			equal(t, "one of many estimates", a.estimate(dynamic("az-bj-a", "A100", 8), english), want)
		})
	}
	all.Wait()
}

// In a world that breaks down, a task may never succeed; the forecast leaves out what it does not see.
func TestEstimateWhereNothingSucceeds(t *testing.T) {
	a := newAPI(t, func(s *setup) {
		s.scenario.Images = append(s.scenario.Images, catalog.Image{Name: "lost", Missing: true})
		s.Mode = engine.Manual
	})
	e := a.estimate(dynamicWith("az-bj-a", "A100", 1, "lost"), english)
	if e.Capacity.Verdict != "fits" || e.StartTime.Median != nil || e.FinishTime.P90 != nil || len(e.Suggestions) == 0 {
		t.Errorf("estimate %+v", e)
	}
}

// Where nothing makes room, nobody knows when the task starts; what it costs is known all the same.
func TestEstimateWhereNothingStarts(t *testing.T) {
	a := newAPI(t)
	fits := a.estimate(dynamic("az-sz-a", "A100", 8), english)
	for _, node := range []string{"az-sz-a-a100-01", "az-sz-a-a100-02"} {
		a.ok("POST", "/sim/v1/nodes/"+node+"/drain", "")
	}
	e := a.estimate(dynamic("az-sz-a", "A100", 8), english)
	if e.Capacity.Verdict != "queues" || e.StartTime.Median != nil || e.FinishTime.Median != nil {
		t.Fatalf("estimate %+v", e)
	}
	for name, of := range map[string][2]price{"low": {e.Cost.Low, fits.Cost.Low}, "high": {e.Cost.High, fits.Cost.High}} {
		if got, want := amount(t, of[0].Amount), amount(t, of[1].Amount); got < 0.9*want || got > 1.1*want {
			t.Errorf("%s: it costs %v, and %v where it starts at once", name, got, want)
		}
	}
	for _, s := range e.Suggestions {
		if s.Kind == "availability_zone" && (amount(t, s.Saving.Amount) < -0.1*amount(t, e.Cost.Median.Amount) || s.Saving.Seconds <= 0) {
			t.Errorf("the same GPUs in another zone: %+v", s)
		}
	}
}
