package httpapi_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/contracttest"
)

// client is one of many that use a server at the same time.
type client struct {
	t    *testing.T
	http *http.Client
	url  string
	rand *rand.Rand

	alive   []string // tasks that it has made and not deleted
	deleted []string
}

// call makes a request and returns the answer; any status but those wanted fails the test.
func (c *client) call(method, path, body string, wanted []int, headers ...string) (got answer) {
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, strings.NewReader(body))
	if err != nil {
		c.t.Error(err)
		return got
	}
	r.Header.Set("Content-Type", "application/json")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	response, err := c.http.Do(r)
	if err != nil {
		c.t.Error(err)
		return got
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Error(err)
	}
	got.Status, got.Header, got.Body = response.StatusCode, response.Header, string(text)
	if !slices.Contains(wanted, got.Status) {
		c.t.Errorf("%s %s: status %d, want one of %v\n%s", method, path, got.Status, wanted, text)
	}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &got); err != nil {
			c.t.Error(err)
		}
	}
	return got
}

func (c *client) create() {
	body := existing(fmt.Sprintf("env-%03d", 1+c.rand.IntN(3)))
	if c.rand.IntN(3) > 0 {
		body = dynamic([]string{"az-bj-a", "az-sz-a"}[c.rand.IntN(2)], "A100", []int{1, 2, 4, 8}[c.rand.IntN(4)])
	}
	key := "Idempotency-Key: " + uuid.NewString()
	first := data[task](c.t, c.call("POST", tasks, body, []int{200}, key)).TaskID
	if again := data[task](c.t, c.call("POST", tasks, body, []int{200}, key)).TaskID; again != first {
		c.t.Errorf("the same key made %s and %s", first, again)
	}
	c.alive = append(c.alive, first)
}

// step makes one call of a random kind. Only its own tasks are stopped and deleted, so that it knows what has to be.
func (c *client) step() {
	if len(c.alive) == 0 {
		c.create()
		return
	}
	i := c.rand.IntN(len(c.alive))
	one := tasks + "/" + c.alive[i]
	switch c.rand.IntN(10) {
	case 0, 1:
		c.create()
	case 2:
		c.call("GET", tasks+"?status=running&sort=taskName", "", []int{200})
	case 3:
		c.call("GET", environments, "", []int{200})
		c.call("GET", zones, "", []int{200})
	case 4:
		c.call("POST", one+"/stop", "", []int{200, 409})
	case 5:
		c.call("DELETE", one, "", []int{200})
		c.deleted = append(c.deleted, c.alive[i])
		c.alive = slices.Delete(c.alive, i, i+1)
	case 6:
		tag := c.call("GET", one, "", []int{200}).Header.Get("ETag")
		c.call("GET", one, "", []int{200, 304}, "If-None-Match: "+tag, "Prefer: wait=30")
	case 7:
		c.call("PATCH", one, `{"labels":{"a":"b"}}`, []int{200})
	case 8:
		c.call("GET", one+"/events", "", []int{200})
		c.call("GET", one+"/logs", "", []int{200})
	case 9:
		c.call("POST", tasks+"/estimate", dynamic("az-bj-a", "A100", 1), []int{200})
	}
}

// listen opens an event stream, and reads it until it tells that the environment has stopped.
func (c *client) listen(environment string, under *sync.WaitGroup) {
	r, err := http.NewRequestWithContext(c.t.Context(), http.MethodGet, c.url+"/api/v1/events", http.NoBody)
	if err != nil {
		c.t.Fatal(err)
	}
	response, err := c.http.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	under.Go(func() {
		defer response.Body.Close()
		lines := bufio.NewScanner(response.Body)
		for lines.Scan() {
			if data := lines.Text(); strings.Contains(data, `"id":"`+environment+`"`) && strings.Contains(data, `"status":"stopped"`) {
				return
			}
		}
		c.t.Errorf("an event stream ended before %s stopped: %v", environment, lines.Err())
	})
}

// Many clients at once: afterwards every task that was made and not deleted is there, none else is, and each GPU is
// either free or held by one task.
func TestManyClients(t *testing.T) {
	t.Parallel()
	const clients, steps, listeners = 64, 20, 8
	a := newAPI(t, auto)
	served := httptest.NewServer(contracttest.Handler(t, a.server))
	defer served.Close()
	served.Client().Transport.(*http.Transport).MaxIdleConnsPerHost = clients
	// The check of answers takes each one whole, and a stream has no end.
	direct := httptest.NewServer(a.server)
	defer direct.Close()
	all := make([]*client, clients)
	var under, streams sync.WaitGroup
	for range listeners {
		(&client{t: t, http: direct.Client(), url: direct.URL}).listen("env-003", &streams)
	}
	for i := range all {
		all[i] = &client{t: t, http: served.Client(), url: served.URL, rand: rand.New(rand.NewPCG(1, uint64(i)))}
		under.Go(func() {
			for range steps {
				all[i].step()
			}
		})
	}
	under.Wait()
	a.stopEnvironments("env-003")
	streams.Wait()

	want := map[string]bool{}
	for _, c := range all {
		for _, id := range c.alive {
			if want[id] {
				t.Errorf("%s was made twice", id)
			}
			want[id] = true
		}
		for _, id := range c.deleted {
			if got := a.call("GET", tasks+"/"+id, "").Status; got != http.StatusNotFound {
				t.Errorf("the deleted task %s answers %d", id, got)
			}
		}
	}
	held := map[string]int{}
	seen := 0
	for page := 1; ; page++ {
		list := data[[]task](t, a.ok("GET", fmt.Sprintf("%s?page=%d&pageSize=500", tasks, page), ""))
		if len(list) == 0 {
			break
		}
		for _, one := range list {
			seen++
			if !want[one.TaskID] {
				t.Errorf("nobody made %s", one.TaskID)
			}
			if one.LaunchMode == "dynamic" && slices.Contains([]string{"allocating", "starting", "running"}, one.Status) {
				held[one.ResourceConfig["availabilityZone"].(string)] += int(one.ResourceConfig["gpuCount"].(float64))
			}
		}
	}
	equal(t, "tasks in the list", seen, len(want))
	for _, zone := range []string{"az-bj-a", "az-sz-a"} {
		z := data[struct{ GPUInventory, GPUCapacity map[string]int }](t, a.ok("GET", zones+"/"+zone, ""))
		equal(t, "A100s of "+zone+", held and free", held[zone]+z.GPUInventory["A100"], z.GPUCapacity["A100"])
	}
	for id := range want {
		a.ok("DELETE", tasks+"/"+id, "")
	}
	for _, zone := range []string{"az-bj-a", "az-sz-a"} {
		z := data[struct{ GPUInventory, GPUCapacity map[string]int }](t, a.ok("GET", zones+"/"+zone, ""))
		equal(t, "A100s of "+zone+", all free", z.GPUInventory["A100"], z.GPUCapacity["A100"])
	}
	equal(t, "requests that wait", a.series("http_requests_waiting"), []string{"http_requests_waiting 0"})
}
