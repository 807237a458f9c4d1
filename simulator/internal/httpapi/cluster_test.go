package httpapi_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/contract"
)

const clusterPath = "/api/v1/cluster"

type clusterData struct {
	ID, Name, APIVersion string
	Ephemeral            bool
}

func (a *api) cluster(headers ...string) clusterData {
	a.t.Helper()
	return data[clusterData](a.t, a.ok("GET", clusterPath, "", headers...))
}

func (a *api) clusterID() string {
	a.t.Helper()
	return a.cluster().ID
}

// meant is the header of a request that is for a cluster.
func meant(id string) string { return "Fermi-Cluster-Id: " + id }

// wrongCluster wants an answer to say that the request was for another cluster than the present one.
func (a *api) wrongCluster(what string, got answer, present, wanted string) {
	a.t.Helper()
	if got.Error == nil {
		a.t.Errorf("%s: status %d\n%s", what, got.Status, got.Body)
		return
	}
	equal(a.t, what, []any{got.Status, got.reason(), got.Error.Details},
		[]any{412, "WRONG_CLUSTER", map[string]any{"cluster": present, "wanted": wanted}})
	if !strings.Contains(got.Message, present) || !strings.Contains(got.Message, wanted) {
		a.t.Errorf("%s: the message names not both clusters: %s", what, got.Message)
	}
	checkChinese(a.t, &got)
	for _, name := range []string{"ETag", "Location", "Idempotency-Replayed", "Preference-Applied"} {
		equal(a.t, what+": "+name, got.Header.Get(name), "")
	}
}

func document(t *testing.T) *openapi3.T {
	t.Helper()
	loaded, err := openapi3.NewLoader().LoadFromData(contract.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

func TestTheClusterSaysWhichItIs(t *testing.T) {
	t.Parallel()
	a := newAPI(t, func(s *setup) { s.Token, s.ReadOnlyToken = "s3cret", "r3ader" })
	const reader = "Authorization: Bearer r3ader"
	equal(t, "without a token", a.call("GET", clusterPath, "").Status, 401)
	got := a.cluster(reader)
	if id, err := uuid.Parse(got.ID); err != nil || id.String() != got.ID {
		t.Errorf("the id is %q", got.ID)
	}
	equal(t, "the rest", got, clusterData{got.ID, "test", document(t).Info.Version, true})
	equal(t, "asked again", a.cluster(reader), got)
	equal(t, "with its own id, in capitals", a.cluster(reader, meant(strings.ToUpper(got.ID))), got)
	unknown := a.call("GET", clusterPath+"?page=1", "", reader)
	equal(t, "with a parameter", []any{unknown.Status, unknown.reason()}, []any{400, "UNKNOWN_PARAMETER"})
	equal(t, "with a store", newAPI(t, func(s *setup) { s.Store = &fullDisk{} }).cluster().Ephemeral, false)
}

// A look at the cluster is in the journal, and takes faults, as any other request.
func TestLooksAtTheClusterAreJournaled(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	id := a.clusterID()
	a.fault(`{"method":"GET","path":"/api/v1/cluster","status":503,"count":1}`)
	equal(t, "with a fault", a.call("GET", clusterPath, "", meant(id)).reason(), "SERVICE_UNAVAILABLE")
	var seen []journalEntry
	for _, e := range a.journal("?path=" + clusterPath) {
		seen = append(seen, journalEntry{Method: e.Method, Path: e.Path, Status: e.Status, ClusterID: e.ClusterID, FaultID: e.FaultID})
	}
	equal(t, "the journal", seen, []journalEntry{
		{Method: "GET", Path: clusterPath, Status: 200},
		{Method: "GET", Path: clusterPath, Status: 503, ClusterID: id, FaultID: "fault-001"},
	})
}

func TestNewWorldsAreNewClusters(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	seen := []string{newAPI(t).clusterID(), a.clusterID()}
	fresh := func(what string) {
		t.Helper()
		id := a.clusterID()
		if slices.Contains(seen, id) {
			t.Errorf("%s: the cluster is %s again", what, id)
		}
		seen = append(seen, id)
	}
	a.ok("POST", "/sim/v1/reset", "")
	fresh("a reset")
	a.create(existing("env-001"))
	taken, saved := a.ok("GET", snapshots, ""), a.cluster()
	a.advance("1h")
	a.ok("DELETE", tasks+"/task-001", "")
	equal(t, "the cluster as time passes and objects come and go", a.cluster(), saved)
	a.ok("PUT", "/sim/v1/scenario", "extends: busy", yamlBody)
	fresh("another scenario")
	equal(t, "its name", a.cluster().Name, "custom")
	for _, refused := range []string{"extends: nothing", ""} {
		a.call("PUT", "/sim/v1/scenario", refused, yamlBody)
	}
	equal(t, "after refused scenarios", a.clusterID(), seen[len(seen)-1])

	a.ok("PUT", snapshots, taken.Body)
	equal(t, "after a snapshot", a.cluster(), saved)
	other := newAPI(t)
	other.ok("PUT", snapshots, taken.Body)
	equal(t, "after a snapshot elsewhere", other.cluster(), saved)
	a.ok("POST", "/sim/v1/reset", "")
	fresh("a reset of a snapshot")

	old := strings.Replace(taken.Body, `"cluster":"`+saved.ID+`",`, "", 1)
	if old == taken.Body {
		t.Fatal("the snapshot does not have the cluster's id")
	}
	a.ok("PUT", snapshots, old)
	fresh("a snapshot without an id")
	equal(t, "its task", a.task("task-001").TaskName, "t")
	got := a.call("PUT", snapshots, strings.Replace(taken.Body, saved.ID, "no-id", 1))
	equal(t, "a snapshot with a malformed id", []any{got.Status, got.reason()}, []any{422, "SNAPSHOT_INVALID"})
	equal(t, "after that one", a.clusterID(), seen[len(seen)-1])
}

// writes are the bodies of the calls that change something, by the names that the contract gives them.
func writes() map[string]string {
	return map[string]string{
		"createTrainingTask": existing("env-001"), "createTrainingTasks": `{"tasks":[` + existing("env-001") + `]}`,
		"updateTrainingTask": `{"description":"changed"}`, "stopTrainingTask": "", "deleteTrainingTask": "",
		"createTaskTemplate": `{"name":"new"}`, "updateTaskTemplate": `{"description":"changed"}`, "deleteTaskTemplate": "",
	}
}

// apiCall is a call of the API as the contract has it, for the objects that inhabit makes.
type apiCall struct{ name, method, target, body string }

// allCalls are the calls under /api/v1, by name.
func allCalls(t *testing.T) (all []apiCall) {
	t.Helper()
	ids := map[string]string{
		tasks: "task-001", environments: "env-001", zones: "az-bj-a", templates: "template-001",
		"/api/v1/gpu-types": "A100", "/api/v1/datasets": "dataset-001", "/api/v1/models": "model-001",
	}
	bodies := writes()
	bodies["estimateTrainingTask"] = existing("env-001")
	for path, item := range document(t).Paths.Map() {
		if !strings.HasPrefix(path, "/api/v1/") {
			continue
		}
		list, rest, one := strings.Cut(path, "/{id}")
		target := path
		if one {
			target = list + "/" + ids[list] + rest
		}
		for method, operation := range item.Operations() {
			body, known := bodies[operation.OperationID]
			if method != http.MethodGet && !known {
				t.Errorf("%s has no body in this test", operation.OperationID)
			}
			all = append(all, apiCall{operation.OperationID, method, target, body})
		}
	}
	slices.SortFunc(all, func(a, b apiCall) int { return strings.Compare(a.name, b.name) })
	return all
}

// inhabit makes a task and a template.
func (a *api) inhabit() {
	a.t.Helper()
	a.create(existing("env-001"))
	a.template(`{"name":"t"}`)
}

// objects are the tasks and templates as they are now.
func (a *api) objects() string {
	a.t.Helper()
	return a.ok("GET", tasks, "").Body + a.ok("GET", templates, "").Body
}

// Every call of the API, reads too, refuses to be about another cluster, and changes nothing.
func TestCallsForAnotherCluster(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.inhabit()
	id, other, before := a.clusterID(), uuid.NewString(), a.objects()
	for _, c := range allCalls(t) {
		got := a.call(c.method, c.target, c.body, meant(other))
		a.wrongCluster(c.name, got, id, other)
		a.inEnglish(&got, c.method, c.target, c.body, meant(other))
		for _, malformed := range []string{
			"", "task-001", id[:35], strings.ReplaceAll(id, "-", ""), "{" + id + "}", "urn:uuid:" + id, id + ", " + id,
		} {
			got := a.call(c.method, c.target, c.body, meant(malformed))
			equal(t, c.name+" for "+malformed, []any{got.Status, got.reason()}, []any{400, "INVALID_HEADER"})
			checkChinese(t, &got)
		}
		twice := request(c.method, c.target, c.body, meant(id))
		twice.Header.Add("Fermi-Cluster-Id", id)
		equal(t, c.name+" with two headers", a.do(twice).reason(), "INVALID_HEADER")
		if c.method == http.MethodGet {
			head := a.call(http.MethodHead, c.target, "", meant(other))
			equal(t, "HEAD of "+c.name, head.Status, 412)
		}
		if c.method != http.MethodGet && c.target != tasks+"/estimate" {
			equal(t, c.name+" that can't be read, for another cluster", a.call(c.method, c.target, "[", meant(other)).Status, 412)
		}
	}
	for _, target := range []string{tasks + "/task-099", tasks + "?page=0", environments + "/env-9"} {
		a.wrongCluster(target, a.call("GET", target, "", meant(other)), id, other)
	}
	if diff := cmp.Diff(before, a.objects()); diff != "" {
		t.Errorf("something changed: %s", diff)
	}
	english := a.call("GET", tasks, "", meant(other), "Accept-Language: en")
	equal(t, "in English", english.Message,
		"the request is for cluster "+other+", and this is cluster "+id+"; nothing was changed")
	for _, target := range []string{"/sim/v1/clock", "/metrics", "/healthz"} {
		a.ok("GET", target, "", meant(other)) // these are the simulator's, whatever cluster it runs
	}
}

// With the present cluster's id all is as without.
func TestCallsForThisCluster(t *testing.T) {
	t.Parallel()
	for _, c := range allCalls(t) {
		if c.target == events {
			c.method = http.MethodHead // the stream would not end
		}
		a, plain := newAPI(t), newAPI(t)
		a.inhabit()
		plain.inhabit()
		with, without := a.call(c.method, c.target, c.body, meant(a.clusterID())), plain.call(c.method, c.target, c.body)
		equal(t, c.name, with.Status, 200)
		if c.target != clusterPath {
			equal(t, c.name, with.Body, without.Body)
		}
		equal(t, "what "+c.name+" has left", a.objects(), plain.objects())
	}
}

// The cluster is compared together with the command: a reset after the request has come in is still noticed. In the
// bubble a fault holds each request back until the test has reset the cluster and made objects with the same ids.
func TestAResetThatRacesWithAWrite(t *testing.T) {
	bodies := writes()
	for _, c := range allCalls(t) {
		body, writes := bodies[c.name]
		if !writes {
			continue
		}
		delete(bodies, c.name)
		synctest.Test(t, func(t *testing.T) {
			a := newAPI(t)
			a.inhabit()
			id := a.clusterID()
			goOn := make(chan struct{})
			r := request(c.method, c.target, body, meant(id))
			if body != "" {
				// The server has looked at the header once the body is read.
				r.Body = &heldBody{r.Body, goOn}
			} else {
				a.fault(`{"delay":"1m","method":"` + c.method + `"}`)
			}
			done := make(chan answer, 1)
			go func() { done <- a.answered(r) }()
			synctest.Wait()
			if len(done) > 0 {
				t.Fatalf("%s did not wait: %s", c.name, (<-done).Body)
			}
			a.ok("POST", "/sim/v1/reset", "")
			a.inhabit()
			before := a.objects()
			close(goOn)
			got := <-done
			a.wrongCluster(c.name, got, a.clusterID(), id)
			if diff := cmp.Diff(before, a.objects()); diff != "" {
				t.Errorf("%s reached the other cluster: %s", c.name, diff)
			}
		})
	}
	if len(bodies) > 0 {
		t.Errorf("the contract lacks %v", bodies)
	}
}

// heldBody is a body whose end is held back.
type heldBody struct {
	io.ReadCloser
	goOn chan struct{}
}

func (b *heldBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if n == 0 || err != nil {
		<-b.goOn
	}
	return n, err
}

// The answer to a creation is given again in its own cluster only.
func TestReplaysAreOfTheirCluster(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for target, body := range map[string]string{
		tasks: existing("env-001"), tasks + "/batch": `{"tasks":[` + existing("env-001") + `]}`, templates: `{"name":"t"}`,
	} {
		key, id := "Idempotency-Key: "+uuid.NewString(), a.clusterID()
		a.ok("POST", target, body, key, meant(id))
		equal(t, "again", a.ok("POST", target, body, key, meant(id)).Header.Get("Idempotency-Replayed"), "true")
		other := uuid.NewString()
		a.wrongCluster("for another cluster", a.call("POST", target, body, key, meant(other)), id, other)
		a.ok("POST", "/sim/v1/reset", "")
		before := a.objects()
		a.wrongCluster("after a reset", a.call("POST", target, body, key, meant(id)), a.clusterID(), id)
		equal(t, "objects after that", a.objects(), before)
	}
}

// A wait is of one cluster where it names one. Where it doesn't, it ends with its task.
func TestAWaitWhoseClusterIsReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAPI(t)
		a.inhabit()
		id := a.clusterID()
		background := func(headers ...string) <-chan answer {
			done := make(chan answer, 1)
			headers = append(headers, `If-None-Match: "1"`, "Prefer: wait=600")
			go func() { done <- a.call("GET", tasks+"/task-001", "", headers...) }()
			return done
		}
		begin := time.Now()
		with, without := background(meant(id)), background()
		synctest.Wait()
		a.ok("POST", "/sim/v1/reset", "")
		a.wrongCluster("a wait", <-with, a.clusterID(), id)
		equal(t, "one without a cluster", (<-without).reason(), "TASK_NOT_FOUND")
		a.wrongCluster("a wait for the cluster before", <-background(meant(id)), a.clusterID(), id)
		equal(t, "real time", time.Since(begin), time.Duration(0))

		// A snapshot brings the cluster back, and a wait for it goes on.
		a.inhabit()
		id = a.clusterID()
		taken := a.ok("GET", snapshots, "").Body
		done := background(meant(id))
		synctest.Wait()
		a.ok("PUT", snapshots, taken)
		equal(t, "a wait when its own snapshot is restored", (<-done).Status, 304)
	})
}

// A stream of one cluster tells nothing of another.
func TestAStreamWhoseClusterIsReplaced(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	id := a.clusterID()
	const created = "task task-001 created starting mounting_data"
	stream, plain := a.open("", meant(id)), a.open("")
	a.create(existing("env-001"))
	for _, s := range []*tap{stream, plain} {
		equal(t, "what happens in the cluster", s.next().text(), created)
	}
	a.ok("POST", "/sim/v1/reset", "")
	a.create(existing("env-002"))
	last := ""
	for e, ok := stream.block(); ok; e, ok = stream.block() {
		last = e.text()
		if about := e.Data["environmentId"]; about == "env-002" || e.Data["id"] == "env-002" {
			t.Errorf("the other cluster's %s", e.text())
		}
	}
	equal(t, "the last event", last, "reset WORLD_REPLACED")
	for plain.next().text() != created {
		continue // a stream that names no cluster goes on with the other one
	}
	got := a.call("GET", events, "", meant(id), "Last-Event-ID: x-1")
	a.wrongCluster("the stream opened again", got, a.clusterID(), id)
}
