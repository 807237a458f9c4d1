package httpapi_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/contract"
)

type operation struct{ method, path string }

// withBodies are the operations that take a body, in the contract's order of paths.
func withBodies(t testing.TB) (operations []operation) {
	t.Helper()
	document, err := openapi3.NewLoader().LoadFromData(contract.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range slices.Sorted(maps.Keys(document.Paths.Map())) {
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch} {
			if document.Paths.Value(path).GetOperation(method) != nil {
				operations = append(operations, operation{method, path})
			}
		}
	}
	return operations
}

// existingIDs are what an {id} in a path may stand for, by what comes before it.
var existingIDs = map[string]string{"training-tasks": "task-001", "dev-environments": "env-001", "nodes": "az-bj-a-a100-01"}

// target fills in the ids of a path.
func (o operation) target() string {
	segments := strings.Split(o.path, "/")
	for i, s := range segments {
		if strings.HasPrefix(s, "{") {
			segments[i] = existingIDs[segments[i-1]]
			if segments[i] == "" {
				segments[i] = strings.TrimSuffix(segments[i-1], "s") + "-001"
			}
		}
	}
	return strings.Join(segments, "/")
}

// Whatever the body of a request, the answer is one that the contract knows, none says that the server itself is at
// fault, and the world can be read afterwards.
func FuzzRequestBody(f *testing.F) {
	operations := withBodies(f)
	for i := range operations {
		for _, body := range validBodies {
			f.Add(uint8(i), body)
		}
		for _, body := range []string{
			``, `{}`, `[]`, `null`, `{"taskName":null}`, `{"tasks":[]}`, `{"tasks":[` + sourceDynamic + `,` + sourceExisting + `]}`,
			`{"name":"n","favorite":true,"config":` + sourceDynamic + `}`, `{"name":"n","template":` + sourceDynamic + `}`, `{"extends":"default"}`,
			`{"taskName":"\ud800","resourceConfig":{"gpuCount":1e400}}`, `{"labels":{"":""},"Labels":{}}`, `{"by":"-1ns"}`,
			`{"mode":"auto","speed":1e-300}`,
		} {
			f.Add(uint8(i), body)
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, body string) {
		o := operations[int(which)%len(operations)]
		a := newAPI(t)
		a.create(existing("env-001"))
		a.template(`{"name":"t"}`)
		got := a.call(o.method, o.target(), body, "Content-Type: application/json")
		if got.Status >= 500 {
			t.Errorf("%s %s: status %d\n%s\n%q", o.method, o.target(), got.Status, got.Body, body)
		}
		for _, list := range []string{tasks, environments, zones} {
			// A fault that was made is there to spoil what follows.
			if status := a.call("GET", list, "").Status; status != http.StatusOK && o.path != "/sim/v1/faults" {
				t.Errorf("GET %s after %s %s: status %d\n%q", list, o.method, o.target(), status, body)
			}
		}
	})
}
