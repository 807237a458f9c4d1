package backend

import (
	"errors"
	"fmt"
)

// WrongClusterError is a request for another cluster than the present one. Nothing was changed.
type WrongClusterError struct {
	Cluster string // the id of the present one
	Wanted  string // the id that the request names
}

func (e *WrongClusterError) Error() string {
	return fmt.Sprintf("this is cluster %s, and the request is for cluster %s", e.Cluster, e.Wanted)
}

// StorageError is a failure to make a change durable. The change is undone.
type StorageError struct{ Err error }

func (e *StorageError) Error() string { return "the state could not be saved: " + e.Err.Error() }

func (e *StorageError) Unwrap() error { return e.Err }

// ErrClosed ends a call of Follow when the cluster is closed.
var ErrClosed = errors.New("the cluster is closed")
