package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/contracttest"
)

const token = "a-token-that-no-log-may-show"

var providerFactories = map[string]func() (tfprotov6.ProviderServer, error){
	"fermi": providerserver.NewProtocol6WithError(New("test")()),
}

// A cluster is a simulated cluster behind a server whose traffic is held against the contract.
type cluster struct {
	t   *testing.T
	sim *simulator.Simulator
	url string
	// waits gets a value for every request that asks the API to wait.
	waits chan struct{}
}

func newCluster(t *testing.T, options simulator.Options) *cluster {
	t.Helper()
	options.Seed = 1
	options.Token = token
	sim, err := simulator.New(options)
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{t: t, sim: sim, waits: make(chan struct{}, 10_000)}
	checked := contracttest.Handler(t, sim)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Prefer") != "" {
			c.waits <- struct{}{}
		}
		checked.ServeHTTP(w, r)
	}))
	t.Cleanup(func() {
		_ = sim.Close()
		server.Close()
	})
	c.url = server.URL
	return c
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

// requests counts the journal's requests of a method and path, where * stands for one segment.
func (c *cluster) requests(method, path string) int {
	c.t.Helper()
	var journal []struct{}
	c.call("GET", "/sim/v1/requests?pageSize=500&method="+method+"&path="+path, "", &journal)
	return len(journal)
}

// tasks are the ids of all tasks, oldest first.
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

// wantTasks is a check of the ids of all tasks.
func (c *cluster) wantTasks(want ...string) func(*terraform.State) error {
	return func(*terraform.State) error {
		if got := c.tasks(); strings.Join(got, " ") != strings.Join(want, " ") {
			return fmt.Errorf("the cluster has the tasks %q, want %q", got, want)
		}
		return nil
	}
}

// cliPath is where the command under test is.
func cliPath() (string, error) {
	if path := os.Getenv("TF_ACC_TERRAFORM_PATH"); path != "" {
		return path, nil
	}
	for _, name := range []string{"terraform", "tofu"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("no terraform or tofu on the PATH, and TF_ACC_TERRAFORM_PATH isn't set")
}
