package httpapi_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/contracttest"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/engine"
)

// exampleOperation is an operation of the contract, to be called with its examples.
type exampleOperation struct {
	*openapi3.Operation
	method, path string
	parameters   []*openapi3.Parameter
}

// contract is the document as a client reads it.
type documented struct {
	*openapi3.T
	operations map[string]exampleOperation // by their ids
	given      map[string][]string
}

func readContract(t *testing.T) documented {
	t.Helper()
	document, err := contracttest.Document()
	if err != nil {
		t.Fatal(err)
	}
	given, err := contracttest.Prerequisites()
	if err != nil {
		t.Fatal(err)
	}
	c := documented{document, map[string]exampleOperation{}, given}
	for path, item := range document.Paths.Map() {
		for method, o := range item.Operations() {
			e := exampleOperation{o, method, path, nil}
			for _, p := range slices.Concat(item.Parameters, o.Parameters) {
				e.parameters = append(e.parameters, p.Value)
			}
			c.operations[o.OperationID] = e
		}
	}
	return c
}

// bodies are the examples of the request by their names; where there is no body, an empty one without a name.
func (o *exampleOperation) bodies(t testing.TB) map[string]string {
	t.Helper()
	if o.RequestBody == nil {
		return map[string]string{"": ""}
	}
	bodies := map[string]string{}
	for name, e := range o.RequestBody.Value.Content["application/json"].Examples {
		body, err := json.Marshal(e.Value.Value)
		if err != nil {
			t.Fatal(err)
		}
		bodies[name] = string(body)
	}
	return bodies
}

// request is the operation's request with the examples of all its parameters, but those that are left out.
func (o *exampleOperation) request(body string, without ...string) *http.Request {
	path, query, headers := o.path, url.Values{}, []string{}
	for _, p := range o.parameters {
		if slices.Contains(without, p.Name) {
			continue
		}
		values, several := p.Example.([]any)
		if !several {
			values = []any{p.Example}
		}
		for _, value := range values {
			switch text := fmt.Sprint(value); p.In {
			case openapi3.ParameterInPath:
				path = strings.ReplaceAll(path, "{"+p.Name+"}", url.PathEscape(text))
			case openapi3.ParameterInQuery:
				query.Add(p.Name, text)
			default:
				headers = append(headers, p.Name+": "+text)
			}
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return request(o.method, path, body, headers...)
}

// simulator is one in which there is what the operation's examples name. It gives ids as in the examples, and requests are
// held against the contract too.
func (c *documented) simulator(t *testing.T, changes func(*setup), steps ...string) *api {
	t.Helper()
	a := newAPI(t, func(s *setup) {
		s.Scenario.Name, s.NewMode = "default", engine.Realtime
		s.NewID = func() string { return fmt.Sprint(c.Components.Parameters["ClusterId"].Value.Example) }
		s.Wall = func() time.Time { return engine.VirtualStart }
		changes(s)
	})
	a.handler = contracttest.Handler(t, a.server)
	for _, step := range steps {
		id, name, _ := strings.Cut(step, " ")
		o, known := c.operations[id]
		body, named := o.bodies(t)[name]
		if !known || !named {
			t.Fatalf("prerequisites.json: there is no %q in the contract", step)
		}
		if got := c.send(a, o.request(body, append(apart, "cursor", "Idempotency-Key")...)); got.Status != http.StatusOK {
			t.Fatalf("%s: status %d: %s", step, got.Status, got.Body)
		}
	}
	return a
}

// send sends a request under the id that the examples have.
func (c *documented) send(a *api, r *http.Request) answer {
	r.Header.Set("X-Request-Id", fmt.Sprint(c.Components.Headers["RequestId"].Value.Example))
	return a.do(r)
}

// apart are the parameters of a list that don't go with its cursor.
var apart = []string{"page", "sort", "order"}

func unchanged(*setup) {}

// answerExamples tells which examples of answers a server gave.
type answerExamples struct {
	given  map[string]bool     // by the example's value
	others map[string][]string // answers that are no example, by the examples that they might have been
}

func newAnswerExamples(t *testing.T, c *documented) *answerExamples {
	e := &answerExamples{map[string]bool{}, map[string][]string{}}
	for _, o := range c.operations {
		for status, r := range o.Responses.Map() {
			if status == "default" {
				continue // another test looks at failures
			}
			for _, m := range r.Value.Content {
				for _, value := range values(m) {
					e.given[canonical(t, value)] = false
				}
			}
		}
	}
	return e
}

// values are the examples of a body.
func values(m *openapi3.MediaType) (all []any) {
	if m.Example != nil {
		all = append(all, m.Example)
	}
	for _, e := range m.Examples {
		all = append(all, e.Value.Value)
	}
	return all
}

// canonical is one text for all JSON of one value.
func canonical(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// see notes which of the operation's examples this answer is.
func (e *answerExamples) see(t testing.TB, o *exampleOperation, got answer) {
	t.Helper()
	m := o.Responses.Status(got.Status).Value.Content.Get(got.Header.Get("Content-Type"))
	if m == nil {
		return
	}
	var body any = got.Body
	if strings.HasPrefix(got.Header.Get("Content-Type"), "application/json") {
		if err := json.Unmarshal([]byte(got.Body), &body); err != nil {
			t.Fatal(err)
		}
	}
	answered := canonical(t, body)
	for _, value := range values(m) {
		if example := canonical(t, value); example == answered {
			e.given[example] = true
		} else {
			e.others[example] = append(e.others[example], o.OperationID+": "+answered)
		}
	}
}

// The requests of the examples, with all parameters, are accepted by a simulator with its bundled world, and the answers are
// those of the examples.
func TestExamplesAreRequestsAndAnswers(t *testing.T) {
	c := readContract(t)
	seen := newAnswerExamples(t, &c)
	for id, o := range c.operations {
		if id == "streamEvents" {
			continue // its answer has no end; another test reads its beginning
		}
		for name, body := range o.bodies(t) {
			for _, without := range [][]string{{"cursor"}, apart} {
				t.Run(fmt.Sprintf("%s %s without %s", id, name, without), func(t *testing.T) {
					a := c.simulator(t, unchanged, c.given[id]...)
					got := c.send(a, o.request(body, without...))
					if got.Status != http.StatusOK {
						t.Fatalf("status %d: %s", got.Status, got.Body)
					}
					seen.see(t, &o, got)
				})
			}
		}
	}
	a := c.simulator(t, unchanged)
	a.server.Close()
	ready := c.operations["readyz"]
	seen.see(t, &ready, c.send(a, ready.request("")))

	metrics, document, stream := c.excerpt("metrics", "text/plain"), c.excerpt("openapi", "application/yaml"),
		c.excerpt("streamEvents", "text/event-stream")
	if got := a.call("GET", "/metrics", "").Body; !strings.Contains(got, fmt.Sprint(metrics)) {
		t.Errorf("/metrics has no lines\n%s\n%s", metrics, got)
	}
	equal(t, "the version", document, any(map[string]any{"openapi": c.OpenAPI}))
	for example, given := range seen.given {
		if !given && !slices.Contains([]string{canonical(t, metrics), canonical(t, document), canonical(t, stream)}, example) {
			t.Errorf("no operation gave its example\n%s\nbut\n%s", example, strings.Join(seen.others[example], "\n"))
		}
	}
}

// excerpt is the example of an answer that is only a part of it.
func (c *documented) excerpt(operation, mediaType string) any {
	o := c.operations[operation]
	return o.Responses.Status(http.StatusOK).Value.Content[mediaType].Example
}

// refusal is a request that a simulator refuses.
type refusal struct {
	steps                []string
	method, target, body string
	headers              []string
}

// refusals has one for each example of a failure, by its name.
func refusals(c *documented, t *testing.T) map[string]refusal {
	const made, one = "createTrainingTask taskInEnvironment", tasks + "/task-001"
	creation := c.operations["createTrainingTask"]
	large := strings.Replace(creation.bodies(t)["taskOnGpus"], `"gpuCount":4`, `"gpuCount":64`, 1)
	key := fmt.Sprint("Idempotency-Key: ", c.Components.Parameters["IdempotencyKey"].Value.Example)
	return map[string]refusal{
		"unknownFailure":     {nil, "GET", clusterPath + "?pagesize=1", "", nil},
		"parameterFailure":   {nil, "GET", tasks + "?page=0", "", nil},
		"tokenFailure":       {nil, "GET", tasks, "", nil},
		"hostFailure":        {nil, "GET", tasks, "", nil},
		"taskFailure":        {nil, "GET", tasks + "/task-999", "", nil},
		"finishedFailure":    {[]string{made, "stopTrainingTask "}, "POST", one + "/stop", "", nil},
		"keyFailure":         {nil, "POST", tasks, `{"taskName":"another"}`, []string{key}},
		"clusterFailure":     {nil, "GET", zones, "", []string{"Fermi-Cluster-Id: f3a1c9d2-7b46-4e58-8a0d-6c5e2b9f1d37"}},
		"revisionFailure":    {[]string{made}, "PATCH", one, `{"description":"another"}`, []string{`If-Match: W/"9"`}},
		"bodyFailure":        {nil, "POST", tasks, `{"taskName":"llama2-sft-training-v1"}`, nil},
		"gpuFailure":         {nil, "POST", tasks, large, nil},
		"unavailableFailure": {[]string{"createFault failing"}, "POST", tasks, "{}", nil},
	}
}

// The example of each failure is what a simulator answers to a request that fails so.
func TestExamplesOfFailures(t *testing.T) {
	c := readContract(t)
	m := c.Components.Responses["Failure"].Value.Content["application/json"]
	creation, known := c.operations["createTrainingTask"], refusals(&c, t)
	equal(t, "the failures", slices.Sorted(maps.Keys(known)), slices.Sorted(maps.Keys(m.Examples)))
	for name, e := range m.Examples {
		t.Run(name, func(t *testing.T) {
			refused := known[name]
			a := c.simulator(t, func(s *setup) {
				if name == "tokenFailure" {
					s.Token = "s3cret"
				}
			}, refused.steps...)
			if name == "keyFailure" {
				c.send(a, creation.request(creation.bodies(t)["taskOnGpus"]))
			}
			guarded := contracttest.Answers(t, a.server.Guard(a.server, nil))
			r := request(refused.method, refused.target, refused.body, refused.headers...)
			if r.Host = "localhost"; name == "hostFailure" {
				r.Host = "fermi.example"
			}
			got := a.through(guarded, r)
			var body any
			if err := json.Unmarshal([]byte(got.Body), &body); err != nil {
				t.Fatal(err)
			}
			equal(t, "the answer", body, e.Value.Value)
		})
	}
}

// A stream begins as its example does.
func TestExampleOfTheStream(t *testing.T) {
	c := readContract(t)
	o := c.operations["streamEvents"]
	a := c.simulator(t, unchanged)
	s := a.open("?"+o.request("").URL.RawQuery, "Accept-Language: zh-CN")
	creation := c.operations["createTrainingTask"]
	c.send(a, creation.request(creation.bodies(t)["taskInEnvironment"]))
	var got strings.Builder
	epoch := ""
	for range strings.Count(fmt.Sprint(c.excerpt("streamEvents", "text/event-stream")), "\n") {
		s.scan.Scan()
		line := s.scan.Text()
		if id, ok := strings.CutPrefix(line, "id: "); ok && epoch == "" {
			epoch, _, _ = strings.Cut(id, "-")
		}
		got.WriteString(line + "\n")
	}
	// Each server has ids of its own. The example of the header is one of the same server's.
	want, _, _ := strings.Cut(fmt.Sprint(c.parameter("streamEvents", "Last-Event-ID").Example), "-")
	equal(t, "the stream", strings.ReplaceAll(got.String(), "id: "+epoch+"-", "id: "+want+"-"), c.excerpt("streamEvents", "text/event-stream"))
}

func (c *documented) parameter(operation, name string) *openapi3.Parameter {
	i := slices.IndexFunc(c.operations[operation].parameters, func(p *openapi3.Parameter) bool { return p.Name == name })
	return c.operations[operation].parameters[i]
}
