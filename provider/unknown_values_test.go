package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// Any value may be unknown while planning, on creation and on update, alone or with all others.
func TestUnknownValuesArePlanned(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	tf := connect(t, c)
	created := tf.apply(t.Context(), dynamicTask(t, tf, nil), nil)
	if len(created.Diagnostics) > 0 {
		t.Fatal(show(created.Diagnostics))
	}
	configs := map[string]values{"everything": {}}
	for _, attribute := range tf.task.Block.Attributes {
		if !attribute.Required && !attribute.Optional {
			continue
		}
		configs["everything"][attribute.Name] = unknown
		configs[attribute.Name] = dynamicTask(t, tf, values{attribute.Name: unknown})
		if attribute.NestedType == nil {
			continue
		}
		kind := attribute.ValueType().(tftypes.Object)
		inner := map[string]tftypes.Value{}
		for name, kind := range kind.AttributeTypes {
			inner[name] = tftypes.NewValue(kind, unknown)
		}
		configs[attribute.Name+".*"] = dynamicTask(t, tf, values{attribute.Name: tftypes.NewValue(kind, inner)})
	}
	for name, config := range configs {
		t.Run(name, func(t *testing.T) {
			validated, err := tf.server.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{
				TypeName: "fermi_training_task", Config: tf.dynamic(object(t, tf.task, config)),
			})
			if err != nil || len(validated.Diagnostics) > 0 {
				t.Errorf("validation: %v %s", err, show(validated.Diagnostics))
			}
			for situation, prior := range map[string]*tfprotov6.DynamicValue{"creation": nil, "update": created.NewState} {
				if plan := tf.plan(config, prior); hasError(plan.Diagnostics) {
					t.Errorf("%s: %s", situation, show(plan.Diagnostics))
				}
			}
		})
	}
}

func TestPlanOfACreation(t *testing.T) {
	tf := newTerraform(t)
	tests := map[string]struct {
		config values
		want   map[string]string
	}{
		"nothing chosen": {
			values{"task_name": "n"},
			map[string]string{"launch_mode": "unknown", "environment_id": "unknown", "status": "unknown", "id": "unknown"},
		},
		"dynamic": {dynamicTask(t, tf, nil), map[string]string{"launch_mode": "dynamic", "environment_id": "null", "status": "unknown"}},
		"mode not known yet": {
			dynamicTask(t, tf, values{"launch_mode": unknown}), map[string]string{"launch_mode": "unknown", "environment_id": "unknown"},
		},
		"environment not known yet": {
			values{"launch_mode": "existing", "environment_id": unknown}, map[string]string{"launch_mode": "existing", "environment_id": "unknown"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			plan := tf.plan(test.config, nil)
			if len(plan.Diagnostics) > 0 {
				t.Fatal(show(plan.Diagnostics))
			}
			for attribute, want := range test.want {
				if got := text(t, tf.attributes(plan.PlannedState)[attribute]); got != want {
					t.Errorf("%s is planned as %s, want %s", attribute, got, want)
				}
			}
		})
	}
}

// What a plan makes of the status, for each status and wait.
func TestPlanOfAnUpdate(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	tf := connect(t, c)
	created := tf.apply(t.Context(), dynamicTask(t, tf, nil), nil)
	if len(created.Diagnostics) > 0 {
		t.Fatal(show(created.Diagnostics))
	}
	for _, test := range []struct {
		status      string
		config      values
		want        string
		wantReplace bool
	}{
		{"queued", nil, "unknown", false},
		{"starting", nil, "unknown", false},
		{"running", nil, "running", false},
		{"succeeded", nil, "succeeded", false},
		{"failed", nil, "failed", false},
		{"stopped", nil, "stopped", false},
		{"queued", values{"wait_for": "none"}, "queued", false},
		{"running", values{"wait_for": "succeeded"}, "unknown", false},
		{"failed", values{"wait_for": "succeeded"}, "failed", false},
		{"failed", values{"replace_on_failure": true}, "unknown", true},
		{"failed", values{"replace_on_failure": unknown}, "unknown", true},
		{"stopped", values{"replace_on_failure": true}, "stopped", false},
		{"running", values{"replace_on_failure": true}, "running", false},
	} {
		config := dynamicTask(t, tf, test.config)
		state := values{}
		for name, value := range tf.attributes(created.NewState) {
			state[name] = value
		}
		for name, value := range test.config {
			if value != any(unknown) {
				state[name] = value
			}
		}
		state["status"] = test.status
		plan := tf.plan(config, tf.dynamic(object(t, tf.task, state)))
		if test.want == "failed" {
			wantOne(t, plan.Diagnostics, isWarning, "A training task in the state has failed")
		} else if len(plan.Diagnostics) > 0 {
			t.Fatal(show(plan.Diagnostics))
		}
		got := text(t, tf.attributes(plan.PlannedState)["status"])
		if replace := len(plan.RequiresReplace) > 0; got != test.want || replace != test.wantReplace {
			t.Errorf("%s with %v is planned as %s, replaced: %t; want %s, %t", test.status, test.config, got, replace, test.want, test.wantReplace)
		}
	}
}

func TestUnknownProviderConfiguration(t *testing.T) {
	tf := newTerraform(t)
	if diagnostics := tf.configure(values{"endpoint": unknown, "max_retries": unknown}); len(diagnostics) > 0 {
		t.Fatalf("an unknown endpoint is an error already: %s", show(diagnostics))
	}
	config := dynamicTask(t, tf, nil)
	if plan := tf.plan(config, nil); len(plan.Diagnostics) > 0 {
		t.Errorf("plan: %s", show(plan.Diagnostics))
	}
	created := tf.apply(t.Context(), config, nil)
	wantOne(t, created.Diagnostics, tfprotov6.DiagnosticSeverityError, "Fermi provider isn't configured yet",
		"Creating a training task needs the API")
}

func TestProviderConfiguration(t *testing.T) {
	t.Setenv("FERMI_ENDPOINT", "")
	t.Setenv("FERMI_TOKEN", "")
	for name, test := range map[string]struct {
		config values
		want   string
	}{
		"no endpoint":           {values{}, "No Fermi endpoint"},
		"endpoint without host": {values{"endpoint": "localhost:8080"}, "Fermi endpoint can't be used"},
		"missing certificates":  {values{"endpoint": "https://f", "ca_cert_file": "/does/not/exist"}, "Certificate file can't be used"},
		"not certificates":      {values{"endpoint": "https://f", "ca_cert_file": "provider.go"}, "no certificate in it"},
	} {
		t.Run(name, func(t *testing.T) {
			wantOne(t, newTerraform(t).configure(test.config), tfprotov6.DiagnosticSeverityError, test.want)
		})
	}
	t.Setenv("FERMI_ENDPOINT", "http://127.0.0.1:8080\n")
	if diagnostics := newTerraform(t).configure(values{}); len(diagnostics) > 0 {
		t.Errorf("FERMI_ENDPOINT isn't used: %s", show(diagnostics))
	}
}
