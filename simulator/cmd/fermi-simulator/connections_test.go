//go:build unix

package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"
)

const askHealth = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"

// health checks the server's health on a new connection, and fails the test unless it is answered within a second.
func health(t *testing.T, url, when string) {
	t.Helper()
	begin := time.Now()
	c := connect(t, url, askHealth)
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if took := time.Since(begin); err != nil || answer.StatusCode != 200 || took > time.Second {
		t.Errorf("%s: /healthz ends with %v after %s", when, err, took)
	}
}

// Whatever connections others leave open, the server accepts another one.
func TestNobodyIsShutOut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, sent string }{
		{"connections between two requests", askHealth},
		{"connections without a request", ""},
		{"connections with half a request", "GET /healthz HTTP/1.1\r\nHo"},
	} {
		_, url := serve(t)
		var first net.Conn
		for i := range maxConnections {
			conn := connect(t, url, c.sent)
			if c.sent == askHealth {
				if _, err := http.ReadResponse(bufio.NewReader(conn), nil); err != nil {
					t.Fatal(err)
				}
			}
			if i == 0 {
				first = conn
			}
		}
		for range 3 {
			health(t, url, c.name)
		}
		if status := call(t, "GET", url+"/sim/v1/clock", "", nil); status != 200 {
			t.Errorf("%s: another call gets %d", c.name, status)
		}
		if _, err := io.Copy(io.Discard, first); err != nil && !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("%s: the oldest connection ends with %v, want it closed", c.name, err)
		}
	}
}

// Clients whose requests are being answered keep their connections. Others are refused, and health checks are answered.
func TestRequestsKeepTheirPlaces(t *testing.T) {
	t.Parallel()
	_, url := serve(t, "--clock", "manual")
	if status := call(t, "POST", url+"/api/v1/training-tasks", newTask, nil); status != 200 {
		t.Fatal(status)
	}
	const wait = "GET /api/v1/training-tasks/task-001 HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: \"1\"\r\nPrefer: wait=600\r\n\r\n"
	var waits []net.Conn
	for range maxConnections {
		waits = append(waits, connect(t, url, wait))
	}
	for deadline := time.Now().Add(time.Minute); ; {
		health(t, url, "all wait")
		if status, body := ask(t, url, "/api/v1/cluster"); status == 503 && strings.Contains(body, "TOO_MANY_CONNECTIONS") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("there is still room")
		}
	}
	for range 2 * reserve {
		connect(t, url, "GET /healthz HTTP/1.1\r\nHo")
	}
	health(t, url, "the reserve is taken too")
	waits[0].Close()
	for deadline := time.Now().Add(time.Minute); ; {
		if status, _ := ask(t, url, "/api/v1/cluster"); status == 200 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the place of a client that has gone stays taken")
		}
	}
	if err := waits[1].SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	var late net.Error
	if _, err := waits[1].Read(make([]byte, 1)); !errors.As(err, &late) || !late.Timeout() {
		t.Errorf("a wait has ended with %v", err)
	}
}

// ask makes a request on a connection of its own.
func ask(t *testing.T, url, path string, headers ...string) (status int, body string) {
	t.Helper()
	c := connect(t, url, fmt.Sprintf("GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s\r\n", path, strings.Join(headers, "")))
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	return answer.StatusCode, string(text)
}
