package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
)

// metrics fails the test unless the named metrics are exactly those wanted, in Prometheus's text format.
func (a *api) metrics(want string, names ...string) {
	a.t.Helper()
	served := httptest.NewServer(a.handler)
	defer served.Close()
	for i, n := range names {
		names[i] = "fermi_simulator_" + n
	}
	if err := testutil.ScrapeAndCompare(served.URL+"/metrics", strings.NewReader(want), names...); err != nil {
		a.t.Error(err)
	}
}

func TestTaskMetrics(t *testing.T) {
	a := newAPI(t, exact)
	a.create(existing("env-001"))
	a.create(dynamic("az-sz-a", "A100", 16))
	a.create(dynamic("az-sz-a", "A100", 8))
	a.ok("POST", tasks+"/"+a.create(existing("env-002"))+"/stop", "")
	a.metrics(`
# HELP fermi_simulator_tasks Tasks on record.
# TYPE fermi_simulator_tasks gauge
fermi_simulator_tasks{status="allocating"} 1
fermi_simulator_tasks{status="failed"} 0
fermi_simulator_tasks{status="queued"} 1
fermi_simulator_tasks{status="running"} 0
fermi_simulator_tasks{status="starting"} 1
fermi_simulator_tasks{status="stopped"} 1
fermi_simulator_tasks{status="succeeded"} 0
# HELP fermi_simulator_queue_length Tasks that wait for GPUs.
# TYPE fermi_simulator_queue_length gauge
fermi_simulator_queue_length{zone="az-bj-a"} 0
fermi_simulator_queue_length{zone="az-bj-b"} 0
fermi_simulator_queue_length{zone="az-sh-a"} 0
fermi_simulator_queue_length{zone="az-sh-b"} 0
fermi_simulator_queue_length{zone="az-sz-a"} 1
fermi_simulator_queue_length{zone="az-sz-c"} 0
# HELP fermi_simulator_events_processed_total Events of the simulation processed since its start.
# TYPE fermi_simulator_events_processed_total counter
fermi_simulator_events_processed_total 0
# HELP fermi_simulator_virtual_time_seconds Virtual time, in seconds since the Unix epoch.
# TYPE fermi_simulator_virtual_time_seconds gauge
fermi_simulator_virtual_time_seconds 1.7336520e+09
`, "tasks", "queue_length", "events_processed_total", "virtual_time_seconds")

	a.advance("8s")
	a.ok("DELETE", tasks+"/task-002", "")
	a.metrics(`
# HELP fermi_simulator_tasks Tasks on record.
# TYPE fermi_simulator_tasks gauge
fermi_simulator_tasks{status="allocating"} 1
fermi_simulator_tasks{status="failed"} 0
fermi_simulator_tasks{status="queued"} 0
fermi_simulator_tasks{status="running"} 1
fermi_simulator_tasks{status="starting"} 0
fermi_simulator_tasks{status="stopped"} 1
fermi_simulator_tasks{status="succeeded"} 0
# HELP fermi_simulator_virtual_time_seconds Virtual time, in seconds since the Unix epoch.
# TYPE fermi_simulator_virtual_time_seconds gauge
fermi_simulator_virtual_time_seconds 1.733652008e+09
# HELP fermi_simulator_task_startup_seconds Virtual time from placement to training.
# TYPE fermi_simulator_task_startup_seconds histogram
fermi_simulator_task_startup_seconds_bucket{launch_mode="existing",le="5"} 0
fermi_simulator_task_startup_seconds_bucket{launch_mode="existing",le="8"} 1
fermi_simulator_task_startup_seconds_bucket{launch_mode="existing",le="10"} 1
fermi_simulator_task_startup_seconds_bucket{launch_mode="existing",le="15"} 1
fermi_simulator_task_startup_seconds_bucket{launch_mode="existing",le="30"} 1
fermi_simulator_task_startup_seconds_bucket{launch_mode="existing",le="60"} 1
fermi_simulator_task_startup_seconds_bucket{launch_mode="existing",le="90"} 1
fermi_simulator_task_startup_seconds_bucket{launch_mode="existing",le="120"} 1
fermi_simulator_task_startup_seconds_bucket{launch_mode="existing",le="150"} 1
fermi_simulator_task_startup_seconds_bucket{launch_mode="existing",le="180"} 1
fermi_simulator_task_startup_seconds_bucket{launch_mode="existing",le="210"} 1
fermi_simulator_task_startup_seconds_bucket{launch_mode="existing",le="240"} 1
fermi_simulator_task_startup_seconds_bucket{launch_mode="existing",le="270"} 1
fermi_simulator_task_startup_seconds_bucket{launch_mode="existing",le="300"} 1
fermi_simulator_task_startup_seconds_bucket{launch_mode="existing",le="+Inf"} 1
fermi_simulator_task_startup_seconds_sum{launch_mode="existing"} 8
fermi_simulator_task_startup_seconds_count{launch_mode="existing"} 1
`, "tasks", "virtual_time_seconds", "task_startup_seconds")
}

// series are the lines of /metrics with a name and some labels.
func (a *api) series(pattern string) []string {
	a.t.Helper()
	found := regexp.MustCompile(`(?m)^fermi_simulator_`+pattern+`.*$`).FindAllString(a.ok("GET", "/metrics", "").Body, -1)
	for i := range found {
		found[i] = strings.TrimPrefix(found[i], "fermi_simulator_")
	}
	return found
}

func TestWaitMetrics(t *testing.T) {
	a := newAPI(t)
	a.create(dynamic("az-sz-a", "A100", 16))
	a.create(dynamic("az-sz-a", "A100", 16))
	a.advance("100s")
	a.ok("DELETE", tasks+"/task-001", "")
	equal(t, "waits of 0 and 100 seconds", a.series(`task_wait_seconds_(sum|count|bucket.*le="(60|300)")`), []string{
		`task_wait_seconds_bucket{zone="az-sz-a",le="60"} 1`, `task_wait_seconds_bucket{zone="az-sz-a",le="300"} 2`,
		`task_wait_seconds_sum{zone="az-sz-a"} 100`, `task_wait_seconds_count{zone="az-sz-a"} 2`,
	})
}

// A task counts even if its whole life, the purge of its record included, passes in one step.
func TestMetricsOfTasksThatAreGone(t *testing.T) {
	a := newAPI(t)
	a.create(dynamic("az-sz-a", "A100", 8))
	a.create(existing("env-001"))
	a.advance("2000h")
	if got := a.call("GET", tasks+"/task-001", "").Status; got != http.StatusGone {
		t.Fatalf("status %d, want a purged record", got)
	}
	equal(t, "start-ups and waits", a.series(`task_(startup|wait)_seconds_count`), []string{
		`task_startup_seconds_count{launch_mode="dynamic"} 1`, `task_startup_seconds_count{launch_mode="existing"} 1`,
		`task_wait_seconds_count{zone="az-sz-a"} 1`,
	})
}

func TestGPUMetrics(t *testing.T) {
	a := newAPI(t)
	a.create(dynamic("az-sz-a", "A100", 2))
	gpus := func(states ...string) []string {
		var want []string
		for _, s := range states {
			want = append(want, `gpus{gpu_type="A100",state=`+s)
		}
		return want
	}
	const here = `gpus\{gpu_type="A100",.*zone="az-sz-a"`
	const zone = `,zone="az-sz-a"} `
	equal(t, "two held", a.series(here), gpus(`"draining"`+zone+"0", `"free"`+zone+"14", `"held"`+zone+"2", `"lost"`+zone+"0"))
	a.ok("POST", "/sim/v1/nodes/az-sz-a-a100-01/drain", "")
	equal(t, "drained", a.series(here), gpus(`"draining"`+zone+"6", `"free"`+zone+"8", `"held"`+zone+"2", `"lost"`+zone+"0"))
	a.ok("POST", "/sim/v1/nodes/az-sz-a-a100-01/fail", "")
	equal(t, "lost", a.series(here), gpus(`"draining"`+zone+"0", `"free"`+zone+"8", `"held"`+zone+"0", `"lost"`+zone+"8"))
}

func TestRequestMetrics(t *testing.T) {
	a := newAPI(t)
	a.ok("GET", zones+"/az-bj-a", "")
	a.ok("GET", zones+"/az-bj-b", "")
	a.call("GET", zones+"/nowhere", "")
	a.call("GET", "/nothing", "")
	a.call("BREW", zones, "")
	a.create(existing("env-001"))
	a.fault(`{"status":429,"method":"PATCH"}`)
	a.call("PATCH", tasks+"/task-001", "{}")
	equal(t, "requests", a.series("http_requests_total"), []string{
		`http_requests_total{method="GET",route="/api/v1/availability-zones/{id}",status="200"} 2`,
		`http_requests_total{method="GET",route="/api/v1/availability-zones/{id}",status="404"} 1`,
		`http_requests_total{method="GET",route="none",status="404"} 1`,
		`http_requests_total{method="PATCH",route="/api/v1/training-tasks/{id}",status="429"} 1`,
		`http_requests_total{method="POST",route="/api/v1/training-tasks",status="200"} 1`,
		`http_requests_total{method="POST",route="/sim/v1/faults",status="200"} 1`,
		`http_requests_total{method="other",route="none",status="405"} 1`,
	})
}

// A wait lasts as long as its client wishes, which would hide how fast the server is.
func TestRequestDurations(t *testing.T) {
	a := newAPI(t, auto)
	a.create(existing("env-001"))
	a.ok("GET", tasks+"/task-001", "")
	a.ok("GET", tasks+"/task-001", "", `If-None-Match: "1"`, "Prefer: wait=60")
	equal(t, "requests counted", a.series("http_requests_total.*GET.*id"), []string{
		`http_requests_total{method="GET",route="/api/v1/training-tasks/{id}",status="200"} 2`,
	})
	equal(t, "requests timed", a.series("http_request_duration_seconds_count"), []string{
		`http_request_duration_seconds_count{method="GET",route="/api/v1/training-tasks/{id}"} 1`,
		`http_request_duration_seconds_count{method="GET",route="/metrics"} 1`,
		`http_request_duration_seconds_count{method="POST",route="/api/v1/training-tasks"} 1`,
	})
	equal(t, "in flight", a.series("http_requests_in_flight"), []string{"http_requests_in_flight 1"})
}

func TestEnvironmentAndFaultMetrics(t *testing.T) {
	a := newAPI(t)
	a.stopEnvironments("env-002")
	a.fault(`{"status":503,"count":2}`)
	a.call("GET", tasks, "")
	a.call("GET", zones, "")
	a.ok("GET", zones, "")
	equal(t, "environments", a.series("environments"), []string{`environments{status="running"} 2`, `environments{status="stopped"} 1`})
	equal(t, "faults", a.series("http_faults_injected_total"), []string{"http_faults_injected_total 2"})
}

func TestFinishedTaskMetrics(t *testing.T) {
	a := newAPI(t)
	for range 2 {
		a.ok("POST", tasks+"/"+a.create(existing("env-001"))+"/stop", "")
	}
	a.create(existing("env-002"))
	a.stopEnvironments("env-002")
	a.create(existing("env-001"))
	a.advanceUntilIdle()
	equal(t, "finished", a.series("tasks_finished_total"), []string{
		`tasks_finished_total{reason="",status="succeeded"} 1`,
		`tasks_finished_total{reason="ENVIRONMENT_STOPPED",status="failed"} 1`,
		`tasks_finished_total{reason="STOPPED_BY_USER",status="stopped"} 2`,
	})
}

func TestBuildMetrics(t *testing.T) {
	a := newAPI(t, func(s *setup) { s.Version = "1.2.3" })
	equal(t, "build", a.series("build_info"), []string{`build_info{version="1.2.3"} 1`})
	body := a.ok("GET", "/metrics", "").Body
	for _, name := range []string{"go_goroutines", "go_memstats_heap_inuse_bytes", "process_resident_memory_bytes", "process_open_fds"} {
		if !strings.Contains(body, "\n"+name+" ") {
			t.Errorf("/metrics has no %s", name)
		}
	}
}

func TestServersInOneProcessDontMix(t *testing.T) {
	one, other := newAPI(t), newAPI(t)
	one.create(existing("env-001"))
	one.advance(time.Hour.String())
	one.fault(`{"status":500}`)
	equal(t, "requests of the other", len(other.series("http_requests_total")), 0)
	equal(t, "events of the other", other.series("events_processed_total"), []string{"events_processed_total 0"})
	equal(t, "tasks of the other", other.series(`tasks\{status="starting"`), []string{`tasks{status="starting"} 0`})
	equal(t, "journal of the other", len(other.journal("")), 0)
	equal(t, "faults of the other", string(other.ok("GET", "/sim/v1/faults", "").Data), "[]")
	equal(t, "ids of the other", other.create(existing("env-001")), "task-001")
}
