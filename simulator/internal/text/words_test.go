package text

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/sourcetest"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// codes returns the codes that have words. It reports a code without words in a language.
func codes[K ~string](t *testing.T, messages map[K]Message) []string {
	t.Helper()
	var list []string
	for code, m := range messages {
		if m.chinese == "" || m.english == "" {
			t.Errorf("%T %s lacks words in a language", code, code)
		}
		list = append(list, string(code))
	}
	return list
}

// onPages returns the codes that have words on the pages: KIND.CODE is the key of their texts.
func onPages(t *testing.T, kind string) (list []string) {
	t.Helper()
	pages, err := Pages()
	if err != nil {
		t.Fatal(err)
	}
	for key, chinese := range pages[Chinese] {
		if chinese == "" || pages[English][key] == "" {
			t.Errorf("%s lacks words in a language", key)
		}
		if code, ok := strings.CutPrefix(key, kind+"."); ok {
			list = append(list, code)
		}
	}
	return list
}

// Every value of the contract's enumerations has words in both languages wherever people read it: in messages of the API, on the
// pages, or in both.
func TestEveryCodeHasWords(t *testing.T) {
	t.Parallel()
	type place struct {
		worded []string
		other  []string // values that are told in another way there
	}
	places := map[string][]place{
		"ErrorReason":       {{codes(t, errorMessages), nil}},
		"EventReason":       {{codes(t, reasonMessages), nil}},
		"StatusReason":      {{codes(t, reasonMessages), nil}, {onPages(t, "reason"), nil}},
		"WaitReason":        {{codes(t, reasonMessages), nil}},
		"HealthReason":      {{onPages(t, "reason"), nil}},
		"StreamResetReason": {{codes(t, resetMessages), nil}},
		"SuggestionKind":    {{codes(t, suggestionMessages), nil}},
		"Verdict":           {{codes(t, capacityMessages), nil}, {onPages(t, "verdict"), []string{"queues"}}}, // by its reason
		// An event is told by the phase or the status that a task came into, where it has one.
		"TaskEventType":  {{codes(t, typeMessages), []string{"phase", "status"}}},
		"TaskChangeType": {{codes(t, typeMessages), []string{"phase", "status"}}},
		"TaskPhase":      {{codes(t, phaseMessages), nil}, {onPages(t, "phase"), nil}},
		// The first three begin with an event of another type.
		"TaskStatus":        {{codes(t, statusMessages), []string{"queued", "allocating", "starting"}}, {onPages(t, "status"), nil}},
		"CreatedTaskStatus": {{onPages(t, "status"), nil}},
		"EndedAs":           {{onPages(t, "timeline"), []string{"queued"}}}, // as one that failed
		"LaunchMode":        {{onPages(t, "mode"), nil}},
		"Priority":          {{onPages(t, "priority"), nil}},
		"EnvironmentStatus": {{onPages(t, "environment"), nil}},
		"EnvironmentType":   {{onPages(t, "type"), nil}},
		"Health":            {{onPages(t, "health"), nil}},
		"NodeState":         {{onPages(t, "node"), nil}},
		"ClockMode":         {{onPages(t, "mode"), []string{"realtime"}}}, // by its speed
		"MovingMode":        {{onPages(t, "clock.run"), nil}},
		"HistoryWindow":     {{onPages(t, "view"), nil}},
		"FaultCut":          {{onPages(t, "fault.cut"), nil}, {onPages(t, "fault.cuts"), nil}},
		"ChangeKind":        nil, // the names of a stream's events, for programs
	}
	if diff := cmp.Diff(sourcetest.Enumerations(t, "../api"), slices.Sorted(maps.Keys(places))); diff != "" {
		t.Errorf("enumerations of the contract (-), and those that this test knows (+):\n%s", diff)
	}
	for enumeration, list := range places {
		for _, value := range sourcetest.Constants(t, "../api", enumeration) {
			for i, p := range list {
				if !slices.Contains(p.worded, value) && !slices.Contains(p.other, value) {
					t.Errorf("%s %s has no words in place %d of %d", enumeration, value, i+1, len(list))
				}
			}
		}
	}
	// Nothing else has words.
	for enumeration, worded := range map[string][]string{
		"ErrorReason": codes(t, errorMessages), "EventReason": codes(t, reasonMessages), "StreamResetReason": codes(t, resetMessages),
		"Verdict": codes(t, capacityMessages), "SuggestionKind": codes(t, suggestionMessages), "TaskPhase": codes(t, phaseMessages),
		"TaskStatus": codes(t, statusMessages), "TaskChangeType": codes(t, typeMessages),
	} {
		values := sourcetest.Constants(t, "../api", enumeration)
		for _, code := range worded {
			if !slices.Contains(values, code) {
				t.Errorf("%s has words, and is no %s", code, enumeration)
			}
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
	worded := slices.Sorted(slices.Values(codes(t, verdictMessages)))
	if diff := cmp.Diff(sourcetest.Constants(t, "../cluster", "VerdictReason"), worded); diff != "" {
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
