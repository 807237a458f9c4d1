package httpapi_test

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"
)

// zipped is a text in gzip.
func zipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestBodiesInGzip(t *testing.T) {
	a := newAPI(t)
	const gzipped, yaml = "Content-Encoding: gzip", "Content-Type: application/yaml"
	// The contract's test reads the body as JSON, and so can't read this one.
	call := func(method, target, body string, headers ...string) answer {
		return a.answered(request(method, target, zipped(t, body), headers...))
	}
	got := call("POST", tasks, existing("env-001"), gzipped)
	equal(t, "a task", []any{got.Status, data[task](t, got).TaskID}, []any{200, "task-001"})
	equal(t, "an old name, and capitals", call("POST", tasks, existing("env-001"), "Content-Encoding: X-GZip").Status, 200)
	equal(t, "none", a.call("POST", tasks, existing("env-001"), "Content-Encoding: identity").Status, 200)
	journal := data[[]struct{ Body string }](t, a.ok("GET", "/sim/v1/requests?pageSize=1", ""))
	equal(t, "the journal has what was meant", journal[0].Body, existing("env-001"))
	equal(t, "a scenario", call("PUT", "/sim/v1/scenario", "extends: default\n", gzipped, yaml).Status, 200)

	bomb := call("POST", tasks, strings.Repeat(" ", 2<<20), gzipped)
	equal(t, "too long once inflated", []any{bomb.Status, bomb.reason()}, []any{413, "BODY_TOO_LARGE"})
	bomb = a.answered(request("PUT", "/sim/v1/snapshot", zipped(t, `{"format":1,"state":{"a":"`+strings.Repeat("a", 4<<20)+`"}}`), gzipped))
	equal(t, "out of proportion", []any{bomb.Status, bomb.reason(), bomb.Error.Details["error"]},
		[]any{400, "INVALID_BODY", "it inflates to more than 50 times its size; send it plain"})
	whole := zipped(t, existing("env-001"))
	cut := a.answered(request("POST", tasks, whole[:len(whole)-3], gzipped))
	equal(t, "cut short", []any{cut.Status, cut.reason()}, []any{400, "INVALID_BODY"})
	other := a.call("POST", tasks, "{}", "Content-Encoding: zstd")
	equal(t, "another coding", []any{other.Status, other.Error.Details["contentEncoding"]}, []any{415, "zstd"})
}

// Windows' editors begin a file with a byte order mark.
func TestAByteOrderMarkIsSkipped(t *testing.T) {
	a := newAPI(t)
	equal(t, "JSON", a.answered(request("POST", tasks, "\ufeff"+existing("env-001"))).Status, 200)
	equal(t, "YAML", a.answered(request("PUT", "/sim/v1/scenario", "\ufeffextends: default\n", "Content-Type: text/yaml")).Status, 200)
	snapshot := a.ok("GET", "/sim/v1/snapshot", "").Body
	equal(t, "a snapshot", a.answered(request("PUT", "/sim/v1/snapshot", "\ufeff"+snapshot)).Status, 200)
}

func TestWholeNumbersWithAFraction(t *testing.T) {
	a := newAPI(t)
	for _, number := range []string{"4.0", "4.00", "4e0", "40e-1", "0.4E+1"} {
		body := strings.Replace(dynamic("az-bj-a", "A100", 4), `"gpuCount":4`, `"gpuCount":`+number, 1)
		made := a.task(a.create(body))
		equal(t, number, made.ResourceConfig["gpuCount"], any(4.0))
	}
	for _, number := range []string{"4.5", "4.0000000000000000001", "1e19", "1e-1"} {
		body := strings.Replace(dynamic("az-bj-a", "A100", 4), `"gpuCount":4`, `"gpuCount":`+number, 1)
		got := a.call("POST", tasks, body)
		equal(t, number, []any{got.Status, got.reason()}, []any{400, "INVALID_TYPE"})
	}
	made := a.create(strings.Replace(existing("env-001"), `"taskName":"t"`, `"taskName":"4.0 \" 5.0"`, 1))
	equal(t, "in a text", a.task(made).TaskName, `4.0 " 5.0`)
	whole := a.create(strings.Replace(existing("env-001"), `"taskName":"t"`, `"taskName":"\ud83d\ude00\\ud83d"`, 1))
	equal(t, "a whole character, and what only looks like half of one", a.task(whole).TaskName, "😀\\ud83d")
}
