package console_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/browsertest"
)

// limits are the fields of a task or a template that say how long it may run and who goes before whom.
type limits struct {
	MaxDuration, MaxRestarts *int
	Priority                 string
	Preemptible              bool
}

// Limits are the same in the preview, in the request, on the task's page, in a duplicate, in a template and in a draft.
func TestLimits(t *testing.T) {
	s := open(t)
	s.openCreate("")
	s.dataset("limited")
	s.zone("az-bj-a")
	for _, name := range []string{"priority", "max_duration", "max_restarts", "preemptible"} {
		if text := s.Text("#terraform"); strings.Contains(text, name) {
			t.Errorf("at first the preview has %s:\n%s", name, text)
		}
	}
	s.Click("#more summary")
	s.Choose("#priority", "high")
	s.Fill("#max-duration", " 1d 12h30m ")
	s.Fill("#max-restarts", "0")
	s.Click("#preemptible")
	preview := func(when string) {
		t.Helper()
		for _, line := range []string{
			`priority           = "high"`, `max_duration       = "36h30m"`, `max_restarts       = 0`, `preemptible        = true`,
		} {
			s.WaitText("#terraform", line)
		}
	}
	preview("typed")
	form := func() string {
		t.Helper()
		ticked := browsertest.Eval[bool](s.Tab, `document.querySelector("#preemptible").checked`)
		return fmt.Sprint(s.value("priority"), " ", s.value("max-duration"), " ", s.value("max-restarts"), " ", ticked)
	}
	s.Choose("#language", "en")
	s.WaitText("#summary", "Create resources dynamically")
	equal(t, "the draft", form(), "high  1d 12h30m  0 true")
	preview("drafted")
	s.Click("#templates summary")
	s.Fill("#template-name", "limits")
	s.Click("#template-save")
	s.WaitText("#template-list", "limits")
	s.Press(browsertest.Escape)
	s.Click("#create")
	s.WaitPath("/training-jobs")

	duration, restarts := 36*3600+1800, 0
	want := limits{MaxDuration: &duration, MaxRestarts: &restarts, Priority: "high", Preemptible: true}
	check := func(what string, got limits) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	check("the task", call[limits](s, "GET", tasks+"/task-001", ""))
	check("the template", call[struct{ Config limits }](s, "GET", "/api/v1/task-templates/template-001", "").Config)
	s.Go(createPage + "?from=task-001")
	preview("duplicated")
	equal(t, "the duplicate", form(), "high 36h30m 0 true")
	equal(t, "the folded fields are open", browsertest.Eval[bool](s.Tab, `document.querySelector("#more").open`), true)
	s.openCreateEnglish()
	s.Click("#templates summary")
	s.WaitText("#template-list", "limits")
	s.Click("#template-list .use")
	preview("from the template")
	equal(t, "the template in the form", form(), "high 36h30m 0 true")
	s.Click("#create")
	s.WaitPath("/training-jobs")
	check("the task of the template", call[limits](s, "GET", tasks+"/task-002", ""))
}

// What is as it was at first is not in the request.
func TestLimitsThatAreNotSet(t *testing.T) {
	s := open(t)
	s.openCreate("")
	s.dataset("plain")
	s.Click("#more summary")
	s.Choose("#priority", "low")
	s.WaitText("#terraform", `"low"`)
	s.Choose("#priority", "normal")
	s.Click("#preemptible")
	s.Click("#preemptible")
	s.Click("#create")
	s.WaitPath("/training-jobs")
	sent := call[[]struct{ Body string }](s, "GET", "/sim/v1/requests?method=POST&path="+tasks, "")
	equal(t, "requests", len(sent), 1)
	equal(t, "the request", sent[0].Body, `{"taskName":"plain","datasetId":"dataset-001","datasetVersionId":"version-001",`+
		`"launchMode":"existing","environmentId":"env-001"}`)
	s.Go(createPage + "?from=task-001")
	s.WaitText("#terraform", "plain")
	equal(t, "the folded fields are open", browsertest.Eval[bool](s.Tab, `document.querySelector("#more").open`), false)
}

// A limit that can't be read, or is out of its range, is told at its field and in the preview, and is neither sent nor saved.
func TestMistakenLimits(t *testing.T) {
	s := open(t)
	s.openCreate("")
	s.dataset("mistaken")
	for _, c := range []struct{ field, text, message, comment string }{
		{"max-duration", "12", "最长时间须为 1 分钟到 3650 天，写作 12h、90m 或 1d12h", "# max_duration: "},
		{"max-duration", "soon", "最长时间须为", "# max_duration: "},
		{"max-duration", "59s", "最长时间须为", "# max_duration: "},
		{"max-duration", "3651d", "最长时间须为", "# max_duration: "},
		{"max-duration", "-2h", "最长时间须为", "# max_duration: "},
		{"max-restarts", "101", "最多重启次数须为 0 到 100 的整数", "# max_restarts: "},
		{"max-restarts", "1.5", "最多重启次数须为", "# max_restarts: "},
		{"max-restarts", "-", "最多重启次数须为", "# max_restarts: "},
	} {
		browsertest.Eval[any](s.Tab, `document.querySelector("#more").open = true`)
		s.Fill("#"+c.field, c.text)
		s.WaitText("#terraform", c.comment)
		browsertest.Eval[any](s.Tab, `document.querySelector("#more").open = false`)
		s.Click("#create")
		s.WaitText("#form-error", c.message)
		got := browsertest.Eval[string](s.Tab, `document.querySelector("[aria-invalid]").id + " " + document.activeElement.id`)
		equal(t, c.text+": the field at fault", got, c.field+" "+c.field)
		if about := browsertest.Eval[[]string](s.Tab, fmt.Sprintf(`document.getElementById(%q).getAttribute("aria-describedby").split(" ")`,
			c.field)); len(about) != 2 || about[1] != "field-error" {
			t.Errorf("%s: the field is described by %q", c.text, about)
		}
		s.Click("#templates summary")
		s.Fill("#template-name", "mistaken")
		s.Click("#template-save")
		s.WaitText("#form-error", c.message)
		s.Wait(`!document.querySelector("#templates").open`)
		s.Fill("#"+c.field, "")
		s.Wait(`document.querySelector("[aria-invalid]") === null`)
	}
	s.wantNothingSubmitted()
	if saved := call[[]any](s, "GET", "/api/v1/task-templates", ""); len(saved) > 0 {
		t.Errorf("templates were saved: %v", saved)
	}
	s.Fill("#max-duration", "90m")
	s.Click("#create")
	s.WaitPath("/training-jobs")
	equal(t, "the limit", *call[limits](s, "GET", tasks+"/task-001", "").MaxDuration, 5400)
}

// openCreateEnglish is openCreate after English was chosen.
func (s *site) openCreateEnglish() {
	s.t.Helper()
	s.Go(createPage)
	s.Wait(`document.querySelector("#dataset").options.length > 1
		&& !document.querySelector("#environment-list").hasAttribute("aria-busy")`)
}
