package httpapi

import (
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/engine"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// metrics are the metrics of one server. They have a registry of their own, so that servers in one process don't mix.
type metrics struct {
	registry *prometheus.Registry
	handler  http.Handler
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	inFlight prometheus.Gauge
	faults   prometheus.Counter
	finished *prometheus.CounterVec
	waits    *prometheus.HistogramVec
	startups *prometheus.HistogramVec
}

// minutes are buckets from seconds to days, for waits in a queue.
var minutes = []float64{1, 10, 60, 300, 900, 1800, 3600, 7200, 14400, 43200, 86400, 259200}

// lockWaits is how long goroutines waited for locks, mostly for the one around the world.
var lockWaits = collectors.GoRuntimeMetricsRule{Matcher: regexp.MustCompile(`^/sync/mutex/wait/total:seconds$`)}

func newMetrics(version string) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "fermi_simulator_http_requests_total", Help: "Requests by method, route and status; status 0 was cut.",
		}, []string{"method", "route", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "fermi_simulator_http_request_duration_seconds",
			Help:    "Real time from a request's headers to the end of its answer; without waits and event streams.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"method", "route"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "fermi_simulator_http_requests_in_flight", Help: "Requests that are being answered, waits and event streams among them.",
		}),
		faults: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "fermi_simulator_http_faults_injected_total", Help: "Requests that were delayed, refused or cut because a fault said so.",
		}),
		finished: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "fermi_simulator_tasks_finished_total", Help: "Tasks that ended, by final status and its reason.",
		}, []string{"status", "reason"}),
		waits: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "fermi_simulator_task_wait_seconds", Help: "Virtual time from creation to placement.", Buckets: minutes,
		}, []string{"zone"}),
		startups: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "fermi_simulator_task_startup_seconds", Help: "Virtual time from placement to training.",
			Buckets: []float64{5, 8, 10, 15, 30, 60, 90, 120, 150, 180, 210, 240, 270, 300},
		}, []string{"launch_mode"}),
	}
	build := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "fermi_simulator_build_info", Help: "1, with the version as a label.",
		ConstLabels: prometheus.Labels{"version": version},
	}, func() float64 { return 1 })
	m.registry.MustRegister(m.requests, m.duration, m.inFlight, m.faults, m.finished, m.waits, m.startups, build,
		collectors.NewGoCollector(collectors.WithGoCollectorRuntimeMetrics(lockWaits)),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.handler = promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry, DisableCompression: true})
	return m
}

// count counts one request.
func (m *metrics) count(method string, e *exchange, took time.Duration) {
	method = methodLabel(method)
	m.requests.WithLabelValues(method, e.routeLabel(), strconv.Itoa(e.status)).Inc()
	if e.fault != "" {
		m.faults.Inc()
	}
	if !e.held {
		m.duration.WithLabelValues(method, e.routeLabel()).Observe(took.Seconds())
	}
}

// methodLabel returns the label of a method. Unknown methods share one, so that clients can't create new series.
func methodLabel(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
		return method
	}
	return "other"
}

// observe fills the histograms from the world's events.
func (m *metrics) observe(events []world.Event) {
	for i := range events {
		e := &events[i]
		switch {
		case e.Type == world.TaskPlaced:
			m.waits.WithLabelValues(e.Zone).Observe(e.Took.Duration().Seconds())
		case e.Type == world.TaskStatus && e.Status == world.Running:
			m.startups.WithLabelValues(string(e.Mode)).Observe(e.Took.Duration().Seconds())
		case e.Type == world.TaskStatus && e.Status.Finished():
			m.finished.WithLabelValues(string(e.Status), string(e.Reason)).Inc()
		}
	}
}

// collect adds the metrics that are read from the world at each scrape.
func (m *metrics) collect(e *engine.Engine) { m.registry.MustRegister(&worldCollector{e}) }

type worldCollector struct{ engine *engine.Engine }

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("fermi_simulator_"+name, help, labels, nil)
}

var (
	tasksDesc       = describe("tasks", "Tasks on record.", "status")
	gpusDesc        = describe("gpus", "GPUs outside environments.", "zone", "gpu_type", "state")
	queueDesc       = describe("queue_length", "Tasks that wait for GPUs.", "zone")
	environmentDesc = describe("environments", "Development environments.", "status")
	waitingDesc     = describe("http_requests_waiting", "Requests that wait for a task to change.")
	eventsDesc      = describe("events_processed_total", "Events of the simulation processed since its start.")
	virtualTimeDesc = describe("virtual_time_seconds", "Virtual time, in seconds since the Unix epoch.")
)

// Describe implements prometheus.Collector.
func (c *worldCollector) Describe(descs chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{tasksDesc, gpusDesc, queueDesc, environmentDesc, waitingDesc, eventsDesc, virtualTimeDesc} {
		descs <- d
	}
}

// Collect implements prometheus.Collector.
func (c *worldCollector) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v int, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, float64(v), labels...)
	}
	counts := map[world.Status]int{}
	var zones []world.ZoneView
	environments := map[api.EnvironmentStatus]int{api.EnvironmentStatusRunning: 0, api.EnvironmentStatusStopped: 0}
	var events uint64
	var now float64
	c.engine.View(func(w *world.World) {
		counts, zones, events = w.StatusCounts(), w.Zones(), w.Processed()
		now = float64(c.engine.Time(w.Now()).UnixMilli()) / 1000
		for _, e := range w.EnvironmentRefs() {
			environments[environmentStatus(e.Running())]++
		}
	})
	for status, n := range environments {
		gauge(environmentDesc, n, string(status))
	}
	gauge(waitingDesc, c.engine.Waiting())
	for _, status := range taskStatuses {
		gauge(tasksDesc, counts[world.Status(status)], status)
	}
	for _, z := range zones {
		gauge(queueDesc, z.QueueLength, z.ID)
		for name, n := range z.GPUs {
			gauge(gpusDesc, n.Free, z.ID, name, "free")
			gauge(gpusDesc, n.Held, z.ID, name, "held")
			gauge(gpusDesc, n.Draining, z.ID, name, "draining")
			gauge(gpusDesc, n.Lost, z.ID, name, "lost")
		}
	}
	out <- prometheus.MustNewConstMetric(eventsDesc, prometheus.CounterValue, float64(events))
	out <- prometheus.MustNewConstMetric(virtualTimeDesc, prometheus.GaugeValue, now)
}
