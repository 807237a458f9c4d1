// Package creation handles creations whose answer doesn't arrive: they get a grace period when Terraform is told to stop, and
// what may have been created is kept in the state until a later run finds it.
package creation

import (
	"context"
	"time"
)

// grace is how much longer a creation may take after Terraform is told to stop.
const grace = 15 * time.Second

// WithGrace returns a context that ends a grace period after ctx.
func WithGrace(ctx context.Context) (context.Context, context.CancelFunc) {
	outliving, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	return outliving, func() { stop(); cancel() }
}
