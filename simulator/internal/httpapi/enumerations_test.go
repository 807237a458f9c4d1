package httpapi

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/history"
)

// constants returns the texts of a package's exported constants, sorted. They are of one of the types, or have one of the names; End* is
// for all names that begin with End.
func constants(t *testing.T, folder string, types ...string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			if d, ok := d.(*ast.GenDecl); ok && d.Tok == token.CONST {
				values = append(values, textsOf(d, types)...)
			}
		}
	}
	if len(values) == 0 {
		t.Fatalf("%s has no constants of %v", folder, types)
	}
	slices.Sort(values)
	return values
}

func textsOf(d *ast.GenDecl, types []string) (texts []string) {
	for _, spec := range d.Specs {
		spec := spec.(*ast.ValueSpec)
		ofType, typed := spec.Type.(*ast.Ident)
		for i, name := range spec.Names {
			wanted := slices.ContainsFunc(types, func(t string) bool {
				if prefix, ok := strings.CutSuffix(t, "*"); ok {
					return strings.HasPrefix(name.Name, prefix)
				}
				return typed && ofType.Name == t || name.Name == t
			})
			if !wanted || !name.IsExported() || i >= len(spec.Values) {
				continue
			}
			if literal, ok := spec.Values[i].(*ast.BasicLit); ok {
				if text, err := strconv.Unquote(literal.Value); err == nil {
					texts = append(texts, text)
				}
			}
		}
	}
	return texts
}

func apiConstants(t *testing.T, ofType string) []string { return constants(t, "../api", ofType) }

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
		{"TaskStatus", constants(t, "../world", "Status")},
		{"TaskPhase", constants(t, "../world", "Phase")},
		{"LaunchMode", constants(t, "../world", "LaunchMode")},
		{"StatusReason", constants(t, "../world", "End*")},
		{"WaitReason", constants(t, "../world", "Wait*")},
		{"EventReason", constants(t, "../world", "End*", "Wait*", "PullRetried")},
		{"Verdict", constants(t, "../forecast", "Verdict")},
		{"SuggestionKind", constants(t, "../forecast", "Kind")},
		{"ClockMode", constants(t, "../engine", "Mode")},
		{"HistoryWindow", windows},
		{"NodeState", states},
	} {
		if diff := cmp.Diff(apiConstants(t, c.contract), c.got); diff != "" {
			t.Errorf("%s: the contract's values (-) are not the cluster's (+):\n%s", c.contract, diff)
		}
	}
	// A stream and a history tell of tasks; a task that was deleted has no history.
	events := constants(t, "../world", "EventType")
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
	given := constants(t, "../world", "Reason*")
	reasons := apiConstants(t, "ErrorReason")
	for _, reason := range given {
		if !slices.Contains(reasons, reason) {
			t.Errorf("the contract lacks the reason %s", reason)
		}
	}
	var source strings.Builder
	files, _ := filepath.Glob("*.go")
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || file == "messages.go" {
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

// Every code has words in both languages, and there are words for nothing else.
func TestEveryCodeHasWords(t *testing.T) {
	worded := func(contract string, messages map[string]message) {
		t.Helper()
		if diff := cmp.Diff(apiConstants(t, contract), slices.Sorted(maps.Keys(messages))); diff != "" {
			t.Errorf("%s: codes (-), words (+):\n%s", contract, diff)
		}
		for code, m := range messages {
			if m.chinese == "" || m.english == "" {
				t.Errorf("%s %s lacks words in a language", contract, code)
			}
		}
	}
	worded("ErrorReason", byText(errorMessages))
	worded("EventReason", byText(eventReasonMessages))
	worded("StreamResetReason", byText(resetMessages))
	worded("Verdict", byText(verdictMessages))
	worded("SuggestionKind", byText(suggestionMessages))
}

func byText[K ~string](messages map[K]message) map[string]message {
	texts := map[string]message{}
	for code, m := range messages {
		texts[string(code)] = m
	}
	return texts
}
