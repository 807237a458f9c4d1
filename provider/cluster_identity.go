package provider

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
)

const (
	// clusterKey is the key of an object's private state that has the cluster which holds the object.
	clusterKey = "cluster"
	// lookTimeout bounds the look at an endpoint that the provider isn't configured for.
	lookTimeout = 2 * time.Second
	// lookPatience bounds the look before a change, with its retries.
	lookPatience = 5 * time.Minute
	// failedLookAge is how long a failed look is shared, so that an API out of reach holds up the objects of an apply together.
	failedLookAge = 10 * time.Second
)

// A homeCluster is the cluster that holds an object, as the object's private state keeps it. Ids of objects are the same in every
// cluster, so only this tells whose task-001 is meant.
type homeCluster struct {
	ID        string `json:"id"` // empty when it isn't known
	Name      string `json:"name"`
	Endpoint  string `json:"endpoint"` // where it was last seen
	Ephemeral bool   `json:"ephemeral"`
	// Planned tells that this is where a creation was planned to be made. What such a creation replaces, a tainted object, is of this
	// cluster only if the plan has read it.
	Planned bool `json:"planned,omitempty"`
	Read    bool `json:"read,omitempty"` // with Planned: the plan has read its objects
}

func (h homeCluster) String() string {
	return fmt.Sprintf("%q (id %s) at %s", h.Name, h.ID, h.Endpoint)
}

// privateState is the private state of a resource's object.
type privateState interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// readHome reads the cluster from private state; its ID is empty when there is none, as in a state of an older version.
func readHome(ctx context.Context, private privateState) (homeCluster, diag.Diagnostics) {
	var home homeCluster
	value, diags := private.GetKey(ctx, clusterKey)
	if len(value) > 0 {
		if err := json.Unmarshal(value, &home); err != nil {
			diags.AddError("State can't be read",
				fmt.Sprintf("The private state names the object's cluster as %q, which is no JSON object: %s.", value, err))
		}
	}
	return home, diags
}

// keep writes the cluster into private state, unless it isn't known.
func (h homeCluster) keep(ctx context.Context, private privateState) diag.Diagnostics {
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

// A clusterLook finds out which cluster the configured endpoint serves: once for each configured provider. It is safe for
// concurrent use.
type clusterLook struct {
	client  *fermi.Client
	rootCAs *x509.CertPool

	// refreshed tells that this run reads objects, as a plan does unless it is told not to refresh, and an apply doesn't.
	refreshed atomic.Bool

	mu       sync.Mutex
	done     bool
	present  homeCluster
	failed   error
	failedAt time.Time
	gone     map[homeCluster]bool
}

func newClusterLook(client *fermi.Client, rootCAs *x509.CertPool) *clusterLook {
	return &clusterLook{client: client, rootCAs: rootCAs, gone: map[homeCluster]bool{}}
}

// current returns the cluster that the endpoint serves, for a change of objects.
func (l *clusterLook) current(ctx context.Context) (homeCluster, error) {
	return l.look(ctx, failedLookAge, lookPatience)
}

// look returns the cluster that the endpoint serves. Its ID is empty where the API has no call for it. A failure younger than shared
// is returned without another look, and no look takes longer than patience.
func (l *clusterLook) look(ctx context.Context, shared, patience time.Duration) (homeCluster, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.done {
		return l.present, nil
	}
	if l.failed != nil && time.Since(l.failedAt) < shared {
		return homeCluster{}, l.failed
	}
	looking, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cluster, err := l.client.GetCluster(looking)
	switch {
	case err == nil:
		l.present = homeCluster{ID: cluster.ID, Name: cluster.Name, Endpoint: l.client.Endpoint(), Ephemeral: cluster.Ephemeral}
	case fermi.IsLacking(err):
	case ctx.Err() != nil:
		return homeCluster{}, err // the caller's patience ended, which tells nothing of the API
	default:
		l.failed, l.failedAt = err, time.Now()
		return homeCluster{}, err
	}
	l.done = true
	return l.present, nil
}

// isGone tells whether an ephemeral cluster has ended: nothing answers with its id where it was last seen. What asks for a token, is
// in trouble, leads elsewhere or has a certificate that isn't trusted might still be it.
func (l *clusterLook) isGone(ctx context.Context, home homeCluster) bool {
	if !home.Ephemeral {
		return false
	}
	if home.Endpoint == l.client.Endpoint() {
		return true // the look has just found another one there
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	gone, known := l.gone[home]
	if !known {
		looking, cancel := context.WithTimeout(ctx, lookTimeout)
		defer cancel()
		found, err := fermi.LookAt(looking, home.Endpoint, l.rootCAs)
		if ctx.Err() != nil {
			return false
		}
		gone = err != nil && !mightLive(err) || err == nil && found.ID != home.ID
		l.gone[home] = gone
	}
	return gone
}

// mightLive tells whether a failed look leaves open that the cluster looked for is there.
func mightLive(err error) bool {
	var untrusted *tls.CertificateVerificationError
	var e *fermi.Error
	if errors.As(err, &untrusted) {
		return true
	}
	if !errors.As(err, &e) {
		return false
	}
	switch e.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired, http.StatusTooManyRequests:
		return true
	}
	return e.Status >= 300 && e.Status < 400 || e.Status >= 500
}

// An owned object is one whose cluster was looked at before a call.
type owned struct {
	client *fermi.Client // refuses to reach any other cluster
	home   homeCluster   // the cluster that the endpoint serves
	// sure tells that the object is known to be of that cluster; else only the time of its creation can tell.
	sure bool
	// unchecked tells that the object's cluster is known, and that the API doesn't say which cluster it serves.
	unchecked bool
	// forgotten tells that the cluster which held the object was ephemeral and has ended, and the object with it.
	forgotten bool
}

// claim finds out whether an object of the state belongs to the cluster that the endpoint serves. tried says what is to be done with
// it, as in "Reading training task task-001". An object of another cluster is an error, or is forgotten where its cluster has ended.
func (l *clusterLook) claim(ctx context.Context, private privateState, tried string) (owned, diag.Diagnostics) {
	kept, diags := readHome(ctx, private)
	if diags.HasError() {
		return owned{}, diags
	}
	if kept.Planned && !kept.Read {
		diags.AddError("Object's cluster isn't known", tried+": the plan was made without a refresh, so nobody has looked in which cluster the "+
			"object is that it replaces. Nothing was changed. Plan again without -refresh=false.")
		return owned{}, diags
	}
	return l.claimFrom(ctx, kept, tried)
}

// claimToRead is claim for a look at the object. Where a deletion failed, Terraform has put the private state of the planned creation in
// the place of the object's own: then nothing is known of its cluster.
func (l *clusterLook) claimToRead(ctx context.Context, private privateState, tried string) (owned, diag.Diagnostics) {
	kept, diags := readHome(ctx, private)
	if diags.HasError() {
		return owned{}, diags
	}
	if kept.Planned && !kept.Read {
		kept = homeCluster{}
	}
	return l.claimFrom(ctx, kept, tried)
}

func (l *clusterLook) claimFrom(ctx context.Context, kept homeCluster, tried string) (owned, diag.Diagnostics) {
	var diags diag.Diagnostics
	present, err := l.current(ctx)
	if err != nil {
		diags.Append(apiError(tried+", asking first which cluster the API serves", err))
		return owned{}, diags
	}
	claimed := owned{
		client: l.client.ForCluster(cmp.Or(present.ID, kept.ID)), home: present,
		sure: kept.ID != "" && kept.ID == present.ID, unchecked: kept.ID != "" && present.ID == "",
	}
	switch {
	case claimed.sure || kept.ID == "" || claimed.unchecked:
	case l.isGone(ctx, kept):
		claimed.forgotten = true
		diags.AddWarning("The simulated cluster of some objects has ended, and they with it",
			fmt.Sprintf("%s: it was in the ephemeral cluster %s, which no longer answers there. The provider's endpoint now serves cluster %s, "+
				"where nothing was touched. The object is taken as deleted.", tried, kept, present))
	default:
		diags.AddError("Object of another cluster",
			fmt.Sprintf("%s: it is in cluster %s, but the provider's endpoint serves cluster %s. Nothing was read or changed, since an object "+
				"of that id there is somebody else's.\n\nSet the provider's endpoint to the API of the object's cluster. If the object is no longer "+
				"to be managed here, run terraform state rm with the resource's address: the object stays as it is in its cluster.",
				tried, kept, present))
	}
	return claimed, diags
}

// plan writes the present cluster into the private state of an object that is planned to be created, unless a cluster is there
// already, which is that of the object to be replaced. Terraform gives a deletion that replaces a tainted object the private state of
// the planned creation, and no other.
func (l *clusterLook) plan(ctx context.Context, private privateState) diag.Diagnostics {
	kept, diags := readHome(ctx, private)
	if kept.ID != "" || diags.HasError() {
		return diags
	}
	if present, err := l.look(ctx, troubleAge, factTimeout); err == nil {
		present.Planned, present.Read = true, l.refreshed.Load()
		diags.Append(present.keep(ctx, private)...)
	}
	return diags
}

// A removal is how an object is deleted: read looks at it, and remove deletes the revision with that ETag.
type removal struct {
	read   func() (created time.Time, etag string, err error)
	remove func(etag string) error
}

// remove deletes an object, if it is the one in the state. One that is missing is taken as deleted.
func (o owned) remove(tried string, createdAt types.String, object removal) diag.Diagnostics {
	for attempt := 1; ; attempt++ {
		created, etag, err := object.read()
		switch {
		case fermi.IsNotFound(err) && o.unchecked:
			return diag.Diagnostics{o.notFound(tried, err)}
		case fermi.IsNotFound(err):
			return nil
		case fermi.IsGone(err):
		case err != nil:
			return diag.Diagnostics{apiError(tried, err)}
		case isOther(createdAt, created):
			return diag.Diagnostics{o.otherObject(tried, createdAt, created)}
		}
		err = object.remove(etag)
		switch {
		case fermi.IsStale(err) && attempt < maxRevisions:
			// A task's status has moved on since the look; the next look shows whether it is still the same task.
		case err != nil:
			return diag.Diagnostics{apiError(tried, err)}
		default:
			return nil
		}
	}
}

// maxRevisions is how many revisions of an object a change follows before it gives up.
const maxRevisions = 20

// claimForUpdate is claim for an object that is to be changed in place, which one that was forgotten can't be.
func (l *clusterLook) claimForUpdate(ctx context.Context, private privateState, tried string) (owned, diag.Diagnostics) {
	claimed, diags := l.claim(ctx, private, tried)
	if claimed.forgotten {
		for i := range diags {
			diags[i] = asError(diags[i])
		}
		diags.AddError("Object no longer exists",
			tried+": its cluster has ended. Plan again: the refresh forgets the object, and the plan creates a new one.")
	}
	return claimed, diags
}

// isOther tells whether the object that the API has under an id was created at another time than the state says, and so is
// another one: a cluster whose older snapshot was restored gives ids out again.
func isOther(createdAt types.String, found time.Time) bool {
	return createdAt.ValueString() != "" && createdAt.ValueString() != timeText(found)
}

// otherObject reports an object that isn't the state's. Where the cluster is surely the same, the state's object no longer exists,
// which is a warning; where it isn't known, it may live in another cluster, which is an error.
func (o owned) otherObject(tried string, createdAt types.String, found time.Time) diag.Diagnostic {
	times := fmt.Sprintf("%s: the object that has this id at %s was created at %s, the one in the state at %s, so they are two objects. ",
		tried, o.client.Endpoint(), timeText(found), createdAt.ValueString())
	if o.sure {
		return diag.NewWarningDiagnostic("The object no longer exists, and its id belongs to another one", times+
			"The cluster gave the id out again, as it does after an older snapshot was restored. The other object was not touched; "+
			"the state's is taken as deleted.")
	}
	return diag.NewErrorDiagnostic("Object of another cluster", times+"Nothing was changed.\n\n"+
		"Set the provider's endpoint to the API of the object's cluster. If the object no longer exists, or is no longer to be managed here, "+
		"run terraform state rm with the resource's address.")
}

// otherThanPlanned is the error that the object of an update is another one than the state's.
func (o owned) otherThanPlanned(tried string, createdAt types.String, found time.Time) diag.Diagnostic {
	if !o.sure {
		return o.otherObject(tried, createdAt, found)
	}
	return diag.NewErrorDiagnostic("Object no longer exists", fmt.Sprintf("%s: the cluster has given its id to another object, which was created at %s; "+
		"the state's was created at %s. Nothing was changed. Plan again: the refresh drops the state's object, and the plan creates a new one.",
		tried, timeText(found), createdAt.ValueString()))
}

// notFound is the error that an object is missing at an API that doesn't say which cluster it serves: the object may live in its own.
func (o owned) notFound(tried string, err error) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Object isn't there, and may be elsewhere", fmt.Sprintf("%s: %s\n\n"+
		"The state knows the object's cluster, but the API doesn't say which one it serves, so the object may live in another one. "+
		"Check the provider's endpoint. If the object is gone, run terraform state rm with the resource's address.", tried, err))
}

// timeText is a time of the API as the state has it, RFC 3339 in UTC.
func timeText(t time.Time) string { return t.UTC().Format(time.RFC3339) }
