package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

const answer = `{"code": 200, "data": {"taskId": "task-001", "taskName": "another", "status": "running", "nodes": ["node-1"],
	"createdAt": "2024-12-08T10:00:00Z", "startedAt": "2024-12-08T10:00:10Z", "cost": {"amount": "1.20", "currency": "CNY"}}}`

// A creation and a refresh make one request each, and a plan none, with the whole schema and without any part of it.
func TestOneRequestEach(t *testing.T) {
	for _, parts := range []string{"", "modifiers", "validators", "nested", "modifiers,validators,nested"} {
		t.Run("without "+parts, func(t *testing.T) {
			requests := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				requests++
				_, _ = w.Write([]byte(answer))
			}))
			defer server.Close()
			t.Setenv(endpointVariable, server.URL)
			t.Setenv(withoutVariable, parts)
			state := create(t)
			if requests != 2 {
				t.Errorf("%d requests", requests)
			}
			for name, want := range map[string]string{"id": "task-001", "task_name": "mine", "status": "running"} {
				var got string
				if err := state[name].As(&got); err != nil || got != want {
					t.Errorf("%s is %q, want %q; %v", name, got, want, err)
				}
			}
		})
	}
}

// create plans, creates and refreshes a task, and returns the attributes of the state.
func create(t *testing.T) map[string]tftypes.Value {
	t.Helper()
	r := newCaller(t, plainProvider{}, "plain_training_task", map[string]string{"task_name": "mine"})
	read := r.read(r.apply(r.plan(&tfprotov6.ApplyResourceChangeResponse{NewState: r.none})))
	value, err := read.NewState.Unmarshal(r.kind)
	if err != nil {
		t.Fatal(err)
	}
	state := map[string]tftypes.Value{}
	if err := value.As(&state); err != nil {
		t.Fatal(err)
	}
	return state
}
