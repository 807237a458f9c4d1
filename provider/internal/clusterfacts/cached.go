package clusterfacts

import (
	"context"
	"sync"
	"time"
)

// A cached is an answer of the API, or its failure, that is kept for a while.
type cached[T any] struct {
	mu    sync.Mutex
	until time.Time
	value T
	err   error
}

// get reads the fact, or waits for whoever does so already.
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
		// The caller was interrupted, which tells nothing of the API.
	case f.err != nil:
		f.until = time.Now().Add(failureAge)
	default:
		f.until = time.Now().Add(valueAge)
	}
	return f.value, f.err
}
