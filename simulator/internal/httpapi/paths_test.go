package httpapi_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/catalog"
)

// Hugging Face's names of models, and whatever else has a slash, are found by their percent-encoded path.
func TestIDsWithASlash(t *testing.T) {
	const id, path = "meta-llama/Llama-2-7b", "meta-llama%2FLlama-2-7b"
	a := newAPI(t, func(s *setup) {
		s.scenario.Models = append(s.scenario.Models, catalog.Model{ID: id, Name: id, Parameters: 7e9})
		s.scenario.Datasets = append(s.scenario.Datasets, catalog.Dataset{ID: id, Versions: []string{"v/1"}, Tokens: 1})
		s.scenario.Zones[0].ID = id
		for i := range s.scenario.NodePools {
			if s.scenario.NodePools[i].Zone == "az-bj-a" {
				s.scenario.NodePools[i].Zone = id
			}
		}
		for i := range s.scenario.Environments {
			s.scenario.Environments[i].Zone = id
		}
		s.scenario.Environments[0].ID = id
	})
	type named struct{ ID, Name string }
	for _, target := range []string{"/api/v1/models/", "/api/v1/datasets/", zones + "/", environments + "/"} {
		for _, spelling := range []string{path, "meta-llama%2fLlama-2-7b", "meta%2Dllama%2FLlama%2D2-7b"} {
			got := a.answered(request("GET", target+spelling, ""))
			equal(t, target+spelling, []any{got.Status, data[named](t, got).ID}, []any{200, id})
		}
	}
	for _, target := range []string{"/sim/v1/dev-environments/" + path + "/stop", "/sim/v1/nodes/meta-llama%2FLlama-2-7b-a100-01/drain"} {
		equal(t, target, a.answered(request("POST", target, "")).Status, 200)
	}
	equal(t, "a slash that is one", a.answered(request("GET", "/api/v1/models/"+id, "")).Status, 404)
	equal(t, "other characters, encoded", a.answered(request("GET", "/api/v1/%63luster", "")).Status, 200)

	a.fault(`{"status":418,"path":"/api/v1/models/` + path + `"}`)
	equal(t, "a fault of its own", a.answered(request("GET", "/api/v1/models/"+path, "")).Status, 418)
	a.ok("DELETE", "/sim/v1/faults", "")
	a.fault(`{"status":418,"path":"/api/v1/datasets/*"}`)
	equal(t, "a fault of all", a.answered(request("GET", "/api/v1/datasets/"+path, "")).Status, 418)
	journal := data[[]struct{ Path string }](t, a.ok("GET", "/sim/v1/requests?path=/api/v1/datasets/*", ""))
	equal(t, "the journal", journal[len(journal)-1].Path, "/api/v1/datasets/"+path)
}

// A fault that can never apply is a mistake in its path.
func TestAFaultNeedsARoute(t *testing.T) {
	a := newAPI(t)
	for path, nearest := range map[string]string{
		"/api/v1/trainingtasks": "/api/v1/training-tasks", "/api/v1/training-tasks/": "/api/v1/training-tasks",
		"/api/v1/training-tasks/*/log": "/api/v1/training-tasks/*/logs", "/api/v2/images": "/api/v1/images", "/nothing": "",
	} {
		got := a.call("POST", "/sim/v1/faults", `{"status":500,"path":"`+path+`"}`)
		equal(t, path, []any{got.Status, got.reason(), got.Error.Field}, []any{400, "INVALID_VALUE", "path"})
		list, _ := got.Error.Details["nearest"].([]any)
		if len(list) == 0 || nearest != "" && list[0] != nearest {
			t.Errorf("%s: the nearest are %v, want %s first", path, list, nearest)
		}
	}
	for _, c := range []struct{ method, path, nearest string }{
		{"DELETE", "/api/v1/images", "GET, HEAD"},
		{"POST", "/api/v1/training-tasks/task-00?", "DELETE, GET, HEAD, PATCH"}, {"get", "/api/v1/training-tasks/*/stop", "POST"},
		{"PUT", "/api/v1/*", "GET, HEAD, POST"}, {"PUT", "", "DELETE, GET, HEAD, PATCH, POST"}, {"FETCH", "", "DELETE, GET, HEAD, PATCH, POST"},
	} {
		got := a.call("POST", "/sim/v1/faults", fmt.Sprintf(`{"status":500,"method":%q,"path":%q}`, c.method, c.path))
		equal(t, c.method+" "+c.path, []any{got.Status, got.reason(), got.Error.Field}, []any{400, "INVALID_VALUE", "method"})
		list, _ := got.Error.Details["nearest"].([]any)
		equal(t, c.method+" "+c.path, fmt.Sprint(list), "["+strings.ReplaceAll(c.nearest, ",", "")+"]")
		said, _ := got.Error.Details["error"].(string)
		if !strings.Contains(said, c.method) || !strings.Contains(said, c.path) || !strings.HasSuffix(said, c.nearest) {
			t.Errorf("%s %s: the error is %q", c.method, c.path, said)
		}
	}
	for _, body := range []string{
		`{"status":500,"method":"POST","path":"/api/v1/training-tasks/*/stop","count":1}`, `{"status":500,"method":"patch","count":1}`,
		`{"status":500,"method":"HEAD","path":"/api/v1/images","count":1}`, `{"status":500,"method":"DELETE","path":"/api/v1/*/*","count":1}`,
	} {
		a.ok("POST", "/sim/v1/faults", body)
	}
	for _, path := range []string{"/api/v1/*", "/api/v1/*/*", "/api/v1/training-tasks/task-00?", "/api/v1/[di]*", "/healthz"} {
		a.ok("POST", "/sim/v1/faults", `{"status":500,"path":"`+path+`","count":1}`)
	}
}

// A tag names a revision, whose live figures differ from answer to answer; a change is made for the revision.
func TestTagsAreWeak(t *testing.T) {
	a := newAPI(t)
	one := tasks + "/" + a.create(existing("env-001"))
	got := a.ok("GET", one, "")
	equal(t, "the headers", []string{got.Header.Get("ETag"), got.Header.Get("Cache-Control"), got.Header.Get("Vary")},
		[]string{`W/"1"`, "private, no-cache", "Accept-Language, Accept-Encoding, Authorization, Fermi-Cluster-Id"})
	for _, tag := range []string{`"1"`, `W/"1"`, `"7", W/"1"`, "*"} {
		equal(t, tag, a.call("GET", one, "", "If-None-Match: "+tag).Status, 304)
	}
	equal(t, "another one", a.call("GET", one, "", `If-None-Match: W/"2"`).Status, 200)
	for i, tag := range []string{`"1"`, `W/"2"`} {
		equal(t, tag, data[task](t, a.ok("PATCH", one, fmt.Sprintf(`{"description":"%d"}`, i), "If-Match: "+tag)).Revision, i+2)
	}
	for _, tag := range []string{`"1"`, `W/"1"`} {
		equal(t, tag, a.call("PATCH", one, `{"description":"c"}`, "If-Match: "+tag).Status, 412)
	}
	for _, tag := range []string{"W/3", `W/"1", W/"3"`, `w/"3"`} {
		equal(t, tag, a.call("PATCH", one, `{"description":"c"}`, "If-Match: "+tag).Status, 400)
	}
	equal(t, "a list is never kept", a.ok("GET", tasks, "").Header.Get("Cache-Control"), "no-store")
	equal(t, "a failure neither", a.call("GET", tasks+"/none", "").Header.Get("Cache-Control"), "no-store")
}
