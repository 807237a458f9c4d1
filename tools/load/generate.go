package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// call is a request to make.
type call struct {
	name         string // name of its kind
	method, path string
	body         string
	header       map[string]string
	status       []int             // expected statuses
	then         func(body []byte) // if not nil, called with the body of an expected response
}

// inFlight is the maximum number of concurrent requests. With more, this program would become the bottleneck.
const inFlight = 512

// outcome is the result of the calls of one kind.
type outcome struct {
	latencies []time.Duration
	errors    []string // the first few
	failed    int
}

// quantile returns the q-quantile of the latencies, by nearest rank.
func (o *outcome) quantile(q float64) time.Duration {
	if len(o.latencies) == 0 {
		return 0
	}
	slices.Sort(o.latencies)
	return o.latencies[min(int(q*float64(len(o.latencies))), len(o.latencies)-1)]
}

// generate makes calls at a fixed rate, each at its scheduled time whether or not earlier ones have been answered. The
// latency counts from the scheduled time: a server that stalls also delays later calls, which a client that waits for
// each response would not see (Tene's "coordinated omission"). It returns the outcomes by kind.
func generate(
	ctx context.Context, client *http.Client, url string, rate float64, length time.Duration, next func(i int) call,
) (map[string]*outcome, error) {
	outcomes := map[string]*outcome{}
	var mu sync.Mutex
	var under sync.WaitGroup
	slots := make(chan struct{}, inFlight)
	began := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for i := range int(rate * length.Seconds()) {
		scheduled := began.Add(time.Duration(float64(i) / rate * float64(time.Second)))
		if wait := time.Until(scheduled); wait > 0 {
			timer.Reset(wait)
			select {
			case <-timer.C:
			case <-ctx.Done():
			}
		}
		if ctx.Err() != nil {
			break
		}
		slots <- struct{}{}
		under.Go(func() {
			defer func() { <-slots }()
			c := next(i)
			err := c.do(ctx, client, url)
			took := time.Since(scheduled)
			mu.Lock()
			defer mu.Unlock()
			o := outcomes[c.name]
			if o == nil {
				o = &outcome{}
				outcomes[c.name] = o
			}
			o.latencies = append(o.latencies, took)
			if err != nil {
				if o.failed++; len(o.errors) < 3 {
					o.errors = append(o.errors, err.Error())
				}
			}
		})
	}
	under.Wait()
	return outcomes, ctx.Err()
}

func (c *call) do(ctx context.Context, client *http.Client, url string) error {
	r, err := http.NewRequestWithContext(ctx, c.method, url+c.path, strings.NewReader(c.body))
	if err != nil {
		return err
	}
	if c.body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for name, value := range c.header {
		r.Header.Set(name, value)
	}
	answer, err := client.Do(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	switch {
	case err != nil:
		return fmt.Errorf("%s %s: %w", c.method, c.path, err)
	case !slices.Contains(c.status, answer.StatusCode):
		return fmt.Errorf("%s %s: status %d: %.300s", c.method, c.path, answer.StatusCode, body)
	case c.then != nil:
		c.then(body)
	}
	return nil
}
