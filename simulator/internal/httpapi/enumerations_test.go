package httpapi

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/sourcetest"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/history"
)

func apiConstants(t *testing.T, ofType string) []string {
	return sourcetest.Constants(t, "../api", ofType)
}

// Every value that the cluster has is one of the API's, and the API promises none that there is not.
func TestEnumerationsAreTheContracts(t *testing.T) {
	windows := make([]string, len(history.Windows))
	for i := range windows {
		windows[i] = history.Windows[i].Name
	}
	slices.Sort(windows)
	states := []string{cluster.Up.String(), cluster.Draining.String(), cluster.Failed.String()}
	slices.Sort(states)
	for _, c := range []struct {
		contract string
		got      []string
	}{
		{"TaskStatus", sourcetest.Constants(t, "../world", "Status")},
		{"TaskPhase", sourcetest.Constants(t, "../world", "Phase")},
		{"Priority", sourcetest.Constants(t, "../world", "Priority")},
		{"LaunchMode", sourcetest.Constants(t, "../world", "LaunchMode")},
		{"StatusReason", sourcetest.Constants(t, "../world", "End*", "Preempted")},
		{"WaitReason", sourcetest.Constants(t, "../world", "Wait*")},
		{"EventReason", sourcetest.Constants(t, "../world", "End*", "Wait*", "PullRetried", "Preempted")},
		{"Verdict", sourcetest.Constants(t, "../forecast", "Verdict")},
		{"SuggestionKind", sourcetest.Constants(t, "../forecast", "Kind")},
		{"ClockMode", sourcetest.Constants(t, "../engine", "Mode")},
		{"HistoryWindow", windows},
		{"NodeState", states},
	} {
		if diff := cmp.Diff(apiConstants(t, c.contract), c.got); diff != "" {
			t.Errorf("%s: the contract's values (-) are not the cluster's (+):\n%s", c.contract, diff)
		}
	}
	// A stream and a history tell of tasks; a task that was deleted has no history.
	events := sourcetest.Constants(t, "../world", "EventType")
	events = slices.DeleteFunc(events, func(e string) bool { return e == "environment" || e == "node" })
	if diff := cmp.Diff(apiConstants(t, "TaskChangeType"), events); diff != "" {
		t.Errorf("TaskChangeType:\n%s", diff)
	}
	events = slices.DeleteFunc(events, func(e string) bool { return e == string(api.TaskChangeTypeDeleted) })
	if diff := cmp.Diff(apiConstants(t, "TaskEventType"), events); diff != "" {
		t.Errorf("TaskEventType:\n%s", diff)
	}
}

// Every reason of a refusal is given somewhere.
func TestEveryErrorReasonIsGiven(t *testing.T) {
	given := sourcetest.Constants(t, "../world", "Reason*")
	reasons := apiConstants(t, "ErrorReason")
	for _, reason := range given {
		if !slices.Contains(reasons, reason) {
			t.Errorf("the contract lacks the reason %s", reason)
		}
	}
	var source strings.Builder
	files, _ := filepath.Glob("*.go")
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		source.Write(text)
	}
	names := constantNames(t)
	for _, reason := range reasons {
		if !slices.Contains(given, reason) && !strings.Contains(source.String(), "api."+names[reason]) {
			t.Errorf("nothing gives the reason %s", reason)
		}
	}
}

// constantNames returns the names of the constants of error reasons.
func constantNames(t *testing.T) map[string]string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), "../api/models.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	ast.Inspect(parsed, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if ofType, ok := spec.Type.(*ast.Ident); ok && ofType.Name == "ErrorReason" {
			text, _ := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			names[text] = spec.Names[0].Name
		}
		return true
	})
	return names
}
