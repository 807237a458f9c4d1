package text

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/sourcetest"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// codes returns the codes that have words, sorted. It reports a code without words in a language.
func codes[K ~string](t *testing.T, messages map[K]Message) []string {
	t.Helper()
	var list []string
	for code, m := range messages {
		if m.chinese == "" || m.english == "" {
			t.Errorf("%T %s lacks words in a language", code, code)
		}
		list = append(list, string(code))
	}
	slices.Sort(list)
	return list
}

// Every code of the contract has words in both languages, and nothing else has.
func TestEveryCodeHasWords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		enumeration string
		worded      []string
	}{
		{"ErrorReason", codes(t, errorMessages)},
		{"EventReason", codes(t, reasonMessages)},
		{"StreamResetReason", codes(t, resetMessages)},
		{"Verdict", codes(t, capacityMessages)},
		{"SuggestionKind", codes(t, suggestionMessages)},
	} {
		if diff := cmp.Diff(sourcetest.Constants(t, "../api", c.enumeration), c.worded); diff != "" {
			t.Errorf("%s: codes (-), words (+):\n%s", c.enumeration, diff)
		}
	}
}

// every returns a verdict of each kind.
func every(t *testing.T) (all world.Verdicts) {
	t.Helper()
	for i, reason := range sourcetest.Constants(t, "../cluster", "VerdictReason") {
		v := cluster.Verdict{Nodes: 1 + i, Reason: cluster.VerdictReason(reason)}
		switch v.Reason {
		case cluster.BusyShares:
			v.Free, v.Total, v.Milli = 3, 8, 250
		case cluster.BusyGPUs, cluster.HasRoomForPart:
			v.Free, v.Total = 3, 8
		case cluster.OtherGPUType:
			v.GPUType = "T4"
		}
		all = append(all, world.Verdict{Verdict: v})
	}
	for _, b := range []world.Behind{{}, {More: 12}, {Task: "task-003"}, {Task: "task-003", More: 1}} {
		all = append(all, world.Verdict{Behind: &b})
	}
	return all
}

// Every verdict has words in both languages, and in English those of the core, which are in scripts, logs and old states.
func TestEveryVerdictHasWords(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(sourcetest.Constants(t, "../cluster", "VerdictReason"), codes(t, verdictMessages)); diff != "" {
		t.Errorf("verdicts (-), words (+):\n%s", diff)
	}
	all := every(t)
	var want []string
	for _, v := range all {
		want = append(want, v.String())
	}
	if diff := cmp.Diff(want, Verdicts(English, all)); diff != "" {
		t.Errorf("the core's words (-), ours (+):\n%s", diff)
	}
	for i, words := range Verdicts(Chinese, all) {
		if !isChinese(words) || strings.Contains(words, "%!") {
			t.Errorf("%q is %q in Chinese", want[i], words)
		}
	}
	read, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var again world.Verdicts
	if err := json.Unmarshal(read, &again); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(all, again); diff != "" {
		t.Errorf("as a state of version 1 has them: %s", diff)
	}
}
