package httpapi_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/contract"
)

// write is a call that brings texts: body makes its body of a task's configuration.
type write struct {
	method, target, prefix string // of the fields
	body                   func(config string) string
}

func same(config string) string { return config }

// taskWrites are all calls that take a whole configuration.
var taskWrites = []write{
	{"POST", tasks, "", same},
	{"POST", tasks + "/batch", "tasks[1].", func(config string) string { return `{"tasks":[` + existing("env-001") + `,` + config + `]}` }},
	{"POST", estimates, "", same},
	{"POST", templates, "config.", func(config string) string { return `{"name":"new","config":` + config + `}` }},
	{"PATCH", templates + "/template-001", "config.", func(config string) string { return `{"config":` + config + `}` }},
}

// config is a valid configuration with one text replaced, in JSON. The field is in the API's words.
func config(t *testing.T, field, text string) string {
	t.Helper()
	all := map[string]any{
		"taskName": "t", "datasetId": "dataset-001", "datasetVersionId": "version-001", "modelId": "model-001", "launchMode": "dynamic",
		"description": "d", "labels": map[string]any{"a": "b"},
	}
	resources := map[string]any{
		"availabilityZone": "az-bj-a", "gpuType": "A100", "gpuCount": 1, "cpuCores": 1, "memory": 1, "image": "i",
	}
	all["resourceConfig"] = resources
	switch name, inner := strings.CutPrefix(field, "resourceConfig."); {
	case inner:
		resources[name] = text
	case field == "labels key":
		all["labels"] = map[string]any{text: "b"}
	case field == "labels value":
		all["labels"] = map[string]any{"a": text}
	case field == "environmentId":
		all["environmentId"], all["launchMode"] = text, "existing"
	case field != "":
		all[field] = text
	}
	return jsonOf(t, all)
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var textFields = []string{
	"taskName", "description", "datasetId", "datasetVersionId", "modelId", "environmentId", "resourceConfig.availabilityZone",
	"resourceConfig.gpuType", "resourceConfig.image", "labels key", "labels value",
}

// refused wants the call to be refused for a text, in both languages.
func (a *api) refused(method, target, body, reason, field string, details map[string]any, chinese, inEnglish string) {
	a.t.Helper()
	got := a.call(method, target, body)
	what := fmt.Sprintf("%s %s %.200s", method, target, body)
	equal(a.t, what, []any{got.Status, got.Message, got.Error}, []any{422, chinese, &failure{reason, field, details}})
	checkChinese(a.t, &got)
	equal(a.t, what, a.call(method, target, body, english).Message, inEnglish)
}

func (a *api) tooLong(method, target, body, field string, maximum, length int) {
	a.t.Helper()
	details := map[string]any{"maximum": float64(maximum), "length": float64(length)}
	if strings.HasPrefix(field, "tasks[1]") {
		details["index"] = 1.0
	}
	a.refused(method, target, body, "TOO_LONG", field, details,
		fmt.Sprintf("文本过长：最多 %d 个字符，实际为 %d 个", maximum, length),
		fmt.Sprintf("too long: at most %d characters; this text has %d", maximum, length))
}

func (a *api) forbidden(method, target, body, field, character, label string) {
	a.t.Helper()
	details := map[string]any{"character": character}
	if strings.HasPrefix(field, "tasks[1]") {
		details["index"] = 1.0
	}
	if label != "" {
		details["key"] = label
	}
	a.refused(method, target, body, "FORBIDDEN_CHARACTER", field, details,
		"含有不允许的字符 "+character+"：不能使用控制字符和改变文字方向的字符",
		"the character "+character+" is not allowed: no control characters, and none that change the direction of text")
}

// Names, ids and descriptions have limits in characters, not in bytes, wherever they are given.
func TestTextsHaveLimits(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	made := a.create(existing("env-001"))
	a.template(`{"name":"t"}`)
	for field, maximum := range map[string]int{"taskName": 256, "description": 4096} {
		for _, c := range []string{"x", "训", "𝔊"} {
			fits, long := strings.Repeat(c, maximum), strings.Repeat(c, maximum+1)
			for _, w := range taskWrites {
				a.ok(w.method, w.target, w.body(config(t, field, fits)))
				if w.target == templates {
					a.ok("DELETE", templates+"/"+data[[]template](t, a.ok("GET", templates+"?name=new", ""))[0].ID, "")
				}
				a.tooLong(w.method, w.target, w.body(config(t, field, long)), w.prefix+field, maximum, maximum+1)
			}
			patch := func(text string) string { return fmt.Sprintf(`{%q:%q}`, field, text) }
			a.ok("PATCH", tasks+"/"+made, patch(fits))
			a.tooLong("PATCH", tasks+"/"+made, patch(long), field, maximum, maximum+1)
		}
	}
	for _, field := range textFields[2:9] {
		maximum := 256
		if field == "resourceConfig.image" {
			maximum = 512
		}
		for _, w := range taskWrites {
			a.tooLong(w.method, w.target, w.body(config(t, field, strings.Repeat("x", maximum+1))), w.prefix+field, maximum, maximum+1)
			got := a.call(w.method, w.target, w.body(config(t, field, strings.Repeat("x", maximum))), english)
			if got.reason() == "TOO_LONG" || got.Error != nil && !strings.Contains(got.Message, " "+strings.Repeat("x", 200)+"…") {
				t.Errorf("%s of %d characters: %s", field, maximum, got.Body)
			}
		}
	}
	for _, w := range taskWrites[:3] {
		a.tooLong(w.method, w.target, w.body(`{"templateId":"`+strings.Repeat("t", 257)+`"}`), w.prefix+"templateId", 256, 257)
	}
	for field, maximum := range map[string]int{"name": 256, "description": 4096} {
		body := func(length int) string {
			all := map[string]string{"name": "n"}
			all[field] = strings.Repeat("模", length)
			return jsonOf(t, all)
		}
		a.ok("PATCH", templates+"/template-001", body(maximum))
		a.tooLong("PATCH", templates+"/template-001", body(maximum+1), field, maximum, maximum+1)
		a.tooLong("POST", templates, body(maximum+1), field, maximum, maximum+1)
	}
}

// Control characters and those that change the direction of text are refused in whatever is shown to people.
func TestForbiddenCharacters(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	made := tasks + "/" + a.create(existing("env-001"))
	a.template(`{"name":"t"}`)
	for _, field := range textFields {
		name, label, _ := strings.Cut(field, " ")
		for c, character := range map[string]string{"\x1b": "U+001B", "\u202e": "U+202E", "\u0085": "U+0085"} {
			text := "a" + c + "b"
			key := ""
			switch label {
			case "key":
				key = text
			case "value":
				key = "a"
			}
			body := config(t, field, text)
			for _, w := range taskWrites {
				a.forbidden(w.method, w.target, w.body(body), w.prefix+name, character, key)
			}
			if name == "taskName" || name == "description" || name == "labels" {
				var all map[string]json.RawMessage
				if err := json.Unmarshal([]byte(body), &all); err != nil {
					t.Fatal(err)
				}
				a.forbidden("PATCH", made, fmt.Sprintf(`{%q:%s}`, name, all[name]), name, character, key)
			}
		}
	}
	for _, method := range []string{"POST " + templates, "PATCH " + templates + "/template-001"} {
		method, target, _ := strings.Cut(method, " ")
		a.forbidden(method, target, `{"name":"a\u2066b"}`, "name", "U+2066", "")
		a.forbidden(method, target, `{"name":"n","description":"a\u0000b"}`, "description", "U+0000", "")
	}
	for _, w := range taskWrites[:3] {
		a.forbidden(w.method, w.target, w.body(`{"templateId":"template-\u200f001"}`), w.prefix+"templateId", "U+200F", "")
	}
	equal(t, "tasks", a.ok("GET", tasks, "").Page.Total, 1)
	equal(t, "templates", a.ok("GET", templates, "").Page.Total, 1)
	for _, text := range []string{"line\nbreak\r\nand\ttab", "é ß 训练 👩‍🔬 \u00a0\u3000"} {
		a.ok("PATCH", made, fmt.Sprintf(`{"description":%q}`, text))
		equal(t, "a description", a.task("task-001").Description, text)
	}
	a.ok("PATCH", made, `{"taskName":"👩‍🔬 训练","labels":{"团队 é":"👩‍🔬"}}`)
}

// The contract's patterns refuse the same characters as the server, which are the ones that are meant.
func TestForbiddenCharactersAreThoseOfTheContract(t *testing.T) {
	t.Parallel()
	document, err := openapi3.NewLoader().LoadFromData(contract.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	a := newAPI(t)
	a.handler = a.server
	made := tasks + "/" + a.create(existing("env-001"))
	for c := rune(0); c < 0x2100; c++ {
		forbidden := c < 0x20 || c >= 0x7f && c < 0xa0 || c == 0x61c || c == 0x200e || c == 0x200f ||
			c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069
		text := "x" + string(c) + "x"
		quoted := jsonOf(t, text)
		for field, schema := range map[string]string{"taskName": "NewName", "description": "NewDescription"} {
			want := forbidden && (field != "description" || !strings.ContainsRune("\t\n\r", c))
			if got := document.Components.Schemas[schema].Value.VisitJSON(text) != nil; got != want {
				t.Errorf("%U in %s: the contract refuses it: %t, want %t", c, schema, got, want)
			}
			if got := a.call("PATCH", made, fmt.Sprintf(`{%q:%s}`, field, quoted)).Status == 422; got != want {
				t.Errorf("%U in %s: the server refuses it: %t, want %t", c, field, got, want)
			}
		}
		if got := document.Components.Schemas["NewId"].Value.VisitJSON(text) != nil; got != forbidden {
			t.Errorf("%U in NewId: the contract refuses it: %t, want %t", c, got, forbidden)
		}
	}
}

// What must be chosen comes first, then the texts, then whether what they name exists.
func TestOrderOfTextChecks(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.template(`{"name":"t"}`)
	const bad = `\u202e`
	long := strings.Repeat("x", 300)
	for _, c := range []struct{ body, reason, field string }{
		{`{"taskName":"` + bad + `","datasetId":"` + bad + `","labels":{"` + bad + `":""}}`, "DATASET_REQUIRED", "datasetVersionId"},
		{`{"taskName":"` + long + `","datasetId":"x"}`, "DATASET_REQUIRED", "datasetVersionId"},
		{`{"taskName":"` + long + `","datasetId":"x","datasetVersionId":"x","launchMode":"dynamic"}`,
			"AVAILABILITY_ZONE_REQUIRED", "resourceConfig.availabilityZone"},
		{`{"taskName":"` + long + `","datasetId":"x","datasetVersionId":"x","launchMode":"existing","environmentId":" "}`,
			"ENVIRONMENT_REQUIRED", "environmentId"},
		{`{"taskName":"` + long + `","datasetId":"x","datasetVersionId":"x","launchMode":"fast"}`, "LAUNCH_MODE_INVALID", "launchMode"},
		{`{"taskName":"` + long + bad + `","datasetId":"` + bad + `","datasetVersionId":"x","environmentId":"x"}`, "TOO_LONG", "taskName"},
		{`{"taskName":"t` + bad + `","datasetId":"x","datasetVersionId":"x","environmentId":"x"}`, "FORBIDDEN_CHARACTER", "taskName"},
		{`{"taskName":"t","datasetId":"x","datasetVersionId":"x","environmentId":"` + bad + `"}`, "FORBIDDEN_CHARACTER", "environmentId"},
		{`{"taskName":"t","datasetId":"x","datasetVersionId":"x","labels":{"a":"` + bad + `"}}`, "FORBIDDEN_CHARACTER", "labels"},
		{`{"taskName":"t","datasetId":"x","datasetVersionId":"x","labels":{"":""}}`, "DATASET_NOT_FOUND", "datasetId"},
	} {
		got := a.call("POST", tasks, c.body)
		equal(t, c.body, []any{got.Status, got.reason(), got.Error.Field}, []any{422, c.reason, c.field})
	}
}

// A state from before there were limits opens, and what a change leaves as it is may stay.
func TestOldTextsStay(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	made := tasks + "/" + a.create(strings.Replace(existing("env-001"), `"t"`, `"NAME","description":"DESCRIPTION","labels":{"KEY":"b"}`, 1))
	for i := range 2 {
		a.template(fmt.Sprintf(`{"name":"TEMPLATE%d","description":"DESCRIPTION","config":{"taskName":"NAME","labels":{"KEY":"b"}}}`, i))
	}
	long, description, key := strings.Repeat("长", 300)+`\u001b`, strings.Repeat("x", 5000)+`\u0000`, `\u202e`
	old := strings.NewReplacer("NAME", long, "DESCRIPTION", description, "KEY", key, "TEMPLATE0", `e\u0301`, "TEMPLATE1", `\u00e9`).
		Replace(a.ok("GET", snapshots, "").Body)
	a.ok("PUT", snapshots, old)
	var name string
	if err := json.Unmarshal([]byte(`"`+long+`"`), &name); err != nil {
		t.Fatal(err)
	}
	equal(t, "the name", a.task("task-001").TaskName, name)
	equal(t, "its label", slices.Collect(maps.Keys(a.task("task-001").Labels)), []string{"\u202e"})
	equal(t, "templates", a.ids(templates, "name"), "e\u0301 \u00e9")
	const first = templates + "/template-001"
	for _, c := range []struct{ target, body string }{
		{made, `{"description":"d"}`}, {made, `{"taskName":"` + long + `","labels":{"` + key + `":"b"}}`}, {made, `{"labels":{"a":"b"}}`},
		{first, `{"favorite":true}`}, {first, `{"name":"e\u0301","description":"` + description + `","favorite":false}`},
		{first, `{"name":"n","config":{"taskName":"` + long + `","labels":{"` + key + `":"b"}}}`},
	} {
		a.ok("PATCH", c.target, c.body)
	}
	for _, c := range []struct{ method, target, body, reason, field string }{
		{"PATCH", made, `{"taskName":"` + long + `!"}`, "TOO_LONG", "taskName"},
		{"PATCH", made, `{"labels":{"` + key + `":"b"}}`, "FORBIDDEN_CHARACTER", "labels"}, // replaced in between
		{"PATCH", templates + "/template-002", `{"config":{"taskName":"` + long + `"}}`, "TOO_LONG", "config.taskName"},
		{"POST", tasks, `{"templateId":"template-001","datasetId":"dataset-001","datasetVersionId":"version-001"}`, "TOO_LONG", "taskName"},
	} {
		got := a.call(c.method, c.target, c.body)
		equal(t, c.method+" "+c.target, []any{got.reason(), got.Error.Field}, []any{c.reason, c.field})
	}
}
