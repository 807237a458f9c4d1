package clusterfacts

import (
	"context"
	"sync"
	"time"
)

// cached is an answer of the API, or its failure, that is kept for a while.
type cached[T any] struct {
	mu    sync.Mutex
	until time.Time
	value T
	err   error
}

// get returns the cached value, reading it if it is too old. Concurrent callers share one read.
func (f *cached[T]) get(ctx context.Context, read func(context.Context) (T, error)) (T, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Now().Before(f.until) {
		return f.value, f.err
	}
	reading, cancel := context.WithTimeout(ctx, ReadTimeout)
	defer cancel()
	f.value, f.err = read(reading)
	switch {
	case ctx.Err() != nil:
		// The caller was interrupted, which says nothing about the API.
	case f.err != nil:
		f.until = time.Now().Add(failureAge)
	default:
		f.until = time.Now().Add(valueAge)
	}
	return f.value, f.err
}
