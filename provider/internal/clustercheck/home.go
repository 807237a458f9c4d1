package clustercheck

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

const (
	// clusterKey is the key of the cluster in an object's private state.
	clusterKey = "cluster"
	// lookTimeout bounds a request to an endpoint that the provider isn't configured for.
	lookTimeout = 2 * time.Second
	// lookPatience bounds the request before a change, retries included.
	lookPatience = 5 * time.Minute
	// planLookAge and planLookTimeout are for planning, which does without the cluster rather than wait for it.
	planLookAge     = time.Minute
	planLookTimeout = 10 * time.Second
	// failedLookAge is how long a failure is shared, so that the objects of an apply wait for an unreachable API together.
	failedLookAge = 10 * time.Second
)

// Home is the cluster that holds an object, as recorded in the object's private state.
type Home struct {
	ID        string `json:"id"` // empty if unknown
	Name      string `json:"name"`
	Endpoint  string `json:"endpoint"` // where the cluster was last seen
	Ephemeral bool   `json:"ephemeral"`
	// Planned is set if an object was planned to be created here. A tainted object that it replaces is known to be in this
	// cluster only if the plan has read it.
	Planned bool `json:"planned,omitempty"`
	Read    bool `json:"read,omitempty"` // with Planned: the plan has read the object
}

func (h Home) String() string {
	return fmt.Sprintf("%q (id %s) at %s", h.Name, h.ID, h.Endpoint)
}

// PrivateState is the private state of a resource instance.
type PrivateState interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// ReadHome reads the cluster from private state. Its ID is empty if none is recorded, as in states of older versions.
func ReadHome(ctx context.Context, private PrivateState) (Home, diag.Diagnostics) {
	var home Home
	value, diags := private.GetKey(ctx, clusterKey)
	if len(value) > 0 {
		if err := json.Unmarshal(value, &home); err != nil {
			diags.AddError("State can't be read",
				fmt.Sprintf("The private state names the object's cluster as %q, which is no JSON object: %s.", value, err))
		}
	}
	return home, diags
}

// Keep writes the cluster into private state. It does nothing if the cluster is unknown.
func (h Home) Keep(ctx context.Context, private PrivateState) diag.Diagnostics {
	if h.ID == "" {
		return nil
	}
	value, err := json.Marshal(h)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("State can't be kept",
			"Writing the object's cluster into its private state: "+err.Error())}
	}
	return private.SetKey(ctx, clusterKey, value)
}
