package trainingtask

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
)

// A container's log, and the API's messages about a task, reach a terminal as plain text.
func TestHostileTextsOfAFailedTaskAreEscaped(t *testing.T) {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"code":200,"message":"OK","data":{"lines":["one","\u001b[2Jtwo","\u202ethree\r\n"]}}`))
	}))
	defer api.Close()
	client, err := fermi.New(fermi.Options{Endpoint: api.URL})
	if err != nil {
		t.Fatal(err)
	}
	task := fermi.Task{TrainingTask: fermi.TrainingTask{
		TaskID: "task\u001b-001", Status: fermi.TaskStatusFailed, StatusReason: "R\u0007", StatusMessage: "m\u009b\u2066",
	}}
	diagnostics := wait{client: client, creating: true}.outcome(t.Context(), task, nil)
	if len(diagnostics) != 1 {
		t.Fatalf("got %v", diagnostics)
	}
	text := diagnostics[0].Summary() + "\n" + diagnostics[0].Detail()
	want := "The end of its log:\none\n" + `\u001b[2Jtwo` + "\n" + `\u202ethree\r\n`
	if !strings.Contains(text, want) || strings.ContainsAny(text, "\u001b\u0007\u009b\u2066\u202e\r") {
		t.Errorf("got %q", text)
	}
}
