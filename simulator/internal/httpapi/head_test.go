package httpapi_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/contract"
)

// fetch makes a request through a connection and returns the answer with its body.
func fetch(t *testing.T, method, url string, headers ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Errorf("%s %s: %v", method, url, err)
	}
	return response, string(body)
}

// Wherever the contract has GET, HEAD gives the same status and headers, and nothing else.
func TestHeadIsGetWithoutTheBody(t *testing.T) {
	t.Parallel()
	document, err := openapi3.NewLoader().LoadFromData(contract.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	a := newAPI(t)
	a.create(existing("env-001"))
	a.template(`{"name":"t"}`)
	server := httptest.NewServer(a.handler)
	defer server.Close()
	ids := map[string]string{
		tasks: "task-001", environments: "env-001", zones: "az-bj-a", templates: "template-001",
		"/api/v1/gpu-types": "A100", "/api/v1/datasets": "dataset-001", "/api/v1/models": "model-001",
	}
	targets := []string{tasks + "/task-099", tasks + "?page=0", environments + "?status=running&pageSize=1&page=3"}
	for path, item := range document.Paths.Map() {
		list, rest, one := strings.Cut(path, "/{id}")
		if item.Get == nil || path == events {
			continue
		}
		if one {
			path = list + "/" + ids[list] + rest
		}
		targets = append(targets, path)
	}
	for _, target := range targets {
		got, body := fetch(t, "HEAD", server.URL+target)
		want, whole := fetch(t, "GET", server.URL+target)
		equal(t, "HEAD "+target, []any{got.StatusCode, body}, []any{want.StatusCode, ""})
		if whole == "" || strings.HasPrefix(target, tasks+"/task-001") && got.StatusCode != 200 {
			t.Errorf("%s: status %d with %d bytes shows nothing", target, want.StatusCode, len(whole))
		}
		for _, name := range []string{"X-Request-Id", "Date", "Content-Length"} { // of its own, or left out where the body is long
			got.Header.Del(name)
			want.Header.Del(name)
		}
		equal(t, "headers of HEAD "+target, got.Header, want.Header)
	}
}

// A stream would not end; asked for its headers, it does. The rest of HTTP is as with GET.
func TestHead(t *testing.T) {
	t.Parallel()
	a := newAPI(t, func(s *setup) { s.Token, s.ReadOnlyToken = "s3cret", "r3ader" })
	server := httptest.NewServer(a.server)
	defer server.Close()
	const reader = "Authorization: Bearer r3ader"
	a.ok("POST", tasks, existing("env-001"), "Authorization: Bearer s3cret")
	for _, c := range []struct {
		target, header string
		status         int
		name, value    string
	}{
		{events, reader, 200, "Content-Type", "text/event-stream; charset=utf-8"},
		{events + "?type=queue", reader, 400, "Content-Type", "application/json"},
		{tasks + "/task-001", reader, 200, "ETag", `W/"1"`},
		{tasks + "/task-001", "Accept-Language: en", 401, "Content-Language", "en"},
		{tasks + "/task-001/stop", reader, 405, "Allow", "POST"},
		{"/sim/v1/state", reader, 200, "Cache-Control", "no-store"},
	} {
		got, body := fetch(t, "HEAD", server.URL+c.target, c.header)
		equal(t, "HEAD "+c.target, []any{got.StatusCode, got.Header.Get(c.name), body}, []any{c.status, c.value, ""})
	}
	got, _ := fetch(t, "HEAD", server.URL+tasks+"/task-001", reader, `If-None-Match: "1"`)
	equal(t, "of what has not changed", got.StatusCode, 304)
}
