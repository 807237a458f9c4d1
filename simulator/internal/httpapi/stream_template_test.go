package httpapi_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Every change of a template is told, by whoever it is made, and what changes nothing is not.
func TestStreamOfTemplates(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	all, tasksOnly := a.open(""), a.open("?type=task")
	s := a.open("?type=template")
	begin, _ := s.block()
	const path, key = templates + "/template-001", "Idempotency-Key: 7f1d0c9e-5b1c-4d38-9a51-0d6f1f0e2c11"
	told := func(what string, s *tap, about ...any) {
		t.Helper()
		e := s.next()
		got := []any{e.Name, e.Data["id"]}
		if template, ok := e.Data["template"].(map[string]any); ok {
			got = append(got, template["name"], template["favorite"], template["revision"])
		}
		equal(t, what, got, append([]any{"template", "template-001"}, about...))
	}
	a.ok("POST", templates, `{"name":"sft"}`, key)
	told("a creation", s, "sft", false, 1.0)
	told("a creation, among all", all, "sft", false, 1.0)
	a.ok("POST", templates, `{"name":"sft"}`, key) // nothing new
	equal(t, "a name that is taken", a.call("POST", templates, `{"name":"sft"}`).Status, 409)
	a.ok("PATCH", path, `{"name":"sft"}`) // likewise
	a.ok("PATCH", path, `{"favorite":true}`)
	told("a favourite", s, "sft", true, 2.0)
	a.ok("PATCH", path, `{"config":{"taskName":"n"}}`)
	told("another configuration", s, "sft", true, 3.0)
	a.ok("DELETE", path, "")
	told("a deletion", s)
	a.create(existing("env-001"))
	equal(t, "a stream of tasks", tasksOnly.next().text(), "task task-001 created starting mounting_data")
	// What has changed meanwhile is told once, as it is now.
	told("to one that comes back", a.open("?type=template", "Last-Event-ID: "+begin.ID))
}

// pieces is a client that leaves when it has been told of a template, and knows the longest piece that it was sent.
type pieces struct {
	pipeWriter
	last    string
	leave   func()
	longest int
	events  int
}

func (p *pieces) Write(b []byte) (int, error) {
	p.longest = max(p.longest, len(b))
	p.events += strings.Count(string(b), "event: template\n")
	if strings.Contains(string(b), `"id":"`+p.last+`"`) {
		p.leave()
	}
	return len(b), nil
}

// However much there is to tell, it never lies in memory as a whole.
func TestStreamIsSentInPieces(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	begin, _ := a.open("").block()
	labels := map[string]string{}
	for i := range 64 {
		labels[fmt.Sprint(i)] = strings.Repeat("x", 256)
	}
	for i := range 100 {
		a.template(fmt.Sprintf(`{"name":"t%d","config":{"labels":%s}}`, i, jsonOf(t, labels)))
	}
	ctx, leave := context.WithTimeout(t.Context(), time.Minute)
	defer leave()
	client := &pieces{pipeWriter: pipeWriter{header: http.Header{}}, last: "template-100", leave: leave}
	a.server.ServeHTTP(client, request("GET", events+"?type=template", "", "Last-Event-ID: "+begin.ID).WithContext(ctx))
	equal(t, "templates told", client.events, 100)
	if client.longest > 1<<17 {
		t.Errorf("a piece of the stream has %d bytes", client.longest)
	}
}
