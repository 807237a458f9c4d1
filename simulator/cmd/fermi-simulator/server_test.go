package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// pipes is a listener whose connections are pipes, so that their deadlines follow the test's own clock.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	c, ok := <-p
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

func (p pipes) Close() error   { close(p); return nil }
func (p pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// client sends the pieces with pauses in between. It returns the status of the response, or 0 if the connection was
// closed without one, and when that happened.
func (p pipes) client(t *testing.T, pause time.Duration, pieces ...string) (status int, after time.Duration) {
	t.Helper()
	began := time.Now()
	ours, theirs := net.Pipe()
	sent := make(chan struct{})
	defer func() { ours.Close(); <-sent }()
	p <- theirs
	go func() {
		defer close(sent)
		for _, piece := range pieces {
			if _, err := io.WriteString(ours, piece); err != nil {
				return // closed
			}
			<-time.After(pause) // on the test's own clock
		}
	}()
	answer, err := http.ReadResponse(bufio.NewReader(ours), nil)
	if err != nil {
		if !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
			t.Error(err)
		}
		return 0, time.Since(began)
	}
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		t.Error(err)
	}
	return answer.StatusCode, time.Since(began)
}

const newTask = `{"taskName":"t","datasetId":"dataset-001","datasetVersionId":"version-001","environmentId":"env-001"}`

// post returns a request to create a task.
func post(headers string) string {
	return fmt.Sprintf("POST /api/v1/training-tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"+
		"Content-Length: %d\r\n%s\r\n", len(newTask), headers)
}

func TestSlowClients(t *testing.T) {
	for _, c := range []struct {
		name   string
		pause  time.Duration
		pieces []string
		status int
		after  time.Duration // when it is answered or closed, to the second
	}{
		{"a client that says nothing", 0, nil, 0, headerTime},
		{"headers that don't end", 3 * time.Second, strings.Split("GET / HTTP/1.1|\r\nA: a|\r\nB: b|\r\nC: c|\r\nD: d", "|"), 0, headerTime},
		{"headers in time", 3 * time.Second, strings.Split("GET /healthz HTTP/1.1|\r\nHost: localhost|\r\n\r\n", "|"), 200, 6 * time.Second},
		{"too many headers", 0, []string{"GET / HTTP/1.1\r\nHost: localhost\r\nA: " + strings.Repeat("a", maxHeader+8192) + "\r\n\r\n"},
			431, 500 * time.Millisecond},
		{"a body that doesn't end", 50 * time.Second, []string{post(""), newTask[:1], newTask[1:2]}, 400, time.Minute},
		{"a body in time", 20 * time.Second, []string{post(""), newTask[:30], newTask[30:]}, 200, 40 * time.Second},
		{"a wait", 0, []string{
			"GET /api/v1/training-tasks/task-001 HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: \"1\"\r\nPrefer: wait=600\r\n\r\n",
		}, 304, 10 * time.Minute},
		{"a wait with a body", 0, []string{
			"GET /api/v1/training-tasks/task-001 HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: \"1\"\r\nPrefer: wait=50\r\n" +
				"Content-Length: 2\r\n\r\n{}",
		}, 304, 50 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				sim, err := simulator.New(simulator.Options{Clock: simulator.Manual})
				if err != nil {
					t.Fatal(err)
				}
				listener := make(pipes)
				served := newServer(sim, sim.Full(), slog.New(slog.DiscardHandler))
				done := make(chan error, 1)
				go func() { done <- served.Serve(listener) }()
				if status, _ := listener.client(t, 0, post("")+newTask); status != 200 {
					t.Fatalf("status %d", status)
				}
				status, after := listener.client(t, c.pause, c.pieces...)
				if after = after.Truncate(500 * time.Millisecond); status != c.status || after != c.after {
					t.Errorf("status %d after %s, want %d after %s", status, after, c.status, c.after)
				}
				_ = sim.Close()
				if err := served.Close(); err != nil {
					t.Error(err)
				}
				if err := <-done; !errors.Is(err, http.ErrServerClosed) {
					t.Error(err)
				}
			})
		})
	}
}

// A client that sends requests without reading the responses must not keep its connection forever.
func TestAClientThatDoesNotRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim, err := simulator.New(simulator.Options{Clock: simulator.Manual})
		if err != nil {
			t.Fatal(err)
		}
		listener := make(pipes)
		served := newServer(sim, sim.Full(), slog.New(slog.DiscardHandler))
		go func() { _ = served.Serve(listener) }()
		ours, theirs := net.Pipe()
		listener <- theirs
		if _, err := io.WriteString(ours, "GET /openapi.yaml HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		<-time.After(2 * time.Minute)
		answer, err := http.ReadResponse(bufio.NewReader(ours), nil)
		if err == nil {
			var n int64
			if n, err = io.Copy(io.Discard, answer.Body); err == nil {
				t.Errorf("two minutes later the whole answer came, of %d bytes", n)
			}
		}
		ours.Close()
		_ = sim.Close()
		_ = served.Close()
	})
}
