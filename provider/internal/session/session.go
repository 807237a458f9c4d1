// Package session is what a configured provider shares with its resources, data sources and actions.
package session

import (
	"fmt"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/clustercheck"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/clusterfacts"
)

// Session is the state of one configured provider.
type Session struct {
	Client  *fermi.Client
	Facts   *clusterfacts.Facts
	Cluster *clustercheck.Checker
	Seen    SeenTasks
	// CreatedTemplates are the ids of templates that this run created.
	CreatedTemplates sync.Map
}

// SeenTasks are tasks as this run last read them, so that a plan can describe them without another read. It is safe for
// concurrent use.
type SeenTasks struct{ byID sync.Map }

// Add stores a task as it was read.
func (s *SeenTasks) Add(task fermi.Task) { s.byID.Store(task.TaskID, task) }

// Get returns the task with the id, if it was read.
func (s *SeenTasks) Get(id string) (fermi.Task, bool) {
	task, ok := s.byID.Load(id)
	if !ok {
		return fermi.Task{}, false
	}
	return task.(fermi.Task), true
}

// Client returns the client from a provider's data. It is nil while the provider isn't configured, that is, during validation
// and while its own configuration is unknown.
func Client(data any, diags *diag.Diagnostics) *fermi.Client {
	shared := From(data, diags)
	if shared == nil {
		return nil
	}
	return shared.Client
}

// From returns the Session from a provider's data. It is nil while the provider isn't configured.
func From(data any, diags *diag.Diagnostics) *Session {
	if data == nil {
		return nil
	}
	shared, ok := data.(*Session)
	if !ok {
		diags.AddError("Provider misconfigured", fmt.Sprintf("Expected a client of the Fermi API, got %T. This is a bug in the provider; "+
			"please report it.", data))
		return nil
	}
	return shared
}

// RequireClient adds an error if the client is nil, and reports whether it isn't. tried says what needs it.
func RequireClient(client *fermi.Client, tried string, diags *diag.Diagnostics) bool {
	if client != nil {
		return true
	}
	diags.AddError("Fermi provider isn't configured yet", tried+" needs the API, but a value in the provider's "+
		"configuration is known only after apply. Create what it depends on first, with terraform apply -target=…, "+
		"or set FERMI_ENDPOINT and FERMI_TOKEN instead.")
	return false
}
