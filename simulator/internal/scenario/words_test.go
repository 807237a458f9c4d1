package scenario_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/scenario"
)

// Messages describe the schema's patterns in words and never show one.
func TestNoPatternIsShown(t *testing.T) {
	patterns := regexp.MustCompile(`"pattern": ("(?:[^"\\]|\\.)*")`).FindAllSubmatch(scenario.Schema, -1)
	if len(patterns) == 0 {
		t.Fatal("the schema has no patterns")
	}
	const duration = "want a duration such as 90s, 15m, 2h30m or 5d3h, got "
	const price = `gpu_types[0].price: want a price in quotes such as "12.5", with up to 6 digits after the point, got `
	gpu := func(price string) string {
		return "extends: default\ngpu_types: [{name: A, tflops: 1, node: {gpus: 1, cpu_cores: 1, memory_gb: 1}, price: " + price + "}]"
	}
	texts := map[string]string{
		"extends: default\nretention: 3 days":                       "2:12: retention: " + duration + `"3 days"`,
		"extends: default\nretention: ''":                           "2:12: retention: " + duration + `""`,
		"extends: default\nwarm_up: 90":                             "2:10: warm_up: " + duration + "the type number",
		"extends: default\nwarm_up: -5m":                            "2:10: warm_up: " + duration + `"-5m"`,
		"extends: default\nfailures: {node_mtbf: 1w}":               "2:23: failures.node_mtbf: " + duration + `"1w"`,
		"extends: default\ntraining: {minimum: [1h]}":               "2:21: training.minimum: " + duration + "the type array",
		"extends: default\nretention: " + strings.Repeat("x", 1000): duration + `"` + strings.Repeat("x", 60) + `"`,
		"extends: default\nretention: 999999999h":                   "at most 292 years, got \"999999999h\"",
		gpu("'1,5'"): price + `"1,5"`,
		gpu("1.5"):   price + "the type number",
		gpu("'-1'"):  price + `"-1"`,
	}
	for text, want := range texts {
		_, err := scenario.Parse([]byte(text))
		if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%.60q: error %v, want one with %q", text, err, want)
			continue
		}
		for _, p := range patterns {
			var pattern string
			if err := json.Unmarshal(p[1], &pattern); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(err.Error(), pattern) || strings.Contains(err.Error(), "pattern") {
				t.Errorf("%.60q: the error shows a pattern: %v", text, err)
			}
		}
	}
	// There are words for each pattern.
	if len(patterns) != 2 {
		t.Errorf("the schema has %d patterns, and 2 of them have been tried", len(patterns))
	}
}
