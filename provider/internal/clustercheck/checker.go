// Package clustercheck makes sure that an object in the state is changed only in the cluster that holds it.
//
// Ids such as task-001 exist in every cluster, so an id alone doesn't name an object. Each object keeps the id of its cluster in
// its private state (Home). Before each call a Checker compares it with the cluster that the endpoint serves, and a Claim is the
// result. The client of a Claim sends the cluster's id along, so that the API refuses a call that reaches another cluster.
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

// A Checker finds out which cluster the configured endpoint serves, once for each configured provider. It is safe for concurrent
// use.
type Checker struct {
	client  *fermi.Client
	rootCAs *x509.CertPool

	// Refreshed is set once this run has read an object. A plan does so unless it is told not to refresh; an apply doesn't.
	Refreshed atomic.Bool

	mu       sync.Mutex
	done     bool
	current  Home
	failed   error
	failedAt time.Time
	gone     map[Home]bool
}

// New returns a Checker for the client's endpoint. rootCAs verify the certificates of other endpoints; nil means the system's.
func New(client *fermi.Client, rootCAs *x509.CertPool) *Checker {
	return &Checker{client: client, rootCAs: rootCAs, gone: map[Home]bool{}}
}

// Current returns the cluster that the endpoint serves. It waits for an API that is down, as a change of objects should.
func (l *Checker) Current(ctx context.Context) (Home, error) {
	return l.look(ctx, failedLookAge, lookPatience)
}

// look returns the cluster that the endpoint serves. Its ID is empty if the API has no such call. A failure younger than shared
// is returned without another request, and a request takes at most patience.
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
		return Home{}, err // the caller gave up, which says nothing about the API
	default:
		l.failed, l.failedAt = err, time.Now()
		return Home{}, err
	}
	l.done = true
	return l.current, nil
}

// isGone reports whether an ephemeral cluster has ended, that is, nothing answers with its id where it was last seen. A server
// that asks for a token, fails, redirects or has an untrusted certificate might still be it.
func (l *Checker) isGone(ctx context.Context, home Home) bool {
	if !home.Ephemeral {
		return false
	}
	if home.Endpoint == l.client.Endpoint() {
		return true // the endpoint was just found to serve another cluster
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

// mayBeAlive reports whether a cluster may still exist although it could not be asked.
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

// NotePlanned records the present cluster in the private state of an object that is planned to be created, unless a cluster is
// recorded already: that is the cluster of the object to be replaced. When a tainted object is replaced, Terraform gives its
// deletion the private state of the planned creation, and nothing else.
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
