package httpapi_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// verdictLine is a verdict in the scripts of package cluster, which have all of them.
var verdictLine = regexp.MustCompile(`(?m)^\d+ nodes?: .*$`)

// Whatever the cluster says of its nodes is Chinese unless asked for in English: in a task's history, in its stream and in
// an estimate.
func TestVerdictsAreInTheLanguageOfMessages(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile(filepath.Join("..", "cluster", "testdata", "verdicts.txt"))
	if err != nil {
		t.Fatal(err)
	}
	all := verdictLine.FindAllString(string(script), -1)
	a := newAPI(t)
	a.create(dynamic("az-sz-a", "A100", 16))
	a.create(dynamic("az-sz-a", "A100", 8))
	history := func(headers ...string) []string {
		list := data[[]struct{ Verdicts []string }](t, a.ok("GET", tasks+"/task-002/events", "", headers...))
		return list[len(list)-1].Verdicts
	}
	equal(t, "in English", history(english), []string{"16 nodes: other GPU type, T4", "4 nodes: other GPU type, RTX3090",
		"2 nodes: 0 of 8 GPUs free"})
	chinese := []string{"16 个节点：GPU 类型不同（T4）", "4 个节点：GPU 类型不同（RTX3090）", "2 个节点：8 个 GPU 中有 0 个空闲"}
	equal(t, "in Chinese", history(), chinese)
	estimated := data[struct{ Capacity struct{ Nodes []string } }](t, a.ok("POST", estimates, dynamic("az-sz-a", "A100", 8)))
	equal(t, "in an estimate", estimated.Capacity.Nodes, chinese)
	stream := a.open("?type=task")
	a.create(dynamic("az-sz-a", "A100", 8))
	stream.next()
	equal(t, "in a stream", stream.next().Data["verdicts"], any([]any{chinese[0], chinese[1], chinese[2]}))

	// A world that has them all.
	verdicts, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	old := regexp.MustCompile(`"verdicts":\[[^\]]*\]`)
	a.ok("PUT", snapshots, old.ReplaceAllLiteralString(a.ok("GET", snapshots, "").Body, `"verdicts":`+string(verdicts)))
	equal(t, "restored", history(english), all)
	for i, verdict := range history() {
		if !strings.Contains(verdict, " 个节点：") || regexp.MustCompile(`[a-z]`).MatchString(verdict) {
			t.Errorf("%q is %q in Chinese", all[i], verdict)
		}
	}
}

// Whom a task waits for is in the language of messages as well.
func TestWhomATaskWaitsFor(t *testing.T) {
	t.Parallel()
	for verdict, want := range map[string]string{
		"behind task-003":                        "排在 task-003 之后",
		"behind task-003 and 12 more":            "排在 task-003 及另外 12 个任务之后",
		"behind a job of other users":            "排在其他用户的任务之后",
		"behind a job of other users and 1 more": "排在其他用户的任务及另外 1 个任务之后",
	} {
		a := newAPI(t)
		a.create(dynamic("az-sz-a", "A100", 16))
		a.create(dynamic("az-sz-a", "A100", 8))
		text := a.ok("GET", snapshots, "").Body
		a.ok("PUT", snapshots, regexp.MustCompile(`"verdicts":\[[^\]]*\]`).ReplaceAllLiteralString(text, `"verdicts":["`+verdict+`"]`))
		list := data[[]struct{ Verdicts []string }](t, a.ok("GET", tasks+"/task-002/events", ""))
		equal(t, verdict, list[len(list)-1].Verdicts, []string{want})
	}
}
