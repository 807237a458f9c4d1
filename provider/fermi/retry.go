package fermi

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// retryableStatus tells answers that may differ next time from those that won't.
func retryableStatus(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// lostStatus tells answers that don't say whether the call was carried out.
func lostStatus(status int) bool {
	return status == http.StatusInternalServerError || status == http.StatusBadGateway || status == http.StatusGatewayTimeout
}

func (c *Client) checkRetry(ctx context.Context, response *http.Response, err error) (bool, error) {
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case err != nil:
		// The library knows the lasting ones: a bad certificate, a redirect without end, an unknown scheme.
		return retryablehttp.DefaultRetryPolicy(ctx, nil, err)
	case !retryableStatus(response.StatusCode):
		return false, nil
	}
	// To try before the server's time is rude, to sleep for an hour is no service: the caller gets the answer.
	wait, ok := retryAfter(response.Header, time.Now())
	return !ok || wait <= c.maxDefer, nil
}

// backoff is the server's Retry-After, else it doubles from shortest up to longest, half of it by chance so
// that clients which failed together don't come back together.
func backoff(shortest, longest time.Duration, retry int, response *http.Response) time.Duration {
	if response != nil {
		if wait, ok := retryAfter(response.Header, time.Now()); ok {
			return wait
		}
	}
	wait := longest
	if retry < 30 && shortest<<retry < longest {
		wait = shortest << retry
	}
	return wait/2 + rand.N(wait/2+1)
}

// retryAfter reads both forms of the header: seconds, and a date.
func retryAfter(header http.Header, now time.Time) (time.Duration, bool) {
	value := header.Get("Retry-After")
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now)), true
	}
	return 0, false
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

// observer reports every attempt on its way through.
type observer struct {
	next   http.RoundTripper
	notify func(context.Context, Attempt)
}

func (o observer) RoundTrip(request *http.Request) (*http.Response, error) {
	if o.notify == nil {
		return o.next.RoundTrip(request)
	}
	start := time.Now()
	response, err := o.next.RoundTrip(request)
	attempt := Attempt{Method: request.Method, URL: request.URL.Redacted(), Err: err, Duration: time.Since(start)}
	if response != nil {
		attempt.Status = response.StatusCode
		attempt.RequestID = response.Header.Get("X-Request-Id")
	}
	o.notify(request.Context(), attempt)
	return response, err
}
