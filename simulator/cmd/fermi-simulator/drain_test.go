//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// connect opens a connection and sends text on it.
func connect(t *testing.T, url, text string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	return c
}

// inFlight waits until the server is answering n requests besides the one that asks.
func inFlight(t *testing.T, url string, n int) {
	t.Helper()
	want := fmt.Sprintf("fermi_simulator_http_requests_in_flight %d\n", n+1)
	for deadline := time.Now().Add(time.Minute); ; {
		answer, err := oneShot.Get(url + "/metrics")
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(body), want) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d requests never became open", n)
		}
	}
}

// A request that is open when the signal arrives is answered completely. Until then, readiness checks report that the
// server is about to stop.
func TestASignalLetsOpenRequestsFinish(t *testing.T) {
	t.Parallel()
	p, url := serve(t)
	c := connect(t, url, post("")+newTask[:10])
	inFlight(t, url, 1)
	p.signal(syscall.SIGTERM)
	for deadline := time.Now().Add(drainTime / 2); call(t, "GET", url+"/readyz", "", nil) != http.StatusServiceUnavailable; {
		if time.Now().After(deadline) {
			t.Fatal("/readyz goes on to say that the server is ready")
		}
	}
	if status := call(t, "GET", url+"/healthz", "", nil); status != 200 {
		t.Errorf("/healthz says %d", status)
	}
	if _, err := io.WriteString(c, newTask[10:]); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(answer.Body); answer.StatusCode != 200 || err != nil || !strings.Contains(string(body), "task-001") {
		t.Errorf("status %d, %v, %s", answer.StatusCode, err, body)
	}
	if status, _ := p.end(); status != 0 {
		t.Errorf("status %d: %s", status, p.stderr)
	}
}

func TestASecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	p, url := serve(t)
	connect(t, url, post("")+newTask[:10])
	inFlight(t, url, 1)
	p.signal(syscall.SIGTERM)
	for call(t, "GET", url+"/readyz", "", nil) != http.StatusServiceUnavailable {
	}
	begin := time.Now()
	p.signal(syscall.SIGTERM)
	_, _ = p.end()
	if s := p.cmd.ProcessState.Sys().(syscall.WaitStatus); !s.Signaled() || s.Signal() != syscall.SIGTERM {
		t.Errorf("the process ended with %v", p.cmd.ProcessState)
	}
	if took := time.Since(begin); took > drainTime/2 {
		t.Errorf("the end took %s", took)
	}
}

// Browsers and load balancers open connections in advance. Neither unused connections nor idle ones delay the stop.
func TestConnectionsThatAreNotUsedDelayNoStop(t *testing.T) {
	t.Parallel()
	p, url := serve(t)
	for range 3 {
		connect(t, url, "")
	}
	idle := connect(t, url, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
	if _, err := http.ReadResponse(bufio.NewReader(idle), nil); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	p.signal(syscall.SIGTERM)
	if status, _ := p.end(); status != 0 {
		t.Errorf("status %d: %s", status, p.stderr)
	}
	if took := time.Since(begin); took > 2*time.Second { // net/http alone takes five
		t.Errorf("the end took %s", took)
	}
}

func TestASignalEndsADelay(t *testing.T) {
	t.Parallel()
	p, url := serve(t)
	call(t, "POST", url+"/sim/v1/faults", `{"delay":"10m"}`, nil)
	c := connect(t, url, "GET /api/v1/training-tasks HTTP/1.1\r\nHost: localhost\r\n\r\n")
	inFlight(t, url, 1)
	begin := time.Now()
	p.signal(syscall.SIGTERM)
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the delayed request ended with %v, want a cut", err)
	}
	if status, _ := p.end(); status != 0 {
		t.Errorf("status %d: %s", status, p.stderr)
	}
	if took := time.Since(begin); took > drainTime/2 {
		t.Errorf("the end took %s", took)
	}
}

func TestASignalEndsEventStreams(t *testing.T) {
	t.Parallel()
	p, url := serve(t)
	answer, err := oneShot.Get(url + "/api/v1/events")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	begin := time.Now()
	p.signal(syscall.SIGTERM)
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		t.Errorf("the stream ended with %v, want a proper end", err)
	}
	if status, _ := p.end(); status != 0 {
		t.Errorf("status %d: %s", status, p.stderr)
	}
	if took := time.Since(begin); took > drainTime/2 {
		t.Errorf("the end took %s", took)
	}
}

// A long advance stops early, and its client learns how far it got. This is immediate even in a world where an event
// takes milliseconds.
func TestASignalEndsAnAdvance(t *testing.T) {
	t.Parallel()
	slow := filepath.Join(t.TempDir(), "slow.yaml")
	if err := os.WriteFile(slow, []byte(nodes(1)+"background:\n"+
		"- {zone: z0, gpu_type: A100, interarrival: {constant: 0.06}, length: {exponential: 100}, sizes: [{gpus: 1, weight: 1}, "+
		"{gpus: 16, weight: 1}, {gpus: 64, weight: 1}, {gpus: 256, weight: 1}, "+
		"{gpus: 8000, weight: 1}, {gpus: 80000, weight: 1}]}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const by = `{"by":"1000000h"}`
	for _, c := range [][2]string{{"busy", by}, {"busy", `{"to":"2100-01-01T00:00:00Z"}`}, {slow, by}} {
		body := c[1]
		p, url := serve(t, "--scenario", c[0], "--clock", "manual")
		call(t, "POST", url+"/sim/v1/clock/advance", `{"by":"6s"}`, nil) // until jobs wait
		c := connect(t, url, fmt.Sprintf(
			"POST /sim/v1/clock/advance HTTP/1.1\r\nHost: localhost\r\n"+
				"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
		inFlight(t, url, 1)
		begin := time.Now()
		p.signal(syscall.SIGTERM)
		answer, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatal(err)
		}
		var clock struct{ Data struct{ Now time.Time } }
		if err := json.NewDecoder(answer.Body).Decode(&clock); err != nil || answer.StatusCode != 200 {
			t.Errorf("%s: status %d, %v", body, answer.StatusCode, err)
		}
		if now := clock.Data.Now; now.Year() < 2024 || now.Year() > 2090 {
			t.Errorf("%s: it ended at %v, want some time before the end", body, now)
		}
		if status, _ := p.end(); status != 0 {
			t.Errorf("%s: status %d: %s", body, status, p.stderr)
		}
		if took := time.Since(begin); took > drainTime/2 {
			t.Errorf("%s: the end took %s", body, took)
		}
	}
}

// nodes returns the zones and pools of a scenario with the maximum number of nodes.
func nodes(zones int) string {
	var list, pools strings.Builder
	for i := range zones {
		fmt.Fprintf(&list, "- {id: z%d, name: a, region: b}\n", i)
		fmt.Fprintf(&pools, "- {zone: z%d, gpu_type: A100, count: %d}\n", i, 100_000/zones)
	}
	return "extends: default\nenvironments: []\nzones:\n" + list.String() + "node_pools:\n" + pools.String()
}
