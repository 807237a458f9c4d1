package provider

import (
	"maps"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

func (tf *core) validate(config values) []*tfprotov6.Diagnostic {
	tf.t.Helper()
	validated, err := tf.server.ValidateResourceConfig(tf.t.Context(), &tfprotov6.ValidateResourceConfigRequest{
		TypeName: "fermi_training_task", Config: tf.dynamic(object(tf.t, tf.task, config)),
	})
	if err != nil {
		tf.t.Fatal(err)
	}
	return validated.Diagnostics
}

func labelsOf(pairs ...string) tftypes.Value {
	labels := map[string]tftypes.Value{}
	for i := 0; i < len(pairs); i += 2 {
		labels[pairs[i]] = tftypes.NewValue(tftypes.String, pairs[i+1])
	}
	return tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, labels)
}

// Each refusal says what is wrong and what is right, with its numbers in the unit of the limit.
func TestMessagesOfValidation(t *testing.T) {
	tf := newTerraform(t)
	timeout := func(text string) values { return values{"timeouts": timeoutsOf(tf, values{"create": text})} }
	cost := func(text string) values { return values{"max_hourly_cost": text} }
	resources := func(more values) values { return values{"resource_config": resourcesWith(t, tf, more)} }
	for name, test := range map[string]struct {
		config values
		want   []string // none: it is valid
	}{
		"longest name": {values{"task_name": strings.Repeat("训", 256)}, nil},
		"long name": {values{"task_name": strings.Repeat("训", 257)},
			[]string{"task_name has 257 characters; at most 256 are allowed"}},
		"longest description": {values{"description": strings.Repeat("练\n", 2048)}, nil},
		"long description": {values{"description": strings.Repeat("练", 4097)},
			[]string{"description has 4097 characters; at most 4096 are allowed"}},
		"escape in a name":       {values{"task_name": "a\x1b[31m"}, []string{"task_name has the character U+001B at place 2"}},
		"override in a name":     {values{"task_name": "训练\u202e"}, []string{"task_name has the character U+202E at place 3"}},
		"C1 in an id":            {values{"dataset_id": "dataset-001\u009b"}, []string{"dataset_id has the character U+009B at place 12"}},
		"isolate in a version":   {values{"dataset_version_id": "\u2066v"}, []string{"dataset_version_id has the character U+2066 at place 1"}},
		"mark in a model":        {values{"model_id": "m\u200f"}, []string{"model_id has the character U+200F"}},
		"line break in a name":   {values{"task_name": "a\nb"}, []string{"task_name has the character U+000A"}},
		"bell in a description":  {values{"description": "a\tb\nc\a"}, []string{"description has the character U+0007 at place 6"}},
		"mark in an image":       {resources(values{"image": "pytorch\u061c"}), []string{"resource_config.image has the character U+061C"}},
		"blank model":            {values{"model_id": " "}, []string{"Choose a model", "Leave it out for none."}},
		"control in a label key": {values{"labels": labelsOf("a\x00", "b")}, []string{"labels has the character U+0000 at place 2"}},
		"control in a label":     {values{"labels": labelsOf("a", "b\x7f")}, []string{`labels["a"] has the character U+007F at place 2`}},
		"long label": {values{"labels": labelsOf("a", strings.Repeat("训", 86))},
			[]string{`The label "a" of labels has 258 bytes (86 characters); at most 256 bytes are allowed`}},
		"long key": {values{"labels": labelsOf(strings.Repeat("k", 257), "")},
			[]string{"A key of labels has 257 bytes (257 characters)"}},
		"empty key":       {values{"labels": labelsOf("", "v")}, []string{"A key of labels is empty; a key has 1 to 256 bytes."}},
		"labels that fit": {values{"labels": labelsOf(strings.Repeat("k", 256), strings.Repeat("训", 85), "empty", "")}, nil},
		"part of a resource_config with existing": {values{"launch_mode": "existing", "resource_config": resourcesWith(t, tf, values{
			"gpu_type": nil, "cpu_cores": nil, "image": nil})}, []string{"Mode existing takes no resource_config", "Remove resource_config"}},
		"half a GPU": {resources(values{"gpu_count": 1.5}), []string{"resource_config.gpu_count is 1.5. It has to be a whole " +
			"number"}},
		"no GPU":              {resources(values{"gpu_count": 0}), []string{"resource_config.gpu_count", "at least 1, got: 0"}},
		"fewer than no cores": {resources(values{"cpu_cores": -3}), []string{"at least 1, got: -3"}},
		"memory beyond counting": {resources(values{"memory": 1e30}), []string{"Number is too large", "resource_config.memory is 1e+30. It " +
			"is more than the provider can count"}},
		"eleven decimals": {cost("147.20000000001"),
			[]string{`"147.20000000001": it has 11 digits after the point, at most 6 are allowed`}},
		"negative cost":         {cost("-1"), []string{"it is below zero"}},
		"cost with a comma":     {cost("1,000"), []string{"it has a comma"}},
		"cost with a currency":  {cost("150 CNY"), []string{"the currency is the cluster's and isn't written"}},
		"cost in space":         {cost(" 150 "), []string{"it has space around it"}},
		"cost with an exponent": {cost("1e3"), []string{"it has an exponent"}},
		"blank cost":            {cost(""), []string{"it is blank"}},
		"days":                  {timeout("2d"), nil},
		"days and hours":        {timeout("1d12h30m"), nil},
		"no unit": {timeout("30"),
			[]string{`timeouts.create is "30": it has no unit; 30s are seconds, 30m minutes, 30h hours and 30d days`}},
		"a word":            {timeout("soon"), []string{`"soon": it can't be read`, "2d"}},
		"zero":              {timeout("0s"), []string{"it is not above zero"}},
		"below zero":        {timeout("-5m"), []string{"it is not above zero"}},
		"duration in space": {timeout(" 5m"), []string{"it has space around it"}},
		"too many hours":    {timeout("100000000h"), []string{"it is too long; the longest is 106751 days"}},
		"too many digits":   {timeout("1h99999999999999999999s"), []string{"it is too long"}},
		"an unknown unit":   {timeout("3w"), []string{"it can't be read"}},
		"endless":           {timeout("999999d"), []string{"it is too long; the longest is 106751 days"}},
	} {
		config := dynamicTask(t, tf, nil)
		maps.Copy(config, test.config)
		got := tf.validate(config)
		if len(test.want) == 0 {
			if len(got) > 0 {
				t.Errorf("%s: %s", name, show(got))
			}
			continue
		}
		if len(got) != 1 {
			t.Errorf("%s: want one error, got\n%s", name, show(got))
			continue
		}
		wantOne(t, got, isError, test.want...)
		if strings.Contains(show(got), "bug") || strings.Contains(show(got), "always an error in the provider") {
			t.Errorf("%s: a mistake of the configuration is called one of the provider: %s", name, show(got))
		}
	}
}

// A timeout in days is the library's timeout in hours.
func TestTimeoutsInDays(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	tf := connect(t, c)
	created := tf.apply(t.Context(), dynamicTask(t, tf, values{"timeouts": timeoutsOf(tf, values{"create": "1d12h", "delete": "2d"})}), nil)
	if len(created.Diagnostics) > 0 {
		t.Error(show(created.Diagnostics))
	}
}

// The figures of a refusal are exact: an amount that differs from its limit never looks the same.
func TestARefusedPriceIsShownInFull(t *testing.T) {
	tf := connect(t, newCluster(t, simulator.Options{}))
	wantOne(t, tf.plan(dynamicTask(t, tf, values{"max_hourly_cost": "588.799999"}), nil).Diagnostics, isError,
		"16 × A100 at 36.80 is 588.80 CNY per hour, max_hourly_cost allows 588.799999, which is 0.000001 less")
}

// What is documented is each attribute of everything.
func TestEachAttributeIsDescribed(t *testing.T) {
	schemas, err := newTerraform(t).server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]*tfprotov6.Schema{"provider": schemas.Provider}
	for name, schema := range schemas.ResourceSchemas {
		all["resource "+name] = schema
	}
	for name, schema := range schemas.DataSourceSchemas {
		all["data source "+name] = schema
	}
	for name, schema := range schemas.ListResourceSchemas {
		all["list resource "+name] = schema
	}
	for name, schema := range schemas.ActionSchemas {
		all["action "+name] = schema.Schema
	}
	var check func(string, []*tfprotov6.SchemaAttribute)
	check = func(within string, attributes []*tfprotov6.SchemaAttribute) {
		for _, attribute := range attributes {
			if attribute.Description == "" {
				t.Errorf("%s.%s has no description", within, attribute.Name)
			}
			if attribute.NestedType != nil {
				check(within+"."+attribute.Name, attribute.NestedType.Attributes)
			}
		}
	}
	for name, schema := range all {
		check(name, schema.Block.Attributes)
	}
}

func TestATokenWithItsSchemeIsRefused(t *testing.T) {
	for _, token := range []string{"Bearer t0ken-of-mine", "bearer t0ken-of-mine"} {
		tf := newTerraform(t)
		got := tf.configure(values{"endpoint": "http://127.0.0.1:1", "token": token})
		wantOne(t, got, isError, "Token has a scheme", "FERMI_TOKEN")
		if strings.Contains(show(got), "t0ken") {
			t.Errorf("the token is shown: %s", show(got))
		}
	}
}
