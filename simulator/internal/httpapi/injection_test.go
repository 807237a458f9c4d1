package httpapi_test

import (
	"fmt"
	"strings"
	"testing"
)

// Whatever a client sends comes back as the text that it was: as no format, no HTML, no path, no header.
func TestNothingFromARequestIsInterpreted(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`%s %d %!v(MISSING) %n`, `<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `{name} {taskId} {error} {{.}}`,
		`../../etc/passwd`, `..%2f..%2fetc%2fpasswd`, `C:\windows\win.ini`, "a\r\nSet-Cookie: a=b", "\u2028\u0000\ufeff",
		`$(id) ;id|id`, `' OR 1=1 --`,
	} {
		a := newAPI(t)
		name := strings.NewReplacer("\r\n", " ", "\u0000", "").Replace(text) // in which they are refused
		description := strings.ReplaceAll(text, "\u0000", "")
		quoted := jsonOf(t, name)
		body := fmt.Sprintf(`{"taskName":%s,"description":%s,"labels":{%[1]s:%[1]s},"datasetId":"dataset-001",
			"datasetVersionId":"version-001","launchMode":"existing","environmentId":"env-001"}`, quoted, jsonOf(t, description))
		id := a.create(body)
		got := a.ok("GET", tasks+"/"+id, "", "Accept: text/html")
		made := data[task](t, got)
		equal(t, "the task", []any{made.TaskName, made.Description, made.Labels}, []any{name, description, map[string]string{name: name}})
		equal(t, "the type", []string{got.Header.Get("Content-Type"), got.Header.Get("X-Content-Type-Options")},
			[]string{"application/json", "nosniff"})
		if strings.ContainsAny(got.Body, "<>") {
			t.Errorf("the answer has a tag in it: %s", got.Body)
		}

		// Refusals repeat what they refuse.
		refused := a.call("POST", tasks, strings.Replace(body, `"dataset-001"`, quoted, 1), "Accept-Language: en")
		equal(t, "the message", []any{refused.Status, refused.Message}, []any{422, "there is no dataset " + name})
		for _, target := range []string{tasks, tasks + "/" + id + "/events", environments, zones, "/sim/v1/faults", "/sim/v1/nodes"} {
			r := request("GET", target, "")
			r.URL.Path += "/" + text
			r.URL.RawPath = ""
			refused := a.do(r)
			if refused.Status != 404 && refused.Status != 405 || strings.ContainsAny(refused.Body, "<>") {
				t.Errorf("GET %q: %d %s", r.URL.Path, refused.Status, refused.Body)
			}
			for name, values := range refused.Header {
				if strings.ContainsAny(strings.Join(values, ""), "<>\r\n") {
					t.Errorf("GET %q: header %s is %q", r.URL.Path, name, values)
				}
			}
		}
		r := request("GET", tasks, "")
		q := r.URL.Query()
		q.Set("status", text)
		r.URL.RawQuery = q.Encode()
		if got := a.do(r); got.Status != 400 || strings.ContainsAny(got.Body, "<>") {
			t.Errorf("status=%q: %d %s", text, got.Status, got.Body)
		}
	}
}
