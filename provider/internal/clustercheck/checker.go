package clustercheck

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
)

// A Checker finds out which cluster the configured endpoint serves: once for each configured provider. It is safe for
// concurrent use.
type Checker struct {
	client  *fermi.Client
	rootCAs *x509.CertPool

	// refreshed tells that this run reads objects, as a plan does unless it is told not to refresh, and an apply doesn't.
	Refreshed atomic.Bool

	mu       sync.Mutex
	done     bool
	current  Home
	failed   error
	failedAt time.Time
	gone     map[Home]bool
}

func New(client *fermi.Client, rootCAs *x509.CertPool) *Checker {
	return &Checker{client: client, rootCAs: rootCAs, gone: map[Home]bool{}}
}

// Current returns the cluster that the endpoint serves, for a change of objects.
func (l *Checker) Current(ctx context.Context) (Home, error) {
	return l.look(ctx, failedLookAge, lookPatience)
}

// look returns the cluster that the endpoint serves. Its ID is empty where the API has no call for it. A failure younger than shared
// is returned without another look, and no look takes longer than patience.
func (l *Checker) look(ctx context.Context, shared, patience time.Duration) (Home, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.done {
		return l.current, nil
	}
	if l.failed != nil && time.Since(l.failedAt) < shared {
		return Home{}, l.failed
	}
	looking, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cluster, err := l.client.GetCluster(looking)
	switch {
	case err == nil:
		l.current = Home{ID: cluster.ID, Name: cluster.Name, Endpoint: l.client.Endpoint(), Ephemeral: cluster.Ephemeral}
	case fermi.IsLacking(err):
	case ctx.Err() != nil:
		return Home{}, err // the caller's patience ended, which tells nothing of the API
	default:
		l.failed, l.failedAt = err, time.Now()
		return Home{}, err
	}
	l.done = true
	return l.current, nil
}

// isGone tells whether an ephemeral cluster has ended: nothing answers with its id where it was last seen. What asks for a token, is
// in trouble, leads elsewhere or has a certificate that isn't trusted might still be it.
func (l *Checker) isGone(ctx context.Context, home Home) bool {
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
		gone = err != nil && !mayBeAlive(err) || err == nil && found.ID != home.ID
		l.gone[home] = gone
	}
	return gone
}

// mayBeAlive tells whether a failed look leaves open that the cluster looked for is there.
func mayBeAlive(err error) bool {
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

// NotePlanned writes the present cluster into the private state of an object that is planned to be created, unless a cluster is there
// already, which is that of the object to be replaced. Terraform gives a deletion that replaces a tainted object the private state of
// the planned creation, and no other.
func (l *Checker) NotePlanned(ctx context.Context, private PrivateState) diag.Diagnostics {
	kept, diags := ReadHome(ctx, private)
	if kept.ID != "" || diags.HasError() {
		return diags
	}
	if present, err := l.look(ctx, planLookAge, planLookTimeout); err == nil {
		present.Planned, present.Read = true, l.Refreshed.Load()
		diags.Append(present.Keep(ctx, private)...)
	}
	return diags
}
