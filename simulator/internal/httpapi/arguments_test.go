package httpapi_test

import (
	"fmt"
	"strings"
	"testing"
)

// withArguments is a valid configuration with a command and arguments in JSON; each is left out where it is empty.
func withArguments(command, args string) string {
	body := existing("env-001")
	if command != "" {
		body = with(body, `"command":`+command)
	}
	if args != "" {
		body = with(body, `"args":`+args)
	}
	return body
}

// arguments returns the command and the arguments that a task or a template's configuration shows; nil for one that it doesn't.
func arguments(shown map[string]any) []any { return []any{shown["command"], shown["args"]} }

func (a *api) argumentsOf(task string) []any {
	a.t.Helper()
	return arguments(data[map[string]any](a.t, a.ok("GET", tasks+"/"+task, "")))
}

// Command and arguments have limits in every call that takes them, and a refusal names the element.
func TestArgumentsHaveLimits(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.template(`{"name":"t"}`)
	many := func(n int) string { return "[" + strings.TrimSuffix(strings.Repeat(`"",`, n), ",") + "]" }
	long := func(n int) string {
		return `["",` + jsonOf(t, strings.Repeat("训", n/3)+strings.Repeat("x", n%3)) + `]`
	}
	for _, field := range []string{"command", "args"} {
		body := func(w write, list string) string {
			if field == "command" {
				return w.body(withArguments(list, ""))
			}
			return w.body(withArguments(`["c"]`, list))
		}
		for _, w := range taskWrites {
			for _, fits := range []string{"null", "[]", `[""]`, `["sh","-c","set -e\n\tcd /data\u001b\u202e"]`, many(1000), long(32768)} {
				a.ok(w.method, w.target, body(w, fits))
				if w.target == templates {
					a.ok("DELETE", templates+"/"+data[[]template](t, a.ok("GET", templates+"?name=new", ""))[0].ID, "")
				}
			}
			for _, c := range []struct {
				list, at string
				details  map[string]any
			}{
				{many(1001), "", map[string]any{"elements": 1001.0, "maximum": 1000.0}},
				{long(32769), "", map[string]any{"bytes": 32769.0, "maximumBytes": 32768.0}},
				{`["a","b","c\u0000d"]`, "[2]", map[string]any{"element": 2.0, "character": "U+0000"}},
			} {
				if strings.HasPrefix(w.prefix, "tasks") {
					c.details["index"] = 1.0
				}
				a.refused(w.method, w.target, body(w, c.list), "ARGUMENTS_INVALID", w.prefix+field+c.at, c.details,
					"命令或参数无效：最多 1000 个元素，共 32768 字节，且不含 NUL 字符",
					"invalid command or arguments: at most 1,000 elements, 32,768 bytes in all, no NUL character")
			}
			for list, at := range map[string]string{`["a",null]`: "[1]", `"a"`: "", `{"a":"b"}`: "", `[1]`: ""} {
				got := a.call(w.method, w.target, body(w, list))
				equal(t, list, []any{got.Status, got.reason()}, []any{400, "INVALID_TYPE"})
				if !strings.HasSuffix(got.Error.Field, field+at) {
					t.Errorf("%s %s: %s: the field is %q", w.method, w.target, list, got.Error.Field)
				}
			}
		}
	}
}

// A task shows its command and arguments as they were given, also after a snapshot was restored. One without them shows none.
func TestArgumentsAreKept(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	want := []any{[]any{"sh", "-c"}, []any{"echo \"$HOME\"\n", "", "训练", `\`}}
	made := a.create(withArguments(`["sh","-c"]`, `["echo \"$HOME\"\n","","训练","\\"]`))
	without := a.create(withArguments(`[]`, ``))
	check := func(when string) {
		t.Helper()
		equal(t, when, a.argumentsOf(made), want)
		equal(t, when+", without", a.argumentsOf(without), []any{nil, nil})
		listed := data[[]map[string]any](t, a.ok("GET", tasks+"?sort=createdAt", ""))
		equal(t, when+", in a list", arguments(listed[0]), want)
	}
	check("after the creation")
	a.ok("PATCH", tasks+"/"+made, `{"taskName":"other"}`)
	a.ok("PUT", snapshots, string(a.ok("GET", snapshots, "").Data))
	check("after a snapshot was restored")
}

// A template fills in command and arguments one by one, and an empty list takes the place of its own.
func TestArgumentsFromATemplate(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.template(`{"name":"both","config":` + withArguments(`["python","train.py"]`, `["--epochs","3"]`) + `}`)
	config := data[template](t, a.ok("GET", templates+"/template-001", "")).Config
	equal(t, "the template's", arguments(config), []any{[]any{"python", "train.py"}, []any{"--epochs", "3"}})
	for body, want := range map[string][]any{
		``:                            {[]any{"python", "train.py"}, []any{"--epochs", "3"}},
		`,"args":["--epochs","9"]`:    {[]any{"python", "train.py"}, []any{"--epochs", "9"}},
		`,"command":["bash"]`:         {[]any{"bash"}, []any{"--epochs", "3"}},
		`,"args":[]`:                  {[]any{"python", "train.py"}, nil},
		`,"command":[],"args":["-v"]`: {nil, []any{"-v"}},
	} {
		request := fmt.Sprintf(`{"templateId":"template-001"%s}`, body)
		equal(t, request, a.argumentsOf(a.create(request)), want)
		batched := data[[]task](t, a.ok("POST", batches, batch(existing("env-001"), request)))
		equal(t, request+" in a batch", a.argumentsOf(batched[1].TaskID), want)
		a.ok("POST", estimates, request)
	}
	same := a.ok("PATCH", templates+"/template-001", `{"config":`+withArguments(`["python","train.py"]`, `["--epochs","3"]`)+`}`)
	equal(t, "a patch with the same", data[template](t, same).Revision, 1)
	config = data[template](t, a.ok("PATCH", templates+"/template-001", `{"config":{}}`)).Config
	equal(t, "a configuration without", arguments(config), []any{nil, nil})
}
