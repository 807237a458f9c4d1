package provider

import (
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// behind is a cluster's configuration whose endpoint is a gateway before it. The gateway answers the requests that handle returns
// true for, and passes the others on.
func (c *cluster) behind(handle func(w http.ResponseWriter, r *http.Request) bool, resources string) string {
	c.t.Helper()
	gateway := httptest.NewServer(c.gateway(handle))
	c.t.Cleanup(gateway.Close)
	return requiredProvider + strings.Replace(c.config(resources), c.url, gateway.URL, 1)
}

func (c *cluster) gateway(handle func(w http.ResponseWriter, r *http.Request) bool) http.Handler {
	c.t.Helper()
	api, err := url.Parse(c.url)
	if err != nil {
		c.t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(api)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !handle(w, r) {
			proxy.ServeHTTP(w, r)
		}
	})
}

// Whatever Retry-After says, and whichever clock is wrong, attempts are apart and go on.
func TestAccRetriesAreNoStorm(t *testing.T) {
	const refusals = 3
	second := func(offset time.Duration) func(http.Header) {
		return func(h http.Header) {
			now := time.Now().Add(offset)
			h.Set("Date", now.UTC().Format(http.TimeFormat))
			h.Set("Retry-After", now.Add(time.Second).UTC().Format(http.TimeFormat))
		}
	}
	for name, asks := range map[string]func(http.Header){
		"none":             func(http.Header) {},
		"zero":             func(h http.Header) { h.Set("Retry-After", "0") },
		"below zero":       func(h http.Header) { h.Set("Retry-After", "-5") },
		"past":             func(h http.Header) { h.Set("Retry-After", "Sun, 08 Dec 1996 10:00:00 GMT") },
		"no date":          func(h http.Header) { h.Set("Retry-After", "soon") },
		"a clock behind":   second(-24 * time.Hour),
		"a clock in front": second(24 * time.Hour),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, simulator.Options{})
			var mu sync.Mutex
			var times []time.Time
			terraform := newCommand(t, c.behind(func(w http.ResponseWriter, r *http.Request) bool {
				mu.Lock()
				defer mu.Unlock()
				if r.Method != http.MethodPost || r.URL.Path != "/api/v1/training-tasks" {
					return false
				}
				times = append(times, time.Now())
				if len(times) > refusals {
					return false
				}
				asks(w.Header())
				w.WriteHeader(http.StatusServiceUnavailable)
				return true
			}, task("n", `wait_for = "none"`)))
			terraform.run(0, "apply", "-auto-approve", "-no-color")
			if len(times) != refusals+1 {
				t.Fatalf("%d attempts", len(times))
			}
			for i := range refusals {
				if pause := times[i+1].Sub(times[i]); pause < 500*time.Millisecond || pause > 30*time.Second {
					t.Errorf("%s between two attempts", pause)
				}
			}
		})
	}
}

type connectionKey struct{}

// A connection that is dead once the task is created costs one attempt, over HTTP/1.1 and HTTP/2.
func TestAccDeadConnection(t *testing.T) {
	for name, http2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, simulator.Options{})
			var mu sync.Mutex
			connections, dead, unanswered := 0, -1, 0
			gateway := httptest.NewUnstartedServer(c.gateway(func(w http.ResponseWriter, r *http.Request) bool {
				connection, _ := r.Context().Value(connectionKey{}).(int)
				mu.Lock()
				lost := connection <= dead
				if r.Method == http.MethodPost {
					dead = connections
				}
				if lost {
					unanswered++
				}
				mu.Unlock()
				if lost {
					<-r.Context().Done()
				}
				return lost
			}))
			gateway.Config.ConnContext = func(ctx context.Context, _ net.Conn) context.Context {
				mu.Lock()
				defer mu.Unlock()
				connections++
				return context.WithValue(ctx, connectionKey{}, connections)
			}
			gateway.EnableHTTP2 = http2
			gateway.StartTLS()
			t.Cleanup(gateway.Close)
			terraform := newCommand(t, "")
			authority := filepath.Join(terraform.dir, "ca.pem")
			terraform.write(authority, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: gateway.Certificate().Raw})))
			config := fmt.Sprintf("provider \"fermi\" {\n  endpoint = %q\n  token = %q\n  ca_cert_file = %q\n", gateway.URL, token, authority) +
				"  request_timeout = \"2s\"\n  max_retries = 1\n}\n" + task("n", `wait_for = "none"`)
			terraform.write(filepath.Join(terraform.dir, "main.tf"), requiredProvider+config)
			terraform.run(0, "apply", "-auto-approve", "-no-color")
			if err := c.wantTasks("task-001")(nil); err != nil {
				t.Error(err)
			}
			if unanswered == 0 {
				t.Error("no request met a dead connection")
			}
		})
	}
}

func TestAccRefusalsOnTheWay(t *testing.T) {
	const escapes = `\u001b[2J\u202e\u009b1m\u2066\r\n\u200f`
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("a request went to another host: %s %v", r.URL, r.Header)
	}))
	t.Cleanup(elsewhere.Close)
	for name, test := range map[string]struct {
		answer  func(http.ResponseWriter, *http.Request)
		want    []string
		dontSay []string
	}{
		"another host": {
			func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, elsewhere.URL+r.URL.Path, http.StatusPermanentRedirect)
			},
			[]string{"Fermi API redirects elsewhere", "the token isn't sent to another host", "set the provider's endpoint to " + elsewhere.URL},
			[]string{"valid token", "Apply again later"},
		},
		"too large": {
			func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusRequestEntityTooLarge) },
			[]string{"Request is too large", "HTTP 413"}, []string{"pply again later", "request id"},
		},
		"no request id": {
			func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
			[]string{"Fermi API failed", "HTTP 500"}, []string{"request id"},
		},
		"control characters": {
			func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusUnprocessableEntity)
				const body = `{"message":"m?","error":{"reason":"R?","field":"f?","details":{"allowed":["a?"]}}}`
				_, _ = io.WriteString(w, strings.ReplaceAll(body, "?", escapes))
			},
			[]string{`\u001b[2J\u202e\u009b1m\u2066\r\n\u200f`, "allowed: [a"}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, simulator.Options{})
			config := c.behind(func(w http.ResponseWriter, r *http.Request) bool {
				refused := r.Method == http.MethodPost && r.URL.Path == "/api/v1/training-tasks"
				if refused {
					test.answer(w, r)
				}
				return refused
			}, task("n", ""))
			terraform := newCommand(t, strings.Replace(config, "{\n  endpoint", "{\n  max_retries = 0\n  endpoint", 1))
			output := terraform.run(1, "apply", "-auto-approve", "-no-color")
			// Terraform breaks long lines, also within an address.
			joined := strings.Join(strings.Fields(output), " ")
			for _, want := range test.want {
				if !strings.Contains(strings.ReplaceAll(joined, " ", ""), strings.ReplaceAll(want, " ", "")) {
					t.Errorf("want %q in:\n%s", want, output)
				}
			}
			for _, wrong := range test.dontSay {
				if strings.Contains(joined, wrong) {
					t.Errorf("%q is in:\n%s", wrong, output)
				}
			}
			for line := range strings.SplitSeq(output, "\n") {
				if fermi.Printable(line) != line {
					t.Errorf("the output has %q", line)
				}
			}
		})
	}
}

// A proxy that can't be used is never left out.
func TestAccMalformedProxy(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{})
	for _, variable := range []string{"HTTP_PROXY=://proxy", "https_proxy=http://user:s3cret@proxy:port"} {
		terraform := newCommand(t, requiredProvider+c.config(task("n", "")))
		terraform.env = append(terraform.env, variable)
		output := terraform.run(1, "apply", "-auto-approve", "-no-color")
		name, _, _ := strings.Cut(variable, "=")
		wantAll(t, output, "Proxy can't be used", "the environment variable "+name+" is not the address of a proxy")
		if strings.Contains(output, "s3cret") {
			t.Errorf("the password is in:\n%s", output)
		}
	}
	if err := c.wantTasks()(nil); err != nil {
		t.Error(err)
	}
}

// A list is complete although tasks go while it is read.
func TestAccListWhileTasksGo(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{})
	const tasks = 9
	for i := range tasks {
		const body = `{"taskName":"n%d","datasetId":"dataset-001","datasetVersionId":"version-001"}`
		c.call("POST", "/api/v1/training-tasks", fmt.Sprintf(body, i), nil)
	}
	before := c.tasks()
	pages := 0
	config := c.behind(func(_ http.ResponseWriter, r *http.Request) bool {
		if query := r.URL.Query(); r.URL.Path == "/api/v1/training-tasks" {
			if pages++; pages > 1 && pages <= 3 {
				c.call("DELETE", "/api/v1/training-tasks/"+before[pages-2], "", nil)
			}
			query.Set("pageSize", "2")
			r.URL.RawQuery = query.Encode()
		}
		return false
	}, `
data "fermi_training_tasks" "all" {}
output "ids" {
  value = join(" ", data.fermi_training_tasks.all.tasks[*].id)
}
`)
	terraform := newCommand(t, config)
	terraform.run(0, "apply", "-auto-approve", "-no-color")
	listed := strings.Fields(strings.TrimSpace(terraform.run(0, "output", "-raw", "ids")))
	for _, id := range c.tasks() {
		if !slices.Contains(listed, id) {
			t.Errorf("%s is missing in %v", id, listed)
		}
	}
	if pages < 4 || len(c.tasks()) != tasks-2 {
		t.Errorf("%d pages, %d tasks left", pages, len(c.tasks()))
	}
}
