package httpapi_test

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/catalog"
)

// Two ways to write the same text: composed as in Unicode normal form C, and decomposed as file names of macOS are.
const composed, decomposed = "caf\u00e9 \u1e69 \uac00", "cafe\u0301 s\u0307\u0323 \u1100\u1161"

// What looks the same is the same, whichever way it is written and asked for; and it is kept as it was written.
func TestTextsCompareInNormalForm(t *testing.T) {
	t.Parallel()
	a := newAPI(t, func(s *setup) {
		s.scenario.Models = append(s.scenario.Models,
			catalog.Model{ID: "m-c", Name: composed, Parameters: 1}, catalog.Model{ID: "m-d", Name: decomposed, Parameters: 1})
		s.scenario.Zones[0].Region, s.scenario.Zones[1].Region = composed, decomposed
		s.scenario.Environments[0].Tags, s.scenario.Environments[1].Tags = []string{composed}, []string{decomposed}
	})
	for _, name := range []string{composed, decomposed} {
		created := a.create(fmt.Sprintf(`{"taskName":%q,"datasetId":"dataset-001","datasetVersionId":"version-001","environmentId":"env-001",
			"labels":{%q:%q}}`, name, "k "+name, "v "+name))
		got := a.task(created)
		equal(t, "what is kept", []any{got.TaskName, got.Labels}, []any{name, map[string]string{"k " + name: "v " + name}})
	}
	a.create(existing("env-001"))
	for _, text := range []string{composed, decomposed} {
		q := url.QueryEscape(text)
		for target, want := range map[string]string{
			tasks + "?name=" + q: "task-001 task-002",
			tasks + "?name=" + url.QueryEscape(text[len("caf"):]): "task-001 task-002",
			tasks + "?name=cafe":                                      "",
			tasks + "?label=" + url.QueryEscape("k "+text):            "task-001 task-002",
			tasks + "?label=" + url.QueryEscape("k "+text+"=v "+text): "task-001 task-002",
			tasks + "?label=" + url.QueryEscape("k "+text+"=v"):       "",
			tasks + "?sort=taskName&name=" + q:                        "task-001 task-002",
			"/api/v1/models?name=" + q:                                "m-c m-d",
			zones + "?region=" + q:                                    "az-bj-a az-bj-b",
			environments + "?tag=" + q:                                "env-001 env-002",
			"/api/v1/models?sort=name&name=" + q:                      "m-c m-d",
			tasks + "?name=" + q + "&cursor=&pageSize=1":              "task-001",
			environments + "?gpuType=" + url.QueryEscape("A\u030a"):   "",
			environments + "?availabilityZone=" + url.QueryEscape("az-bj-a\u0301") + "&status=running": "",
		} {
			field := "id"
			if target[:len(tasks)] == tasks {
				field = "taskId"
			}
			equal(t, target, a.ids(target, field), want)
		}
	}

	a.template(fmt.Sprintf(`{"name":%q}`, decomposed))
	equal(t, "the template's name", a.ids(templates+"?name="+url.QueryEscape(composed), "name"), decomposed)
	for _, body := range []string{fmt.Sprintf(`{"name":" %s"}`, composed), fmt.Sprintf(`{"name":%q}`, decomposed)} {
		got := a.call("POST", templates, body)
		equal(t, body, []any{got.Status, got.reason(), got.Error.Details}, []any{409, "TEMPLATE_NAME_TAKEN",
			map[string]any{"name": decomposed, "templateId": "template-001"}})
	}
	a.ok("PATCH", templates+"/template-001", fmt.Sprintf(`{"name":%q}`, composed))
	equal(t, "written in the other way", a.ids(templates, "name"), composed)
	a.template(`{"name":"other"}`)
	equal(t, "a patch", a.call("PATCH", templates+"/template-002", fmt.Sprintf(`{"name":%q}`, decomposed)).reason(), "TEMPLATE_NAME_TAKEN")
}

// A filter that is empty lets everything through, and one for tags is none of those.
func TestEmptyFilters(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for target, want := range map[string]int{
		environments + "?gpuType=&availabilityZone=": 3, environments + "?tag=": 0, zones + "?region=&gpuType=": 6,
		"/api/v1/models?name=": 3, "/api/v1/images?name=": 3,
	} {
		equal(t, target, a.ok("GET", target, "").Page.Total, want)
	}
}
