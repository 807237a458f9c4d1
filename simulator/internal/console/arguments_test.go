package console_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/browsertest"
)

// lines types a list into a field, one text a line.
func (s *site) lines(field, text string) {
	s.t.Helper()
	set, err := json.Marshal(text)
	if err != nil {
		s.t.Fatal(err)
	}
	browsertest.Eval[any](s.Tab, fmt.Sprintf(`{
		const field = document.querySelector(%q);
		field.value = %s;
		field.dispatchEvent(new Event("input", { bubbles: true }));
	}`, field, set))
}

// A command is typed one argument a line, and is the same in the preview, in the task, on its page, in a duplicate and in a template.
func TestArguments(t *testing.T) {
	type arguments struct {
		Command, Args        []string
		EnvironmentVariables map[string]string
	}
	s := open(t)
	s.openCreate("")
	s.dataset("commanded")
	s.Click("#more summary")
	s.lines("#command", "sh\n-c\n")
	s.lines("#args", "set -e\\\ncd \"${HOME}\"\\\\\n\ntwo words\n")
	s.lines("#environment-variables", "A=b=c\nEMPTY=\nLINES=1\\\n2")
	want := arguments{
		Command: []string{"sh", "-c"}, Args: []string{"set -e\ncd \"${HOME}\"\\", "", "two words"},
		EnvironmentVariables: map[string]string{"A": "b=c", "EMPTY": "", "LINES": "1\n2"},
	}
	s.WaitText("#terraform", "  environment_variables = {\n    \"A\"     = \"b=c\"\n    \"EMPTY\" = \"\"\n    \"LINES\" = \"1\\n2\"\n  }")
	s.WaitText("#terraform", `command            = ["sh", "-c"]`)
	s.WaitText("#terraform", `args               = ["set -e\ncd \"$${HOME}\"\\", "", "two words"]`)
	s.Click("#templates summary")
	s.Fill("#template-name", "commands")
	s.Click("#template-save")
	s.WaitText("#template-list", "commands")
	s.Press(browsertest.Escape)
	s.Click("#create")
	s.WaitPath("/training-jobs")
	check := func(what, path string) {
		t.Helper()
		if diff := cmp.Diff(want, call[arguments](s, "GET", path, "")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	check("the task", tasks+"/task-001")
	saved := call[struct{ Config arguments }](s, "GET", "/api/v1/task-templates/template-001", "")
	if diff := cmp.Diff(want, saved.Config); diff != "" {
		t.Errorf("the template (-want +got):\n%s", diff)
	}

	s.Go("/training-jobs/task-001")
	s.WaitText("#job-facts", "sh -c")
	s.WaitText("#job-facts", `"set -e\ncd \"${HOME}\"\\" "" "two words"`)
	s.WaitText("#job-facts", `A=b=c EMPTY= "LINES=1\n2"`)
	s.WaitText("#terraform", `["sh", "-c"]`)
	s.Go(createPage + "?from=task-001")
	s.WaitText("#terraform", `["sh", "-c"]`)
	equal(t, "the folded fields are open", browsertest.Eval[bool](s.Tab, `document.querySelector("#more").open`), true)
	s.Click("#create")
	s.WaitPath("/training-jobs")
	check("the duplicate", tasks+"/task-002")

	// The API's refusal is shown at the field.
	s.Tolerate("status of 422")
	s.openCreate("")
	s.dataset("too much")
	browsertest.Eval[any](s.Tab, `document.querySelector("#more").open = false`)
	s.lines("#args", "x\n"+strings.Repeat("y", 32<<10))
	s.Click("#create")
	s.WaitText("#form-error", "32768")
	equal(t, "the field at fault", browsertest.Eval[string](s.Tab, `document.querySelector("[aria-invalid]").id`), "args")
}
