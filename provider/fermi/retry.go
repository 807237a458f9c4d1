package fermi

import (
	"context"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

const (
	// shortestPause is the least time between two attempts of a call, whatever the API asks for.
	shortestPause = 500 * time.Millisecond
	// longestPause bounds the pauses between attempts where the API asks for none.
	longestPause = 30 * time.Second
	// maxDefer is the longest pause that the API may ask for: what asks for more isn't tried again.
	maxDefer = 5 * time.Minute
	// maxWaitDefer bounds the same of a wait for a task, which is tried again in any case.
	maxWaitDefer = time.Hour
)

// retryableStatus tells answers that may differ next time from those that won't.
func retryableStatus(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// lostStatus tells answers that don't say whether the call was carried out.
func lostStatus(status int) bool {
	return status == http.StatusInternalServerError || status == http.StatusBadGateway || status == http.StatusGatewayTimeout
}

func checkRetry(ctx context.Context, call call, response *http.Response, err error) (bool, error) {
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case IsWithoutTLS(err):
		return false, err
	case err != nil:
		// The library knows the lasting ones: a bad certificate, a redirect without end, an unknown scheme.
		return retryablehttp.DefaultRetryPolicy(ctx, nil, err)
	case !retryableStatus(response.StatusCode):
		return false, nil
	}
	// To try before the server's time is rude, to sleep for an hour is no service: the caller gets the answer.
	asked, ok := retryAfter(response.Header, time.Now())
	return !ok || call.patient || asked <= maxDefer, nil
}

// pause is the time before the next attempt: what the API asks for, else one that grows with each retry. A patient call takes
// the longer of the two, so that its retries last as long through an outage however soon the API asks it to come back.
func (c *Client) pause(call call, retry int, response *http.Response) time.Duration {
	grown := grownPause(c.waitMin, c.waitMax, retry)
	if response == nil {
		return grown
	}
	asked, ok := retryAfter(response.Header, time.Now())
	switch {
	case !ok:
		return grown
	case call.patient:
		return max(grown, c.spread(min(asked, maxWaitDefer)))
	}
	return c.spread(asked)
}

// grownPause doubles from shortest with each retry and is never more than longest. A third of it is chance, so that clients which
// failed together don't come back together.
func grownPause(shortest, longest time.Duration, retry int) time.Duration {
	wait := longest * 2 / 3
	if retry < 30 && shortest<<retry < wait {
		wait = shortest << retry
	}
	return wait + rand.N(wait/2+1)
}

// spread is d or the shortest pause, and a little more by chance.
func (c *Client) spread(d time.Duration) time.Duration {
	return max(d, c.waitMin) + rand.N(c.waitMin/2+1)
}

// retryAfter reads both forms of the header: seconds, and a date. A date is measured against the answer's own, since the two
// clocks may differ, or against now where it has none. What is past is 0.
func retryAfter(header http.Header, now time.Time) (time.Duration, bool) {
	value := strings.TrimSpace(header.Get("Retry-After"))
	if value != "" && strings.Trim(value, "0123456789") == "" {
		seconds, err := strconv.ParseUint(value, 10, 31)
		if err != nil {
			seconds = math.MaxInt32
		}
		return time.Duration(seconds) * time.Second, true
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		now = date
	}
	return max(0, at.Sub(now)), true
}

// sleep waits for d, or less when ctx ends: then it returns ctx's error.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
