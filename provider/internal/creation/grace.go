package creation

import (
	"context"
	"time"
)

// grace is how much longer a call that must not be torn apart may take after Terraform asks to stop.
const grace = 15 * time.Second

// WithGrace returns a context that goes on for grace after ctx has ended.
func WithGrace(ctx context.Context) (context.Context, context.CancelFunc) {
	outliving, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	return outliving, func() { stop(); cancel() }
}
