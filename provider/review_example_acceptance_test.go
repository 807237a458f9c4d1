package provider

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The example's rules, as a pull request would meet them: in a cluster of its own, without a token.
func TestAccReviewExample(t *testing.T) {
	t.Parallel()
	newCommand(t, "") // skips where there is nothing to run
	if err := buildSimulator(); err != nil {
		t.Fatal(err)
	}
	simulator := filepath.Join(binaryFolder, "fermi-simulator")
	for name, test := range map[string]struct {
		variables []string
		want      string // what the one rule says that fails; empty when none does
	}{
		"as it is": {nil, ""},
		"too expensive": {
			[]string{"gpu_count=8"},
			"8 A100 cost 294.40 CNY an hour; the budget is 200.00 CNY.",
		},
		"too big": {
			[]string{"availability_zone=az-bj-b", "gpu_type=RTX3090", "gpu_count=32"},
			"32 RTX3090 are more than 50 % of what az-bj-b has; take fewer, or another zone.",
		},
		"forbidden zone": {
			[]string{"availability_zone=az-sz-c"},
			"az-sz-c is not allowed; choose one of az-bj-a, az-bj-b, az-sh-a.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			review := newCommand(t, "")
			if err := os.CopyFS(review.dir, os.DirFS("../examples/review")); err != nil {
				t.Fatal(err)
			}
			args := []string{"exec", "--", review.path, "test", "-no-color"}
			for _, variable := range test.variables {
				args = append(args, "-var", variable)
			}
			review.path = simulator
			failures := 0
			if test.want != "" {
				failures = 1
			}
			output := review.run(failures, args...)
			if !strings.Contains(strings.Join(strings.Fields(output), " "), test.want) || strings.Count(output, "Error:") != failures {
				t.Errorf("want %d failed rules that say %q in:\n%s", failures, test.want, output)
			}
		})
	}
}
