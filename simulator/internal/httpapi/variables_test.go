package httpapi_test

import (
	"strings"
	"testing"
)

func withVariables(variables string) string {
	return with(existing("env-001"), `"environmentVariables":`+variables)
}

func TestEnvironmentVariablesHaveLimits(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.template(`{"name":"t"}`)
	const field = "environmentVariables"
	long := func(n int) string { return `{"AB":"","C":` + jsonOf(t, strings.Repeat("x", n-3)) + `}` }
	for _, w := range taskWrites {
		for _, fits := range []string{"null", "{}", `{"_":"","a1":"b\n\u001b","PATH":"训练"}`, long(64 << 10)} {
			a.ok(w.method, w.target, w.body(withVariables(fits)))
			if w.target == templates {
				a.ok("DELETE", templates+"/"+data[[]template](t, a.ok("GET", templates+"?name=new", ""))[0].ID, "")
			}
		}
		for variables, details := range map[string]map[string]any{
			`{"A":"b","1A":"c"}`:       {"name": "1A"},
			`{"A":"b","":"c"}`:         {"name": ""},
			`{"A-B":"c"}`:              {"name": "A-B"},
			`{"变量":"c"}`:               {"name": "变量"},
			`{"A\n":"c"}`:              {"name": "A\n"},
			`{"A":"b","B":"b\u0000c"}`: {"name": "B", "character": "U+0000"},
			long(64<<10 + 1):           {"bytes": 65537.0, "maximumBytes": 65536.0},
		} {
			if strings.HasPrefix(w.prefix, "tasks") {
				details["index"] = 1.0
			}
			a.refused(w.method, w.target, w.body(withVariables(variables)), "ENVIRONMENT_VARIABLES_INVALID", w.prefix+field, details,
				"环境变量无效：名称由字母、数字和下划线组成且不以数字开头，共 65536 字节，且不含 NUL 字符",
				"invalid environment variables: names of letters, digits and underscores, the first no digit, 65,536 bytes in all, no NUL character")
		}
		for variables, reason := range map[string]string{
			`{"A":null}`: "INVALID_TYPE", `["A=b"]`: "INVALID_TYPE", `{"A":1}`: "INVALID_TYPE", `{"A":"b","A":"c"}`: "DUPLICATE_FIELD",
		} {
			got := a.call(w.method, w.target, w.body(withVariables(variables)))
			equal(t, variables, []any{got.Status, got.reason()}, []any{400, reason})
			if !strings.Contains(got.Error.Field, field) {
				t.Errorf("%s %s: %s: the field is %q", w.method, w.target, variables, got.Error.Field)
			}
		}
	}
}

func TestEnvironmentVariablesAreKept(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	variables := func(task string) any {
		return data[map[string]any](t, a.ok("GET", tasks+"/"+task, ""))["environmentVariables"]
	}
	want := map[string]any{"A": "b\n=", "_": ""}
	made, without := a.create(withVariables(`{"A":"b\n=","_":""}`)), a.create(withVariables(`{}`))
	for _, when := range []string{"after the creation", "after a snapshot was restored"} {
		equal(t, when, variables(made), any(want))
		equal(t, when+", without", variables(without), nil)
		a.ok("PUT", snapshots, string(a.ok("GET", snapshots, "").Data))
	}
	a.template(`{"name":"t","config":` + withVariables(`{"A":"1","B":"2"}`) + `}`)
	equal(t, "the template's", variables(a.create(`{"templateId":"template-001"}`)), any(map[string]any{"A": "1", "B": "2"}))
	equal(t, "others", variables(a.create(`{"templateId":"template-001","environmentVariables":{"A":"3"}}`)), any(map[string]any{"A": "3"}))
	equal(t, "none", variables(a.create(`{"templateId":"template-001","environmentVariables":{}}`)), nil)
}
