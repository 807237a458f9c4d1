//go:build unix

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// process is a running fermi-simulator.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdout *bufio.Reader
	stderr *strings.Builder
}

func start(t *testing.T, args ...string) *process {
	t.Helper()
	// The deadline only keeps a broken test from hanging.
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	p := &process{t: t, cmd: exec.CommandContext(ctx, "fermi-simulator", args...), stderr: &strings.Builder{}}
	p.cmd.Stderr = p.stderr
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.stdout = bufio.NewReader(stdout)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill(); _ = p.cmd.Wait() })
	return p
}

func (p *process) line() string {
	p.t.Helper()
	line, err := p.stdout.ReadString('\n')
	if err != nil {
		p.t.Fatalf("%q, then %v; standard error: %s", line, err, p.stderr)
	}
	return strings.TrimSuffix(line, "\n")
}

func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// end waits for the process to end and returns its exit status and the rest of its output.
func (p *process) end() (int, string) {
	p.t.Helper()
	var rest strings.Builder
	if _, err := p.stdout.WriteTo(&rest); err != nil {
		p.t.Error(err)
	}
	var exit *exec.ExitError
	if err := p.cmd.Wait(); err != nil && !errors.As(err, &exit) {
		p.t.Fatal(err)
	}
	return p.cmd.ProcessState.ExitCode(), rest.String()
}

// serve starts a server on a free port and returns its address.
func serve(t *testing.T, args ...string) (*process, string) {
	t.Helper()
	p := start(t, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
	first := p.line()
	match := regexp.MustCompile(`^listening on (http://127\.0\.0\.1:\d+)$`).FindStringSubmatch(first)
	if match == nil {
		t.Fatalf("the first line is %q", first)
	}
	return p, match[1]
}

// Without idle connections, no server waits for them when it stops.
var oneShot = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

// call makes a request and decodes the data of the response into v, unless v is nil.
func call(t *testing.T, method, url, body string, v any) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := oneShot.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if v != nil {
		if err := json.NewDecoder(answer.Body).Decode(&struct{ Data any }{v}); err != nil {
			t.Fatal(err)
		}
	}
	return answer.StatusCode
}

func TestServeUntilASignal(t *testing.T) {
	for _, s := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		p, url := serve(t)
		var clock struct{ Mode string }
		if status := call(t, "GET", url+"/sim/v1/clock", "", &clock); status != 200 || clock.Mode != "realtime" {
			t.Errorf("status %d, clock %s, want 200 and realtime", status, clock.Mode)
		}
		p.signal(s)
		status, rest := p.end()
		if status != 0 || rest != "" {
			t.Errorf("after %s: status %d and output %q, want 0 and none", s, status, rest)
		}
		log := p.stderr.String()
		if strings.Count(log, "\n") != 1 || !strings.Contains(log, "level=INFO msg=request method=GET route=/sim/v1/clock status=200") {
			t.Errorf("the log of one request is %q", log)
		}
		if c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://")); err == nil {
			_ = c.Close()
			t.Error("the port is still open after the end")
		}
	}
}

func TestServeOnATakenPort(t *testing.T) {
	_, url := serve(t)
	p := start(t, "serve", "--listen", strings.TrimPrefix(url, "http://"))
	if status, out := p.end(); status != 1 || out != "" || !strings.Contains(p.stderr.String(), "address already in use") {
		t.Errorf("status %d, output %q, error %q", status, out, p.stderr)
	}
}

func TestASignalEndsOpenWaits(t *testing.T) {
	p, url := serve(t, "--clock", "manual")
	call(t, "POST", url+"/api/v1/training-tasks",
		`{"taskName":"t","datasetId":"dataset-001","datasetVersionId":"version-001","environmentId":"env-001"}`, nil)
	// The fault has no effect; its count shows when the long poll has reached the server.
	call(t, "POST", url+"/sim/v1/faults", `{"delay":"1ns"}`, nil)
	type outcome struct {
		status int
		err    error
	}
	done := make(chan outcome, 1)
	go func() {
		r, err := http.NewRequestWithContext(t.Context(), "GET", url+"/api/v1/training-tasks/task-001", nil)
		if err != nil {
			done <- outcome{0, err}
			return
		}
		r.Header.Set("If-None-Match", `"1"`)
		r.Header.Set("Prefer", "wait=600")
		answer, err := oneShot.Do(r)
		if err != nil {
			done <- outcome{0, err}
			return
		}
		done <- outcome{answer.StatusCode, answer.Body.Close()}
	}()
	for faults := []struct{ Hits int }{{}}; faults[0].Hits == 0; {
		call(t, "GET", url+"/sim/v1/faults", "", &faults)
	}
	begin := time.Now()
	p.signal(syscall.SIGTERM)
	if got := <-done; got != (outcome{304, nil}) {
		t.Errorf("the wait ended with %+v, want 304", got)
	}
	if status, _ := p.end(); status != 0 {
		t.Errorf("status %d: %s", status, p.stderr)
	}
	if took := time.Since(begin); took > drainTime/2 {
		t.Errorf("the end took %s", took)
	}
}

// Terraform gives up its state at the second Ctrl-C, so exec must forward each signal once, in order.
func TestExecForwardsSignals(t *testing.T) {
	p := start(t, "exec", "--", "signals")
	for i, want := range []string{"ready", "interrupt", "hangup", "interrupt"} {
		if got := p.line(); got != want {
			t.Fatalf("line %d of the command is %q, want %q", i+1, got, want)
		}
		p.signal([]os.Signal{os.Interrupt, syscall.SIGHUP, os.Interrupt, syscall.SIGTERM}[i])
	}
	status, rest := p.end()
	if status != 7 || rest != "terminated\n" {
		t.Errorf("status %d and output %q, want the command's 7 and one more line", status, rest)
	}
}

// An interrupt of the whole process group, as by a shell without job control, also reaches the command only once.
func TestExecShieldsTheCommandFromItsGroup(t *testing.T) {
	p := start(t, "exec", "--", "sh", "-c", "echo $(ps -o pgid= -p $$) $(ps -o pgid= -p $PPID); exec signals")
	var own, parent int
	if _, err := fmt.Sscan(p.line(), &own, &parent); err != nil {
		t.Fatal(err)
	}
	if own == parent {
		t.Errorf("command and exec are both in the process group %d", own)
	}
	if got := p.line(); got != "ready" {
		t.Fatalf("the command says %q", got)
	}
	p.signal(syscall.SIGTERM)
	if status, _ := p.end(); status != 7 {
		t.Errorf("status %d", status)
	}
}

// A shell doesn't forward an interrupt to its command, so exec must reach that command itself.
func TestExecInterruptsWhatAShellRuns(t *testing.T) {
	p := start(t, "exec", "--", "sh", "-c", "echo $$; signals; exit $?")
	var shell int
	if _, err := fmt.Sscan(p.line(), &shell); err != nil {
		t.Fatal(err)
	}
	if got := p.line(); got != "ready" {
		t.Fatalf("the command says %q", got)
	}
	p.signal(os.Interrupt)
	if got := p.line(); got != "interrupt" {
		t.Errorf("the command says %q", got)
	}
	if err := syscall.Kill(-shell, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if status, _ := p.end(); status != 128+int(syscall.SIGTERM) {
		t.Errorf("status %d", status)
	}
}
