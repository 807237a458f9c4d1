//go:build unix

package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// exchange sends a request and returns the status and the response.
func exchange(t *testing.T, url, method, path, host, headers string) (int, string) {
	t.Helper()
	c := connect(t, url, fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n%s\r\n", method, path, host, headers))
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

// Without a token, the server only answers requests that use its own names.
func TestWhoMayTalkToAServerWithoutAToken(t *testing.T) {
	t.Parallel()
	_, url := serve(t, "--allowed-host", "gpu.example.com", "--allowed-host", "10.1.2.3")
	address := strings.TrimPrefix(url, "http://")
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		host, origin string
		reason       string // "" if it is answered
	}{
		{address, "", ""},
		{"localhost:" + port, "", ""},
		{"LOCALHOST.", "", ""},
		{"[::1]:" + port, "", ""},
		{"127.8.9.10", "", ""},
		{"gpu.example.com", "", ""},
		{"GPU.example.com:8080", "", ""},
		{"10.1.2.3:80", "", ""},
		{"evil.example.com", "", "HOST_NOT_ALLOWED"},
		{"evil.example.com:" + port, "http://evil.example.com:" + port, "HOST_NOT_ALLOWED"},
		{"localhost.evil.example.com", "", "HOST_NOT_ALLOWED"},
		{"127.0.0.1.evil.example.com", "", "HOST_NOT_ALLOWED"},
		{"10.1.2.4", "", "HOST_NOT_ALLOWED"},
		{"0.0.0.0:" + port, "", "HOST_NOT_ALLOWED"},
		{"", "", "HOST_NOT_ALLOWED"},
		{address, url, ""},
		{"localhost:" + port, "http://localhost:" + port, ""},
		{"localhost", "http://localhost:80", ""},
		{"gpu.example.com", "https://gpu.example.com", ""},
		{address, "https://gpu.example.com", ""}, // through a proxy with that name
		{address, "https://evil.example.com", "ORIGIN_NOT_ALLOWED"},
		{address, "http://localhost:1", "ORIGIN_NOT_ALLOWED"},
		{address, "null", "ORIGIN_NOT_ALLOWED"},
		{address, "file://", "ORIGIN_NOT_ALLOWED"},
		{address, url + "\r\nOrigin: https://evil.example.com", "ORIGIN_NOT_ALLOWED"},
	} {
		headers := ""
		if c.origin != "" {
			headers = "Origin: " + c.origin + "\r\n"
		}
		for _, r := range [][2]string{{"POST", "/sim/v1/reset"}, {"GET", "/api/v1/cluster"}, {"GET", "/training-jobs"}, {"GET", "/metrics"}} {
			status, body := exchange(t, url, r[0], r[1], c.host, headers)
			if c.reason == "" && status != 200 || c.reason != "" && (status != 403 || !strings.Contains(body, c.reason)) {
				t.Errorf("%s %s, host %q, origin %q: %d %.200s, want %q", r[0], r[1], c.host, c.origin, status, body, c.reason)
			}
		}
		if status, _ := exchange(t, url, "GET", "/healthz", c.host, headers); status != 200 {
			t.Errorf("a health check, host %q, origin %q: %d", c.host, c.origin, status)
		}
	}
}

// With a token, names don't matter.
func TestATokenAsksForNoHost(t *testing.T) {
	t.Parallel()
	_, url := serve(t, "--token", "secret")
	headers := "Authorization: Bearer secret\r\nOrigin: https://example.com\r\n"
	if status, body := exchange(t, url, "GET", "/api/v1/cluster", "example.com", headers); status != 200 {
		t.Errorf("%d %s", status, body)
	}
}

func TestAnAllowedHostIsAName(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"http://a", "a:80", " ", "a/b", "*"} {
		p := start(t, "serve", "--listen", "127.0.0.1:0", "--allowed-host", host)
		if status, _ := p.end(); status != 1 || !strings.Contains(p.stderr.String(), "--allowed-host") {
			t.Errorf("%q: status %d, %s", host, status, p.stderr)
		}
	}
}

// Clients that try only one address family reach localhost on either.
func TestLocalhostIsBothFamilies(t *testing.T) {
	t.Parallel()
	hosts := []string{"127.0.0.1"}
	if l, err := net.Listen("tcp", "[::1]:0"); err == nil { // otherwise the machine has only one family
		l.Close()
		hosts = append(hosts, "[::1]")
	}
	for _, args := range [][]string{nil, {"--token", "secret"}} {
		p := start(t, append([]string{"serve", "--listen", "localhost:0"}, args...)...)
		var ports []string
		for _, host := range hosts {
			line := p.line()
			address, ok := strings.CutPrefix(line, "listening on http://"+host)
			if !ok {
				t.Fatalf("%q, want %s", line, host)
			}
			ports = append(ports, address)
			c, err := net.DialTimeout("tcp", host+address, 10*time.Second)
			if err != nil {
				t.Fatal(err)
			}
			c.Close()
			if status := call(t, "GET", "http://"+host+address+"/healthz", "", nil); status != 200 {
				t.Errorf("%s: %d", host, status)
			}
		}
		if ports[0] != ports[1] {
			t.Errorf("the ports are %v, want one", ports)
		}
	}
}
