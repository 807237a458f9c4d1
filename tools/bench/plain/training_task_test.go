package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

const answer = `{"code": 200, "data": {"taskId": "task-001", "taskName": "another", "status": "running", "nodes": ["node-1"],
	"createdAt": "2024-12-08T10:00:00Z", "startedAt": "2024-12-08T10:00:10Z", "cost": {"amount": "1.20", "currency": "CNY"}}}`

// A plan, its creation and a refresh need one request each of the last two, with the whole schema and without any part of it.
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

// create plans a task, creates and refreshes it, and returns the state's attributes.
func create(t *testing.T) map[string]tftypes.Value {
	t.Helper()
	ctx, called := t.Context(), "plain_training_task"
	server, err := providerserver.NewProtocol6WithError(plainProvider{})()
	if err != nil {
		t.Fatal(err)
	}
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil || len(schemas.Diagnostics) > 0 {
		t.Fatal(err, schemas.Diagnostics)
	}
	kind := schemas.ResourceSchemas[called].ValueType().(tftypes.Object)
	attributes := map[string]tftypes.Value{}
	for name, inner := range kind.AttributeTypes {
		attributes[name] = tftypes.NewValue(inner, nil)
	}
	attributes["task_name"] = tftypes.NewValue(tftypes.String, "mine")
	encode := func(value any) *tfprotov6.DynamicValue {
		encoded, err := tfprotov6.NewDynamicValue(kind, tftypes.NewValue(kind, value))
		if err != nil {
			t.Fatal(err)
		}
		return &encoded
	}
	config, none := encode(attributes), encode(nil)
	planned, err := server.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: called, PriorState: none, ProposedNewState: config, Config: config,
	})
	if err != nil || len(planned.Diagnostics) > 0 {
		t.Fatal(err, planned.Diagnostics)
	}
	applied, err := server.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName: called, PriorState: none, PlannedState: planned.PlannedState, Config: config,
	})
	if err != nil || len(applied.Diagnostics) > 0 {
		t.Fatal(err, applied.Diagnostics)
	}
	read, err := server.ReadResource(ctx, &tfprotov6.ReadResourceRequest{TypeName: called, CurrentState: applied.NewState, CurrentIdentity: applied.NewIdentity})
	if err != nil || len(read.Diagnostics) > 0 {
		t.Fatal(err, read.Diagnostics)
	}
	value, err := read.NewState.Unmarshal(kind)
	if err != nil {
		t.Fatal(err)
	}
	state := map[string]tftypes.Value{}
	if err := value.As(&state); err != nil {
		t.Fatal(err)
	}
	return state
}
