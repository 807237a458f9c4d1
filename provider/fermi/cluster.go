package fermi

import (
	"context"
	"crypto/x509"
	"errors"

	"github.com/google/uuid"
)

// clusterHeader names the cluster that a call is for. Another cluster refuses the call.
const clusterHeader = "Fermi-Cluster-Id"

// GetCluster returns the cluster that the API serves; see IsLacking.
func (c *Client) GetCluster(ctx context.Context) (Cluster, error) {
	call := getCluster()
	call.anyCluster = true
	var cluster Cluster
	got, err := c.do(ctx, call, &cluster)
	if err == nil && uuid.Validate(cluster.ID) != nil {
		err = c.failure(call, got, errors.New("the answer's cluster has no UUID"))
	}
	if err != nil {
		return Cluster{}, err
	}
	return cluster, nil
}

// ForCluster returns a client that shares c's connections. Its writes, and its calls on single objects, fail at an API that
// serves another cluster than id, see IsWrongCluster. If id is empty, any cluster carries them out.
func (c *Client) ForCluster(id string) *Client {
	bound := *c
	bound.cluster = id
	return &bound
}

// LookAt returns the cluster that the API at endpoint serves. It asks once and without a token, until ctx ends. rootCAs verify
// the server's certificate; nil means the system's.
func LookAt(ctx context.Context, endpoint string, rootCAs *x509.CertPool) (Cluster, error) {
	client, err := New(Options{Endpoint: endpoint, RootCAs: rootCAs})
	if err != nil {
		return Cluster{}, err
	}
	defer client.closeIdle()
	return client.GetCluster(ctx)
}
