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
	// shortestPause is the least pause between two attempts, whatever the API asks for.
	shortestPause = 500 * time.Millisecond
	// longestPause bounds pauses that the API doesn't ask for.
	longestPause = 30 * time.Second
	// maxDefer is the longest pause that the API may ask for. If it asks for more, the call isn't retried.
	maxDefer = 5 * time.Minute
	// maxWaitDefer bounds the same for waits, which are always retried.
	maxWaitDefer = time.Hour
)

// retryableStatus reports whether the answer may differ next time.
func retryableStatus(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// lostStatus reports whether the answer doesn't say if the call was carried out.
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
		// The library knows the permanent errors: a bad certificate, endless redirects, an unknown scheme.
		return retryablehttp.DefaultRetryPolicy(ctx, nil, err)
	case !retryableStatus(response.StatusCode):
		return false, nil
	}
	// If the API asks for a very long pause, the caller gets the answer instead.
	asked, ok := retryAfter(response.Header, time.Now())
	return !ok || call.patient || asked <= maxDefer, nil
}

// pause returns the time before the next attempt: what the API asks for, else a time that grows with each retry. For a patient
// call it is the longer of both, so that its retries outlast an outage even if the API asks for short pauses.
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

// grownPause doubles with each retry, up to longest. A third of it is random, so that clients which failed together don't return
// together.
func grownPause(shortest, longest time.Duration, retry int) time.Duration {
	wait := longest * 2 / 3
	if retry < 30 && shortest<<retry < wait {
		wait = shortest << retry
	}
	return wait + rand.N(wait/2+1)
}

// spread returns at least d and the shortest pause, plus a little at random.
func (c *Client) spread(d time.Duration) time.Duration {
	return max(d, c.waitMin) + rand.N(c.waitMin/2+1)
}

// retryAfter parses both forms of the header, seconds and a date. A date is relative to the answer's own Date, because clocks
// may differ, or to now if it has none. A date in the past is 0.
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

// sleep waits for d. If ctx ends before, it returns ctx's error.
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
