package console_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/browsertest"
)

// bare is a page of a few bytes: what it takes is the browser's own time.
const bare = "/bare"

// serve is a site whose server checks nothing, and has the bare page too.
func serve(b *testing.B) *site {
	b.Helper()
	sim, err := simulator.New(simulator.Options{Seed: 1, Clock: simulator.Manual})
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

// How long a page takes in a tab with an empty cache until its first contentful paint, and until it is loaded. The tab was at
// the bare page before, so that the start of the browser's process is not counted.
func BenchmarkPages(b *testing.B) {
	s := serve(b)
	s.create("n", "az-bj-a", "A100", 1)
	for _, page := range []struct{ name, path string }{
		{"bare", bare}, {"create", createPage}, {"jobs", "/training-jobs"}, {"job", "/training-jobs/task-001"}, {"cluster", "/cluster"},
	} {
		b.Run(page.name, func(b *testing.B) {
			var paint, load []float64
			for b.Loop() {
				fresh := s.Fresh()
				fresh.Go(bare)
				fresh.Go(page.path)
				if mark, ok := ready[page.path]; ok {
					fresh.WaitText(mark[0], mark[1])
				}
				times := fresh.Speed()
				paint, load = append(paint, times[0]), append(load, times[1])
				fresh.Close()
			}
			b.ReportMetric(median(paint)*1e6, "paint-ns")
			b.ReportMetric(median(load)*1e6, "load-ns")
		})
	}
}

// How long it takes from the click that creates a task to the list that shows it, of which the page takes 800 ms to be read.
func BenchmarkCreation(b *testing.B) {
	s := serve(b)
	var took []float64
	for b.Loop() {
		s.Go(createPage)
		s.WaitText("#environment-list", "pytorch-dev-env")
		s.dataset("another")
		s.Click("#mode-existing")
		browsertest.Eval[any](s.Tab, `{ sessionStorage.setItem("clicked", performance.timeOrigin + performance.now()); document.querySelector("#create").click(); }`)
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
