package trainingtask

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
	"github.com/google/uuid"
)

func TestLostCreationIsNotFoundAtAnyPrice(t *testing.T) {
	api, err := simulator.New(simulator.Options{Clock: simulator.Manual})
	if err != nil {
		t.Fatal(err)
	}
	defer api.Close()
	refused := false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if refused {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		api.ServeHTTP(w, r)
	}))
	defer server.Close()
	client, err := fermi.New(fermi.Options{Endpoint: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	request := fermi.TrainingTaskRequest{TaskName: "n", DatasetID: "dataset-001", DatasetVersionID: "version-001"}

	lost := lostTask(request, uuid.NewString(), time.Now().Add(-25*time.Hour))
	id, diags := lost.Find(t.Context(), client)
	if id != "" || diags.HasError() || len(diags) != 1 || !strings.Contains(diags[0].Detail(), lost.At.Format(time.RFC3339)) {
		t.Errorf("a creation whose key is forgotten: %q, %v", id, diags)
	}

	request.DatasetID = "dataset-404"
	lost = lostTask(request, uuid.NewString(), time.Now())
	if id, diags := lost.Find(t.Context(), client); id != "" || len(diags) > 0 {
		t.Errorf("a creation that the API refuses: %q, %v", id, diags)
	}

	refused = true
	if id, diags := lost.Find(t.Context(), client); id != "" || !diags.HasError() {
		t.Errorf("a creation that the API tells nothing of: %q, %v", id, diags)
	}
	refused = false
	if tasks, err := client.ListTasks(t.Context(), fermi.ListTrainingTasksParams{}); err != nil || len(tasks) > 0 {
		t.Errorf("tasks: %v, %v", tasks, err)
	}
}
