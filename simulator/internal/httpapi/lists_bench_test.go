package httpapi_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/engine"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/httpapi"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/scenario"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// withTasks is a server with so many tasks on record, in hundreds.
func withTasks(t testing.TB, count int) *api {
	t.Helper()
	config, err := scenario.Default().World()
	if err != nil {
		t.Fatal(err)
	}
	server, err := httpapi.New(httpapi.Options{Options: engine.Options{Config: config, Seed: 1, Mode: engine.Manual}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	name, dataset, version, mode, environment := "t", "dataset-001", "version-001", world.Existing, "env-001"
	drafts := make([]world.Draft, world.MaxBatch)
	for i := range drafts {
		drafts[i] = world.Draft{
			TaskName: &name, DatasetID: &dataset, DatasetVersionID: &version, LaunchMode: &mode, EnvironmentID: &environment,
			Labels: map[string]string{"team": fmt.Sprint(i % 10)},
		}
	}
	for range count / len(drafts) {
		if err := server.Engine().Do(world.CreateDrafts{Drafts: drafts}, nil); err != nil {
			t.Fatal(err)
		}
	}
	return &api{t, server, server}
}

// A page in the order of creation costs what it shows, however many tasks there are.
func TestAPageCostsWhatItShows(t *testing.T) {
	for _, query := range []string{"cursor=", "page=3", "page=3&order=desc", "cursor=&label=team=3"} {
		cost := func(tasksOnRecord int) float64 {
			a := withTasks(t, tasksOnRecord)
			return testing.AllocsPerRun(5, func() {
				a.server.ServeHTTP(httptest.NewRecorder(), request("GET", tasks+"?pageSize=10&"+query, ""))
			})
		}
		if few, many := cost(500), cost(5000); many > few*1.5 {
			t.Errorf("%s: %v allocations with 5,000 tasks, %v with 500", query, many, few)
		}
	}
}

// BenchmarkTaskList reads pages of 50 in a world with 100,000 tasks on record: the first and one in the middle, by number
// and with a cursor, filtered and sorted.
func BenchmarkTaskList(b *testing.B) {
	a := withTasks(b, 100_000)
	middle := a.ok("GET", tasks+"?pageSize=500&page=100", "").Page.NextCursor
	for _, query := range []string{
		"cursor=", "cursor=" + middle, "cursor=" + middle + "&label=team=3&status=starting", "page=1000", "page=1000&order=desc",
		"page=1000&sort=taskName",
	} {
		b.Run(query, func(b *testing.B) {
			for b.Loop() {
				w := httptest.NewRecorder()
				a.server.ServeHTTP(w, request("GET", tasks+"?pageSize=50&"+query, ""))
				if w.Code != http.StatusOK {
					b.Fatal(w.Body)
				}
			}
		})
	}
}
