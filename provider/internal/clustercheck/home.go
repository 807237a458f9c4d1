package clustercheck

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

const (
	// clusterKey is the key of an object's private state that has the cluster which holds the object.
	clusterKey = "cluster"
	// lookTimeout bounds the look at an endpoint that the provider isn't configured for.
	lookTimeout = 2 * time.Second
	// lookPatience bounds the look before a change, with its retries.
	lookPatience = 5 * time.Minute
	// planLookAge and planLookTimeout are for a look while planning, which does without rather than wait.
	planLookAge     = time.Minute
	planLookTimeout = 10 * time.Second
	// failedLookAge is how long a failed look is shared, so that an API out of reach holds up the objects of an apply together.
	failedLookAge = 10 * time.Second
)

// A Home is the cluster that holds an object, as the object's private state keeps it. Ids of objects are the same in every
// cluster, so only this tells whose task-001 is meant.
type Home struct {
	ID        string `json:"id"` // empty when it isn't known
	Name      string `json:"name"`
	Endpoint  string `json:"endpoint"` // where it was last seen
	Ephemeral bool   `json:"ephemeral"`
	// Planned tells that this is where a creation was planned to be made. What such a creation replaces, a tainted object, is of this
	// cluster only if the plan has read it.
	Planned bool `json:"planned,omitempty"`
	Read    bool `json:"read,omitempty"` // with Planned: the plan has read its objects
}

func (h Home) String() string {
	return fmt.Sprintf("%q (id %s) at %s", h.Name, h.ID, h.Endpoint)
}

// PrivateState is the private state of a resource's object.
type PrivateState interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// ReadHome reads the cluster from private state; its ID is empty when there is none, as in a state of an older version.
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

// Keep writes the cluster into private state, unless it isn't known.
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
