//go:build linux

package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// peak returns the peak memory of a process since the previous call, in MiB.
func (p *process) peak() int {
	p.t.Helper()
	folder := fmt.Sprintf("/proc/%d/", p.cmd.Process.Pid)
	status, err := os.ReadFile(folder + "status")
	if err != nil {
		p.t.Fatal(err)
	}
	match := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	if match == nil {
		p.t.Fatal("/proc doesn't tell a process's highest memory")
	}
	if err := os.WriteFile(folder+"clear_refs", []byte("5"), 0); err != nil {
		p.t.Fatalf("a process's highest memory can't be reset: %v", err)
	}
	kibibytes, err := strconv.Atoi(string(match[1]))
	if err != nil {
		p.t.Fatal(err)
	}
	return kibibytes >> 10
}

// cpu returns the processor time of a process, with a precision of 10 ms. Unlike elapsed time, it doesn't depend on what
// else the machine does.
func (p *process) cpu() time.Duration {
	p.t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		p.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	var sum time.Duration
	for _, ticks := range strings.Fields(rest)[11:13] { // user and kernel mode
		n, err := strconv.Atoi(ticks)
		if err != nil {
			p.t.Fatal(err)
		}
		sum += time.Duration(n) * 10 * time.Millisecond
	}
	return sum
}

// full returns a mebibyte of text: head, copies of unit, and tail. A # in unit stands for the number of the copy.
func full(head, unit, tail string) string {
	var b strings.Builder
	b.WriteString(head)
	for i := 0; b.Len()+len(unit)+8+len(tail) <= 1<<20; i++ {
		b.WriteString(strings.ReplaceAll(unit, "#", strconv.Itoa(i)))
	}
	return b.String() + tail
}

// No request of a mebibyte costs the server more than 100 MiB and a second.
func TestWhatAMebibyteCosts(t *testing.T) {
	const yaml, json = "application/yaml", "application/json"
	for _, c := range []struct{ name, method, path, contentType, body string }{
		{"lists in lists", "PUT", "/sim/v1/scenario", yaml, full("", "[", "")},
		{"100,000 lists in lists", "PUT", "/sim/v1/scenario", yaml, strings.Repeat("[", 100_000)},
		{"block lists in lists", "PUT", "/sim/v1/scenario", yaml, full("", "- ", "")},
		{"keys that are maps", "PUT", "/sim/v1/scenario", yaml, full("", "? ", "")},
		{"indentation", "PUT", "/sim/v1/scenario", yaml, indented()},
		{"a wide map", "PUT", "/sim/v1/scenario", yaml, full("", "k#: 1\n", "")},
		{"JSON as YAML", "PUT", "/sim/v1/scenario", json, full("", `{"a":`, "")},
		{"many zones", "PUT", "/sim/v1/scenario", yaml, full("extends: default\nzones:\n", "- {id: z#, name: a, region: b}\n", "")},
		{"many nodes", "PUT", "/sim/v1/scenario", yaml, nodes(1) + "failures: {node_mtbf: 1h, node_mttr: 1h, drain_every: 1h, drain_for: 1h}\n"},
		{"many nodes in many zones", "PUT", "/sim/v1/scenario", yaml, nodes(2_000)},
		{"many nodes that fail before the start", "PUT", "/sim/v1/scenario", yaml, nodes(1) +
			"warm_up: 9h\nfailures: {node_mtbf: 1h, node_mttr: 1h}\n"},
		{"a load on many nodes before the start", "PUT", "/sim/v1/scenario", yaml, nodes(1) + "warm_up: 9h\nbackground:\n" +
			"- {zone: z0, gpu_type: A100, interarrival: {constant: 1}, length: {exponential: 1e6}, " +
			"sizes: [{gpus: 8, weight: 1}, {gpus: 90000, weight: 1}]}\n"},
		{"large gangs before the start", "PUT", "/sim/v1/scenario", yaml, nodes(1) + "background:\n" + strings.Repeat(
			"- {zone: z0, gpu_type: A100, interarrival: {constant: 1}, length: {constant: 1}, sizes: [{gpus: 90000, weight: 1}]}\n", 2_000)},
		{"JSON lists in lists", "POST", "/api/v1/training-tasks", json, full(`{"labels":`, "[", "")},
		{"JSON objects in objects", "POST", "/api/v1/training-tasks", json, full("", `{"labels":`, "")},
		{"labels", "POST", "/api/v1/training-tasks", json, full(`{"labels":{"a":"b"`, `,"k#":""`, "}}")},
		{"unknown fields", "POST", "/api/v1/training-tasks", json, full(`{"a":1`, `,"k#":1`, "}")},
		{"a batch of numbers", "POST", "/api/v1/training-tasks/batch", json, full(`{"tasks":[0`, `,0`, "]}")},
		{"a batch of objects", "POST", "/api/v1/training-tasks/batch", json, full(`{"tasks":[{}`, `,{}`, "]}")},
		{"tasks of an estimate", "POST", "/api/v1/training-tasks/estimate", json, full(`{"taskName":"`, `\u0000`, `"}`)},
		{"a snapshot's records", "PUT", "/sim/v1/snapshot", json,
			full(`{"format":1,"scenario":{"name":"","text":"extends: default"},"state":{"a":{"a":0`, `,"k#":0`, "}}}")},
		{"a snapshot's kinds", "PUT", "/sim/v1/snapshot", json, full(`{"format":1,"state":{"a":{}`, `,"k#":{}`, "}}")},
		{"a snapshot's scenario", "PUT", "/sim/v1/snapshot", json, full(`{"format":1,"scenario":{"name":"","text":"`, "[", `"}}`)},
		{"snapshots in snapshots", "PUT", "/sim/v1/snapshot", json, full("", `{"data":`, "")},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, url := serve(t, "--clock", "manual")
			before := p.peak()
			began := p.cpu()
			r, err := http.NewRequestWithContext(t.Context(), c.method, url+c.path, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", c.contentType)
			answer, err := oneShot.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			took, used := p.cpu()-began, p.peak()-before
			t.Logf("%d bytes: status %d, %d MiB, %s", len(c.body), answer.StatusCode, used, took)
			// The limit is on processor time, which may double on a busy machine. A quadratic cost would take minutes.
			if answer.StatusCode >= 500 || used > 100 || took > 3*time.Second {
				t.Errorf("status %d after %s and %d MiB, want about a second at most and 100 MiB", answer.StatusCode, took, used)
			}
		})
	}
}

// Restoring a snapshot takes a few times its size in memory, also with a data folder.
func TestWhatARestoreTakes(t *testing.T) {
	const tasks, each = 8_000, 50
	one := `{"taskName":"t","datasetId":"dataset-001","datasetVersionId":"version-001","launchMode":"dynamic",` +
		`"resourceConfig":{"availabilityZone":"az-bj-a","gpuType":"A100","gpuCount":1,"cpuCores":8,"memory":64,` +
		`"image":"pytorch/pytorch:2.1.0-cuda12.1-cudnn8-runtime"}}`
	batch := `{"tasks":[` + strings.TrimSuffix(strings.Repeat(one+",", each), ",") + `]}`
	_, url := serve(t, "--clock", "manual", "--scenario", "large")
	for i := range tasks / each {
		if status := call(t, "POST", url+"/api/v1/training-tasks/batch", batch, nil); status != 200 {
			t.Fatalf("status %d", status)
		}
		if i%20 == 19 {
			call(t, "POST", url+"/sim/v1/clock/advance", `{"by":"1h"}`, nil)
		}
	}
	answer, err := oneShot.Get(url + "/sim/v1/snapshot")
	if err != nil {
		t.Fatal(err)
	}
	snapshot, err := io.ReadAll(answer.Body)
	answer.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		args []string
		most int // times its bytes; a little more than usual
	}{
		{"in memory", nil, 6}, {"in a folder", []string{"--data", t.TempDir()}, 8},
	} {
		p, url := serve(t, append([]string{"--clock", "manual"}, c.args...)...)
		before := p.peak()
		if status := call(t, "PUT", url+"/sim/v1/snapshot", string(snapshot), nil); status != 200 {
			t.Fatalf("%s: status %d", c.name, status)
		}
		used, size := p.peak()-before, len(snapshot)>>20
		t.Logf("%s: %d MiB for a snapshot of %d MiB", c.name, used, size)
		if used > c.most*size {
			t.Errorf("%s: %d MiB for a snapshot of %d MiB, want %d times that at most", c.name, used, size, c.most)
		}
	}
}

// indented returns nested maps, each indented one space further.
func indented() string {
	var b strings.Builder
	for i := 0; b.Len() < 1<<20-2000; i++ {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}
