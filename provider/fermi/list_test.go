package fermi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestListFollowsPages(t *testing.T) {
	var queries []string
	client := newTestClient(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		queries = append(queries, r.URL.RawQuery)
		page := r.URL.Query().Get("page")
		answerJSON(w, 200, fmt.Sprintf(`{"code":200,"message":"","data":[{"id":"env-%s"}],"page":{"number":%s,"size":1,"total":3}}`, page, page))
	})
	environments, err := client.ListDevEnvironments(t.Context(), ListDevEnvironmentsParams{
		Status: "running", Tag: []string{"CUDA 12.1", "Jupyter"}, MinGPUCount: 2, Sort: "gpuCount", Order: "desc",
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(environments) != 3 || environments[2].ID != "env-3" {
		t.Errorf("got %+v", environments)
	}
	want := "minGpuCount=2&order=desc&page=1&pageSize=500&sort=gpuCount&status=running&tag=CUDA+12.1&tag=Jupyter"
	if len(queries) != 3 || queries[0] != want {
		t.Errorf("queries %q, want the first to be %s", queries, want)
	}
}

func TestListOfNothingIsEmpty(t *testing.T) {
	client := newTestClient(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		if got := r.URL.Query(); got.Get("available") != "false" || got.Get("minFree") != "8" || got.Get("gpuType") != "T4" {
			t.Errorf("query %s", r.URL.RawQuery)
		}
		answerJSON(w, 200, `{"code":200,"message":"","data":[],"page":{"number":1,"size":500,"total":0}}`)
	})
	available := false
	zones, err := client.ListAvailabilityZones(t.Context(), ListAvailabilityZonesParams{Available: &available, MinFree: 8, GPUType: "T4"})
	if err != nil || zones == nil || len(zones) != 0 {
		t.Errorf("got %v, %v, want an empty list", zones, err)
	}
}

// shelf is a collection that is read in pages, as the API does it. Between two pages, it may change.
type shelf struct {
	ids       []int
	noCursors string // what an API without cursors does: "refuse" the parameter, or "ignore" it
	fits      int    // items that a page has room for; 0 is any number
	between   func(*shelf)
	requests  []url.Values
}

func (s *shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if s.between != nil && len(s.requests) > 0 {
		s.between(s)
	}
	s.requests = append(s.requests, query)
	size, _ := strconv.Atoi(query.Get("pageSize"))
	items, page := []map[string]any{}, map[string]any{"size": size, "total": len(s.ids)}
	if query.Has("cursor") && s.noCursors == "refuse" {
		answerJSON(w, 400, `{"code":400,"message":"","error":{"reason":"UNKNOWN_PARAMETER","field":"cursor","details":{"parameter":"cursor"}}}`)
		return
	}
	if query.Has("cursor") && s.noCursors == "" {
		after, _ := strconv.Atoi(query.Get("cursor"))
		if s.fits > 0 {
			size = min(size, s.fits)
		}
		for i, id := range s.ids {
			if id <= after {
				continue
			}
			if items = append(items, map[string]any{"taskId": strconv.Itoa(id)}); len(items) == size && i < len(s.ids)-1 {
				page["nextCursor"] = strconv.Itoa(id)
				break
			}
		}
	} else {
		if s.fits > 0 && size > s.fits {
			answerJSON(w, 400, fmt.Sprintf(`{"code":400,"message":"","error":{"reason":"PAGE_TOO_LARGE","details":{"pageSize":%d}}}`, s.fits))
			return
		}
		number, _ := strconv.Atoi(query.Get("page"))
		number = max(number, 1)
		page["number"] = number
		for _, id := range s.ids[min((number-1)*size, len(s.ids)):min(number*size, len(s.ids))] {
			items = append(items, map[string]any{"taskId": strconv.Itoa(id)})
		}
	}
	body, err := json.Marshal(map[string]any{"code": 200, "message": "", "data": items, "page": page})
	if err != nil {
		panic(err)
	}
	answerJSON(w, 200, string(body))
}

// read lists a shelf's tasks in pages of a size.
func (s *shelf) read(t *testing.T, pageSize int, query url.Values) []int {
	t.Helper()
	client := newTestClient(t, Options{}, s.ServeHTTP)
	var ids []int
	for task, err := range each[Task](t.Context(), client, call{method: http.MethodGet, path: "/api/v1/training-tasks", query: query},
		pageSize) {
		if err != nil {
			t.Fatal(err)
		}
		id, err := strconv.Atoi(task.TaskID)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids
}

func numbers(n int) []int {
	ids := make([]int, n)
	for i := range ids {
		ids[i] = i + 1
	}
	return ids
}

// A listing by cursor is complete, whatever comes and goes meanwhile.
func TestListMissesNothing(t *testing.T) {
	gone, next := 0, 100
	s := &shelf{ids: numbers(100), between: func(s *shelf) {
		gone, next = gone+3, next+1
		s.ids = append(slices.DeleteFunc(s.ids, func(id int) bool { return id == gone }), next)
	}}
	ids := s.read(t, 7, url.Values{"status": {"running"}})
	for id := 1; id <= 100; id++ {
		if !slices.Contains(ids, id) && slices.Contains(s.ids, id) {
			t.Errorf("%d is missing in %v", id, ids)
		}
	}
	if !slices.IsSorted(ids) || len(slices.Compact(slices.Clone(ids))) != len(ids) {
		t.Errorf("out of order, or twice: %v", ids)
	}
	for i, query := range s.requests {
		if !query.Has("cursor") || query.Has("page") || (i == 0) != (query.Get("cursor") == "") ||
			query.Get("pageSize") != "7" || query.Get("status") != "running" {
			t.Errorf("request %d: %v", i, query)
		}
	}
}

func TestListFromAnyAPI(t *testing.T) {
	for name, test := range map[string]struct {
		shelf    shelf
		query    url.Values
		requests int
	}{
		"by cursor":                    {shelf{}, url.Values{}, 5},
		"by cursor, small pages":       {shelf{fits: 3}, url.Values{}, 14},
		"cursors refused":              {shelf{noCursors: "refuse"}, url.Values{}, 6},
		"cursors overlooked":           {shelf{noCursors: "ignore"}, url.Values{}, 5},
		"sorted":                       {shelf{}, url.Values{"sort": {"taskName"}}, 5},
		"in another order":             {shelf{}, url.Values{"order": {"desc"}}, 5},
		"sorted, large objects":        {shelf{fits: 3}, url.Values{"sort": {"taskName"}}, 15},
		"refused, large objects":       {shelf{noCursors: "refuse", fits: 3}, url.Values{}, 16},
		"large objects, one on a page": {shelf{fits: 1}, url.Values{"sort": {"taskName"}}, 42},
	} {
		t.Run(name, func(t *testing.T) {
			test.shelf.ids = numbers(41)
			if ids := test.shelf.read(t, 10, test.query); !slices.Equal(ids, numbers(41)) {
				t.Errorf("got %v", ids)
			}
			if got := len(test.shelf.requests); got != test.requests {
				t.Errorf("%d requests, want %d: %v", got, test.requests, test.shelf.requests)
			}
		})
	}
}

// Pages get smaller where the objects get larger, and the list goes on from where it was.
func TestListOfObjectsThatGrow(t *testing.T) {
	s := &shelf{ids: numbers(41), between: func(s *shelf) { s.fits = []int{0, 0, 7, 7, 7, 4, 4, 3}[min(len(s.requests), 7)] }}
	if ids := s.read(t, 10, url.Values{"sort": {"taskName"}}); !slices.Equal(ids, numbers(41)) {
		t.Errorf("got %v", ids)
	}
}

// A list that is asked for item by item reads no page before it is needed.
func TestEachTaskReadsAhead(t *testing.T) {
	s := &shelf{ids: numbers(41)}
	client := newTestClient(t, Options{}, s.ServeHTTP)
	read := 0
	for _, err := range client.EachTask(t.Context(), ListTrainingTasksParams{}, 5) {
		if err != nil {
			t.Fatal(err)
		}
		if read++; read == 11 {
			break
		}
	}
	if len(s.requests) != 3 {
		t.Errorf("%d requests for 11 tasks in pages of 5", len(s.requests))
	}
}

// What an API gets wrong about cursors and sizes ends a list with an error, and not never.
func TestListThatNeverEnds(t *testing.T) {
	item := `{"taskId":"1"}`
	for name, test := range map[string]struct {
		answer func(request int) (int, string)
		want   string
	}{
		"one cursor": {func(int) (int, string) {
			return 200, `{"code":200,"data":[` + item + `],"page":{"total":9,"nextCursor":"a"}}`
		}, "its cursor repeats"},
		"two cursors": {func(n int) (int, string) {
			return 200, fmt.Sprintf(`{"code":200,"data":[%s],"page":{"total":9,"nextCursor":"%d"}}`, item, n%2)
		}, "its cursor repeats"},
		"empty pages": {func(n int) (int, string) {
			return 200, fmt.Sprintf(`{"code":200,"data":[],"page":{"total":9,"nextCursor":"%d"}}`, n)
		}, "after a page without items"},
		"a cursor that is lost": {func(n int) (int, string) {
			if n > 1 {
				return 400, `{"error":{"reason":"INVALID_PARAMETER","field":"cursor","details":{"parameter":"cursor"}}}`
			}
			return 200, `{"code":200,"data":[` + item + `],"page":{"total":9,"nextCursor":"a"}}`
		}, "INVALID_PARAMETER"},
		"another parameter": {func(int) (int, string) {
			return 400, `{"error":{"reason":"UNKNOWN_PARAMETER","field":"status","details":{"parameter":"status"}}}`
		}, "UNKNOWN_PARAMETER"},
	} {
		t.Run(name, func(t *testing.T) {
			requests := 0
			client := newTestClient(t, Options{}, func(w http.ResponseWriter, _ *http.Request) {
				requests++
				status, body := test.answer(requests)
				answerJSON(w, status, body)
			})
			tasks, err := client.ListTasks(t.Context(), ListTrainingTasksParams{})
			var e *Error
			if !errors.As(err, &e) || !strings.Contains(e.Error(), test.want) || tasks != nil || requests > 4 {
				t.Errorf("%d requests, %v", requests, err)
			}
		})
	}
	for _, details := range []string{`{"pageSize":500}`, `{"pageSize":0}`, `{"pageSize":-1}`, `{"pageSize":"9"}`, `{}`} {
		client := newTestClient(t, Options{}, func(w http.ResponseWriter, _ *http.Request) {
			answerJSON(w, 400, `{"error":{"reason":"PAGE_TOO_LARGE","details":`+details+`}}`)
		})
		if _, err := client.ListDatasets(t.Context(), ListDatasetsParams{Sort: "name"}); err == nil ||
			!strings.Contains(err.Error(), "PAGE_TOO_LARGE") {
			t.Errorf("%s: %v", details, err)
		}
	}
}
