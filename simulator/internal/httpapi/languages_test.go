package httpapi_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/catalog"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// isChinese reports whether a text has a character that only Chinese has, its punctuation among them.
func isChinese(text string) bool {
	return strings.ContainsFunc(text, func(c rune) bool {
		return unicode.Is(unicode.Han, c) || c >= 0x3000 && c <= 0x303f || c >= 0xff00 && c <= 0xffef
	})
}

// inEnglish repeats a request that was refused, which changed nothing, and wants no Chinese in the answer.
func (a *api) inEnglish(want *answer, method, target, body string, headers ...string) {
	a.t.Helper()
	got := a.call(method, target, body, append(slices.Clone(headers), english)...)
	equal(a.t, method+" "+target+" in English", []any{got.Status, got.reason()}, []any{want.Status, want.reason()})
	if isChinese(got.Body) || got.Header.Get("Content-Language") != "en" {
		a.t.Errorf("%s %s in English: %s", method, target, got.Body)
	}
}

// spoken are the texts for people in an answer's data: the values of these fields, however deep they lie.
func spoken(v any) (list []string) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			switch text, isText := v[key].(string); {
			case isText && (key == "message" || key == "statusMessage"):
				list = append(list, text)
			case key == "verdicts":
				for _, verdict := range v[key].([]any) {
					list = append(list, verdict.(string))
				}
			default:
				list = append(list, spoken(v[key])...)
			}
		}
	case []any:
		for _, item := range v {
			list = append(list, spoken(item)...)
		}
	}
	return list
}

// plainNames gives the scenario English names, so that any Chinese in an answer comes from the server.
func plainNames(s *setup) {
	for i := range s.scenario.Zones {
		s.scenario.Zones[i].Name, s.scenario.Zones[i].Region = s.scenario.Zones[i].ID, "region"
	}
	for i := range s.scenario.GPUTypes {
		s.scenario.GPUTypes[i].Class = "class"
	}
	s.scenario.Images = append(s.scenario.Images, catalog.Image{Name: "lost", Missing: true})
	s.scenario.Failures.PullError, s.scenario.Failures.PullAttempts = 0.4, 3
	s.scenario.Failures.CrashMTBF, s.scenario.Failures.MaxRestarts = des.Duration(5*time.Hour), 5
}

// A cluster in which everything happens that the API has words for is told wholly in English to those who read English,
// and in Chinese to others.
func TestALifeInEitherLanguage(t *testing.T) {
	t.Parallel()
	a := newAPI(t, plainNames)
	stream := a.open("", english)
	say := func(method, target, body string) {
		t.Helper()
		if got := a.ok(method, target, body, english); isChinese(got.Body) {
			t.Errorf("%s %s in English: %s", method, target, got.Body)
		}
	}
	for _, body := range []string{
		existing("env-001"), existing("env-002"), dynamicWith("az-bj-a", "V100", 8, "lost"), dynamic("az-sz-c", "A100", 8),
		dynamic("az-sz-a", "A100", 12), dynamic("az-sz-a", "A100", 16), dynamic("az-sz-a", "A100", 4),
	} {
		say("POST", tasks, body)
	}
	for range 12 {
		say("POST", tasks, dynamic("az-bj-b", "T4", 1))
	}
	say("POST", tasks+"/batch", `{"tasks":[`+existing("env-003")+`]}`)
	say("POST", templates, `{"name":"t"}`)
	say("PATCH", templates+"/template-001", `{"favorite":true}`)
	say("PATCH", tasks+"/task-001", `{"description":"d"}`)
	say("POST", tasks+"/task-001/stop", "")
	say("POST", "/sim/v1/nodes/"+a.task("task-004").Nodes[0]+"/fail", "")
	say("POST", "/sim/v1/clock/advance", `{"by":"10m"}`)
	say("POST", "/sim/v1/dev-environments/env-002/stop", "")
	say("POST", "/sim/v1/clock/advance", `{"by":"10h"}`)
	say("POST", tasks, existing("env-001"))
	say("POST", tasks, existing("env-001"))
	say("POST", "/sim/v1/clock/advance", `{"by":"1m"}`)

	seen := map[string]bool{}
	ask := func(method, target, body string) {
		t.Helper()
		say(method, target, body)
		got := a.ok(method, target, body)
		for _, text := range spoken(decoded(t, got.Body)) {
			if !isChinese(text) || englishProse.MatchString(text) {
				t.Errorf("%s %s in Chinese: %q", method, target, text)
			}
		}
		var found struct {
			Capacity    struct{ Verdict, Reason string }
			Suggestions []struct{ Kind string }
		}
		if json.Unmarshal(got.Data, &found) == nil {
			seen["verdict "+found.Capacity.Verdict], seen["wait "+found.Capacity.Reason] = true, true
			for _, s := range found.Suggestions {
				seen["suggestion "+s.Kind] = true
			}
		}
	}
	for _, c := range allCalls(t) {
		if c.method == "GET" && c.target != events {
			ask(c.method, c.target, "")
		}
	}
	for _, one := range data[[]task](t, a.ok("GET", tasks+"?pageSize=500", "")) {
		for _, rest := range []string{"", "/events", "/logs"} {
			ask("GET", tasks+"/"+one.TaskID+rest, "")
		}
		for _, e := range data[[]struct{ Type, Status, Phase, Reason string }](t, a.ok("GET", tasks+"/"+one.TaskID+"/events", "")) {
			seen["event "+e.Type], seen["status "+e.Status], seen["phase "+e.Phase], seen["reason "+e.Reason] = true, true, true, true
		}
	}
	for _, body := range []string{
		dynamic("az-bj-a", "A100", 8), existing("env-003"), existing("env-001"),
		strings.Replace(dynamic("az-bj-a", "A100", 8), `"launchMode":"dynamic",`, `"environmentId":"env-001",`, 1),
	} {
		ask("POST", estimates, body)
	}
	// The gang waits for the first one's GPUs, and the last one, which trains for longer, may not pass it by.
	for _, gpus := range []int{4, 16, 1} {
		ask("POST", estimates, dynamic("az-sz-a", "A100", gpus))
		say("POST", tasks, dynamic("az-sz-a", "A100", gpus))
	}
	for _, target := range []string{"/sim/v1/clock", "/sim/v1/state", "/sim/v1/faults", "/sim/v1/requests", snapshots} {
		say("GET", target, "")
	}
	for _, want := range []string{
		"event created", "event queued", "event placed", "event phase", "event status", "event updated", "event restarted",
		"phase finding_nodes", "phase allocating_gpus", "phase pulling_image", "phase mounting_data", "phase starting_container",
		"status queued", "status allocating", "status starting", "status running", "status succeeded", "status failed", "status stopped",
		"reason NO_ROOM", "reason STOPPED_BY_USER", "reason ENVIRONMENT_STOPPED", "reason IMAGE_PULL_FAILED",
		"reason IMAGE_PULL_RETRIED", "reason NODE_FAILED", "reason TRAINING_CRASHED",
		"verdict fits", "verdict queues", "verdict alone", "verdict shares", "wait NO_ROOM", "wait QUEUED_BEHIND",
		"suggestion availability_zone", "suggestion gpu_type", "suggestion gpu_count", "suggestion environment", "suggestion launch_mode",
		"suggestion preemptible",
	} {
		if !seen[want] {
			t.Errorf("nothing showed %s", want)
		}
	}

	hear := func(last func(streamEvent) bool) {
		t.Helper()
		for ended := false; !ended; {
			e := stream.next()
			if ended = last(e); isChinese(fmt.Sprint(e.Data)) {
				t.Errorf("the English stream tells %v", e.Data)
			}
		}
	}
	say("DELETE", tasks+"/task-001", "")
	say("DELETE", templates+"/template-001", "")
	hear(func(e streamEvent) bool { return e.Name == "template" && e.Data["template"] == nil })
	say("POST", "/sim/v1/reset", "")
	hear(func(e streamEvent) bool { return e.Name == "reset" })
}

// What a header that comes twice says counts as if it was one.
func TestLanguagesInTwoHeaders(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	r := request("GET", tasks, "", "Accept-Language: fr")
	r.Header.Add("Accept-Language", "en;q=0.5")
	equal(t, "language", a.do(r).Header.Get("Content-Language"), "en")
}
