package console_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/browsertest"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// bare is a page of a few bytes. It measures the browser's own time.
const bare = "/bare"

// serve returns a site whose server checks nothing and also has the bare page.
func serve(b *testing.B, changes ...func(*simulator.Options)) *site {
	b.Helper()
	options := simulator.Options{Clock: simulator.Manual}
	for _, change := range changes {
		change(&options)
	}
	sim, err := simulator.New(options)
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != bare {
			sim.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<!doctype html><title>bare</title><link rel=icon href=data:,><p>bare"))
	}))
	b.Cleanup(server.Close)
	b.Cleanup(sim.Drain)
	return &site{browser.Open(b, server.URL), b, sim, server, ""}
}

func median(times []float64) float64 {
	slices.Sort(times)
	return times[len(times)/2]
}

// BenchmarkPages measures the time until the first contentful paint and until the page is loaded, with an empty cache,
// and the processor time. The tab loads the bare page first, so that starting the browser's process is not included.
func BenchmarkPages(b *testing.B) {
	s := serve(b)
	s.create("n", "az-bj-a", "A100", 1)
	for _, page := range []struct{ name, path string }{
		{"bare", bare}, {"create", createPage}, {"jobs", "/training-jobs"}, {"job", "/training-jobs/task-001"}, {"cluster", "/cluster"},
	} {
		b.Run(page.name, func(b *testing.B) {
			var paint, load, computed []float64
			for b.Loop() {
				fresh := s.Fresh()
				fresh.Go(bare)
				fresh.Go(page.path)
				if mark, ok := ready[page.path]; ok {
					fresh.WaitText(mark[0], mark[1])
				}
				times := fresh.Speed()
				paint, load = append(paint, times[0]), append(load, times[1])
				computed = append(computed, float64(fresh.Computed()))
				fresh.Close()
			}
			b.ReportMetric(median(paint)*1e6, "paint-ns")
			b.ReportMetric(median(load)*1e6, "load-ns")
			b.ReportMetric(median(computed), "computed-ns")
		})
	}
}

// BenchmarkCreation measures the time from the click that creates a task until the list shows it. It includes the 800 ms
// for which the message is shown.
func BenchmarkCreation(b *testing.B) {
	s := serve(b)
	var took []float64
	for b.Loop() {
		s.Go(createPage)
		s.WaitText("#environment-list", "pytorch-dev-env")
		s.dataset("another")
		s.Click("#mode-existing")
		browsertest.Eval[any](s.Tab, `{
			sessionStorage.setItem("clicked", performance.timeOrigin + performance.now());
			document.querySelector("#create").click(); }`)
		s.WaitPath("/training-jobs")
		took = append(took, browsertest.Eval[float64](s.Tab, `new Promise((resolve) => {
			const look = () => {
				if (document.querySelector("#jobs a")?.textContent !== "another") return void requestAnimationFrame(look);
				resolve(performance.timeOrigin + performance.now() - Number(sessionStorage.getItem("clicked")));
			};
			look();
		})`))
		call[any](s, "DELETE", tasks+"/"+s.tasks()[0].TaskID, "")
	}
	b.ReportMetric(median(took)*1e6, "median-ns")
}

// BenchmarkEnvironments measures sorting the list of a thousand environments.
func BenchmarkEnvironments(b *testing.B) {
	s := serve(b, thousand())
	s.Go(createPage)
	s.WaitText("#environment-list", "name-0049")
	orders := [][2]string{{"uptime desc", "name-0999"}, {"", "name-0000"}}
	var took []float64
	for b.Loop() {
		order := orders[len(took)%2]
		took = append(took, browsertest.Eval[float64](s.Tab, fmt.Sprintf(`(async () => {
			const sort = document.querySelector("#environment-sort");
			const start = performance.now();
			sort.value = %q;
			sort.dispatchEvent(new Event("change"));
			while (document.querySelector("#environment-list .name").textContent !== %q) await new Promise(requestAnimationFrame);
			return performance.now() - start;
		})()`, order[0], order[1])))
	}
	b.ReportMetric(median(took)*1e6, "median-ns")
	b.ReportMetric(slices.Max(took)*1e6, "worst-ns")
}

// BenchmarkTasks measures going to another page in the list of a thousand tasks.
func BenchmarkTasks(b *testing.B) {
	s := serve(b)
	s.createMany(1000, "T4", 4, func(i int) string { return fmt.Sprintf("task-%03d", i) })
	s.Go("/training-jobs")
	s.WaitText("#jobs", "task-999")
	steps := [][2]string{{"on", "task-949"}, {"back", "task-999"}}
	var took []float64
	for b.Loop() {
		step := steps[len(took)%2]
		took = append(took, browsertest.Eval[float64](s.Tab, fmt.Sprintf(`(async () => {
			const start = performance.now();
			document.querySelector("#jobs-pager [data-step=%s]").click();
			while (document.querySelector("#jobs a").textContent !== %q) await new Promise(requestAnimationFrame);
			return performance.now() - start;
		})()`, step[0], step[1])))
	}
	b.ReportMetric(median(took)*1e6, "median-ns")
	b.ReportMetric(slices.Max(took)*1e6, "worst-ns")
}

// BenchmarkTimelineUpdate measures the script of one update of the timeline, with 1,200 lanes and 1,200 tasks that
// trained, wait or train.
func BenchmarkTimelineUpdate(b *testing.B) {
	s := serve(b, named("large"))
	for range 6 {
		s.createMany(200, "A100", 8, func(int) string { return "n" })
		s.advance(30 * time.Minute)
	}
	s.Go("/cluster")
	s.WaitText("#timeline-count", "1,2")
	var took []float64
	for b.Loop() {
		before := s.Text("#timeline-to")
		s.advance(10 * time.Second)
		s.Wait(`document.querySelector("#timeline-to").textContent !== ` + browsertest.Quoted(before))
		took = append(took, browsertest.Eval[float64](s.Tab, `performance.getEntriesByName("timeline-update").at(-1).duration`))
	}
	b.ReportMetric(median(took)*1e6, "median-ns")
	b.ReportMetric(slices.Max(took)*1e6, "worst-ns")
}

// BenchmarkClusterUpdate measures the script of one update of the picture of 1,200 nodes, of which a hundred change.
func BenchmarkClusterUpdate(b *testing.B) {
	s := serve(b, named("large"))
	s.Go("/cluster")
	s.WaitText("#use-now", "（0/8,400")
	var took []float64
	for b.Loop() {
		id := s.create("wide", "az-bj-a", "A100", 800)
		s.WaitText("#use-now", "（800/8,400")
		took = append(took, browsertest.Eval[float64](s.Tab, `performance.getEntriesByName("cluster-update").at(-1).duration`))
		call[any](s, "DELETE", tasks+"/"+id, "")
		s.WaitText("#use-now", "（0/8,400")
	}
	b.ReportMetric(median(took)*1e6, "median-ns")
	b.ReportMetric(slices.Max(took)*1e6, "worst-ns")
}
