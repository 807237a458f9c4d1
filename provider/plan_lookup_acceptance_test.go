package provider

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// oneLine is a command's output without the frame and the line breaks of a terminal.
func oneLine(output string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("│", " ", "╷", " ", "╵", " ").Replace(output)), " ")
}

// What a configuration names and the cluster doesn't have is an error of the plan, at the attribute, whatever the mode.
func TestAccPlanRefusesUnknownIDs(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{})
	c.call("POST", "/api/v1/task-templates", fullTemplate, nil)
	modes := map[string]string{
		"existing": `launch_mode = "existing"`, "left out": gpus("az-bj-a", "A100", 1),
		"dynamic": gpus("az-bj-a", "A100", 1) + `launch_mode = "dynamic"`,
	}
	every, own := []string{"existing", "dynamic", "left out"}, []string{"dynamic", "left out"}
	var resources strings.Builder
	var wants []string
	add := func(resource, want string) {
		resources.WriteString(strings.Replace(resource, `"test"`, fmt.Sprintf("\"r%d\"", len(wants)), 1) + "\n")
		wants = append(wants, oneLine(want))
	}
	for _, test := range []struct {
		from, to string
		modes    []string
		want     string
	}{
		{`"dataset-001"`, `"dataset-404"`, every, `dataset_id = "dataset-404" There is no "dataset-404"; there are dataset-001 ` +
			`(alpaca-zh), dataset-002`},
		{`"dataset-001"`, `"Alpaca ZH"`, every, "Did you mean dataset-001?"},
		{`"version-001"`, `"version-404"`, every, `dataset_version_id = "version-404" There is no "version-404"; there are version-001`},
		{"\n}\n", "\n model_id = \"model-404\"\n}\n", every, `model_id = "model-404" There is no "model-404"; there are model-001`},
		{"\n}\n", "\n environment_id = \"pytorch-dev-env\"\n}\n", []string{"existing", "left out"},
			`environment_id = "pytorch-dev-env" There is no "pytorch-dev-env"; there are env-001 (pytorch-dev-env)`},
		// Terraform before 1.12 and OpenTofu show the resource where the attribute is a nested one.
		{`"A100"`, `"a100"`, own, `There is no "a100"; there are A100, V100, T4, RTX3090. Did you mean A100?`},
		{`"az-bj-a"`, `"az-bj"`, own, `There is no "az-bj"; there are az-bj-a, az-bj-b`},
	} {
		for _, mode := range test.modes {
			add(strings.Replace(task("n", modes[mode]), test.from, test.to, 1), test.want)
		}
	}
	// A task from a template, and a template itself, are held to the same.
	fromTemplate := func(id, more string) string {
		return "resource \"fermi_training_task\" \"test\" {\n template_id = \"" + id + "\"\n" + more + "\n}"
	}
	add(fromTemplate("template-001", `resource_config = { gpu_type = "a100" }`), "Did you mean A100?")
	add(fromTemplate("template-404", ""), `The cluster has no task template "template-404".`)
	for config, want := range map[string]string{
		`dataset_id = "dataset-405"`:                                `There is no "dataset-405"; there are`,
		"dataset_id = \"dataset-001\"\n dataset_version_id = \"v\"": `There is no "v"; there are version-001`,
		`model_id = "model-405"`:                                    `There is no "model-405"; there are`,
		`environment_id = "env-405"`:                                `There is no "env-405"; there are`,
		`resource_config = { gpu_type = "H100" }`:                   `There is no "H100"; there are A100, V100, T4, RTX3090.`,
		`resource_config = { availability_zone = "x" }`:             `There is no "x"; there are az-bj-a`,
		"resource_config = {\n availability_zone = \"az-bj-a\"\n gpu_type = \"A100\"\n gpu_count = 33\n}": "Zone az-bj-a has 32 GPUs of type " +
			"A100 in all, the task wants 33",
	} {
		add(taskTemplate(fmt.Sprintf("name = \"n%d\"\nconfig = {\n%s\n}", len(wants), config)), want)
	}
	output := oneLine(newCommand(t, requiredProvider+c.config(resources.String())).run(1, "plan", "-no-color"))
	for _, want := range wants {
		if !strings.Contains(output, want) {
			t.Errorf("want %q in\n%s", want, output)
		}
	}
	if got := strings.Count(output, "Error: "); got != len(wants) {
		t.Errorf("%d errors, want one for each of %d resources:\n%s", got, len(wants), output)
	}
	if found := chineseText.FindString(output); found != "" {
		t.Errorf("%q is said in English", found)
	}
	// However many they are, one look at each list.
	for _, list := range []string{"datasets", "models", "dev-environments", "gpu-types", "availability-zones"} {
		if got := c.requests("GET", "/api/v1/"+list); got != 1 {
			t.Errorf("%d requests for %s, want 1", got, list)
		}
	}
}

// A zone is found by the name that it has for people, an estimate names what there is as a plan does, and a mode that only the
// template knows forbids what it forbids.
func TestAccPlanNamesWhatWasMeant(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{})
	c.call("POST", "/api/v1/task-templates", `{"name":"dynamic","config":{"launchMode":"dynamic","resourceConfig":`+resources+`}}`, nil)
	ofTemplate := "resource \"fermi_training_task\" \"test\" {\n template_id = \"template-001\"\n task_name = \"n\"\n dataset_id = " +
		"\"dataset-001\"\n dataset_version_id = \"version-001\"\n environment_id = \"env-001\"\n}"
	unknownDataset := strings.Replace(estimated(gpus("az-bj-a", "a100", 1)), "dataset-001", "dataset-404", 1)
	for _, test := range []struct{ config, want string }{
		{
			task("n", gpus("北京可用区A", "A100", 1)),
			`There is no "北京可用区A"; there are az-bj-a, az-bj-b, az-sh-a, az-sh-b, az-sz-a, az-sz-c. Did you mean az-bj-a?`,
		},
		{unknownDataset, `There is no "dataset-404"; there are dataset-001 (alpaca-zh)`},
		{estimated(gpus("az-bj-a", "a100", 1)), `There is no "a100"; there are A100, V100, T4, RTX3090. Did you mean A100?`},
		{estimated(gpus("az-bj-c", "A100", 1)), `There is no "az-bj-c"; there are az-bj-a, az-bj-b`},
		{estimated(`environment_id = "pytorch-dev-env"`), `Did you mean env-001?`},
		{ofTemplate, "Error: Mode dynamic takes no environment_id"},
	} {
		output := oneLine(newCommand(t, requiredProvider+c.config(test.config)).run(1, "plan", "-no-color"))
		if !strings.Contains(output, test.want) {
			t.Errorf("want %q in\n%s", test.want, output)
		}
	}
}

// A plan can't do without a token and an address that are right, and says what is wrong with them.
func TestAccPlanRefusesAWrongTokenOrAddress(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{})
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("<html>welcome</html>"))
	}))
	t.Cleanup(web.Close)
	another := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"status":"ok","data":[]}`))
	}))
	t.Cleanup(another.Close)
	elsewhere := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(elsewhere.Close)
	signIn := httptest.NewServer(http.RedirectHandler("/login", http.StatusFound))
	t.Cleanup(signIn.Close)
	api := httptest.NewServer(c.sim)
	t.Cleanup(api.Close)
	secure := httptest.NewUnstartedServer(c.sim)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	twice := task("n", `launch_mode = "existing"`) + strings.Replace(task("m", gpus("az-bj-a", "A100", 1)+`launch_mode = "dynamic"`),
		`"test"`, `"other"`, 1)
	for name, test := range map[string]struct{ endpoint, token, want string }{
		"wrong token":      {c.url, "wrong", "Fermi API wants a valid token"},
		"a web page":       {web.URL, token, "No Fermi API at this address"},
		"another API":      {another.URL, token, "No Fermi API at this address"},
		"https at http":    {strings.Replace(api.URL, "http", "https", 1), token, "Set the provider's endpoint to " + api.URL},
		"http at https":    {strings.Replace(secure.URL, "https", "http", 1), token, "Set the provider's endpoint to " + secure.URL},
		"an own authority": {secure.URL, token, "Fermi API's certificate isn't trusted"},
		"nothing there":    {elsewhere.URL, token, "No Fermi API at this address"},
		"another path":     {api.URL + "/fermi", token, "No Fermi API at this address"},
		"a sign-in page":   {signIn.URL, token, "Something in front of the API answers"},
		"the path as well": {c.url + "/api/v1/", token, `set it to "` + c.url + `"`},
	} {
		config := func(resources string) string {
			return requiredProvider + "provider \"fermi\" {\n endpoint = \"" + test.endpoint + "\"\n token = \"" + test.token +
				"\"\n max_retries = 0\n}\n" + resources
		}
		output := newCommand(t, config(twice)).run(1, "plan", "-no-color")
		if !strings.Contains(oneLine(output), test.want) || strings.Count(output, "Error: ") != 1 {
			t.Errorf("%s: want %q once in\n%s", name, test.want, output)
		}
		if name != "wrong token" {
			continue
		}
		for kind, resources := range map[string]string{
			"existing": task("n", `launch_mode = "existing"`), "left out": task("n", ""), "template": taskTemplate("name = \"n\"\nconfig = {}"),
			"from a template": "resource \"fermi_training_task\" \"test\" {\n template_id = \"template-001\"\n}",
			"a data source":   `data "fermi_images" "all" {}`,
		} {
			if output := newCommand(t, config(resources)).run(1, "plan", "-no-color"); !strings.Contains(oneLine(output), test.want) {
				t.Errorf("%s: want %q in\n%s", kind, test.want, output)
			}
		}
	}
}
