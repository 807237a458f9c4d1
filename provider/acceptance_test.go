package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/contracttest"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

const token = "a-token-that-no-log-may-show"

var providerFactories = map[string]func() (tfprotov6.ProviderServer, error){
	// Each process of Terraform has a server of its own, and so has each test step.
	"fermi": func() (tfprotov6.ProviderServer, error) { return providerserver.NewProtocol6(New("test")())(), nil },
}

// A cluster is a simulated cluster behind a server that validates all traffic against the contract.
type cluster struct {
	t      *testing.T
	sim    *simulator.Simulator
	server *httptest.Server
	url    string
	// waits receives a value for every request that asks the API to wait.
	waits chan struct{}
	// before, if set, is called before every request.
	before func(*http.Request)
}

func newCluster(t *testing.T, options simulator.Options) *cluster {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{t: t, waits: make(chan struct{}, 10_000), url: "http://" + listener.Addr().String()}
	c.simulate(options)
	c.serve(listener)
	t.Cleanup(c.kill)
	return c
}

// simulate starts a simulator.
func (c *cluster) simulate(options simulator.Options) {
	c.t.Helper()
	options.Token = token
	sim, err := simulator.New(options)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = sim.Close() })
	c.sim = sim
}

func (c *cluster) serve(listener net.Listener) {
	checked := contracttest.Handler(c.t, c.sim)
	c.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c.before != nil {
			c.before(r)
		}
		if r.Header.Get("Prefer") != "" {
			c.waits <- struct{}{}
		}
		checked.ServeHTTP(w, r)
	}))
	_ = c.server.Listener.Close()
	c.server.Listener = listener
	c.server.Start()
}

// kill ends the server as a crash would, even while it answers.
func (c *cluster) kill() {
	_ = c.server.Listener.Close()
	c.server.CloseClientConnections()
	c.server.Close()
}

// restart serves at the same address again.
func (c *cluster) restart() {
	c.t.Helper()
	listener, err := net.Listen("tcp", strings.TrimPrefix(c.url, "http://"))
	if err != nil {
		c.t.Fatal(err)
	}
	c.serve(listener)
}

// config prepends the provider block for the cluster.
func (c *cluster) config(resources string) string {
	return fmt.Sprintf("provider \"fermi\" {\n  endpoint = %q\n  token    = %q\n}\n", c.url, token) + resources
}

// call sends a request to the cluster and decodes the data of the answer into out, unless out is nil.
func (c *cluster) call(method, path, body string, out any) {
	c.t.Helper()
	status, answer := c.send(method, path, body)
	if status != http.StatusOK {
		c.t.Fatalf("%s %s: %d %s", method, path, status, answer)
	}
	if out == nil {
		return
	}
	if err := json.Unmarshal(answer, &struct {
		Data any `json:"data"`
	}{out}); err != nil {
		c.t.Fatalf("%s %s: %v in %s", method, path, err, answer)
	}
}

func (c *cluster) send(method, path, body string) (status int, answer []byte) {
	c.t.Helper()
	request, err := http.NewRequestWithContext(context.Background(), method, c.url+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return response.StatusCode, answer
}

// requests counts the journal's requests with a method and a path, in which * stands for one segment.
func (c *cluster) requests(method, path string) int {
	c.t.Helper()
	var journal []struct{}
	c.call("GET", "/sim/v1/requests?pageSize=500&method="+method+"&path="+path, "", &journal)
	return len(journal)
}

// tasks returns the ids of all tasks, oldest first.
func (c *cluster) tasks() []string {
	c.t.Helper()
	var tasks []struct {
		TaskID string `json:"taskId"`
	}
	c.call("GET", "/api/v1/training-tasks?pageSize=500", "", &tasks)
	ids := []string{}
	for _, task := range tasks {
		ids = append(ids, task.TaskID)
	}
	return ids
}

// wantTasks checks the ids of all tasks.
func (c *cluster) wantTasks(want ...string) func(*terraform.State) error {
	return func(*terraform.State) error {
		if got := c.tasks(); strings.Join(got, " ") != strings.Join(want, " ") {
			return fmt.Errorf("the cluster has the tasks %q, want %q", got, want)
		}
		return nil
	}
}
