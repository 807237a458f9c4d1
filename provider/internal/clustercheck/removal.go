package clustercheck

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/apierror"
)

// A Removal is how to delete an object: read returns its current revision, and remove deletes that revision.
type Removal struct {
	Read   func() (created time.Time, etag string, err error)
	Remove func(etag string) error
}

// Remove deletes an object if it is the one in the state. A missing object counts as deleted.
func (o Claim) Remove(tried string, createdAt types.String, object Removal) diag.Diagnostics {
	for attempt := 1; ; attempt++ {
		created, etag, err := object.Read()
		switch {
		case fermi.IsNotFound(err) && o.Unchecked:
			return diag.Diagnostics{o.NotFound(tried, err)}
		case fermi.IsNotFound(err):
			return nil
		case fermi.IsGone(err):
		case err != nil:
			return diag.Diagnostics{apierror.Diagnostic(tried, err)}
		case IsOther(createdAt, created):
			return diag.Diagnostics{o.OtherObject(tried, createdAt, created)}
		}
		err = object.Remove(etag)
		switch {
		case fermi.IsStale(err) && attempt < MaxRevisions:
			// The task's status has changed since it was read. Read it again, to see whether it is still the same task.
		case err != nil:
			return diag.Diagnostics{apierror.Diagnostic(tried, err)}
		default:
			return nil
		}
	}
}

// MaxRevisions bounds how often a change is repeated because the object has changed meanwhile.
const MaxRevisions = 20
