// Package fermi is a client of the Fermi API, version 1.
//
// Its types and the descriptions of its calls are generated from the API's contract. Written by hand is what a contract doesn't
// say: calls are retried while the API is unreachable or overloaded; creations carry an idempotency key, so that a retry creates
// nothing twice; changes can be limited to a revision and to a cluster; and lists are read page by page.
//
// Every failed call returns an *Error. Functions such as IsNotFound and IsStale tell what it means.
package fermi

//go:generate go run ../../tools/apigen ../../internal/contract/openapi.yaml generate/models.yaml generate/calls.yaml

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// The defaults of Options.
const (
	DefaultRequestTimeout = 30 * time.Second
	DefaultPollInterval   = 5 * time.Second
	// DefaultMaxRetries is for Options.MaxRetries, whose zero value means no retries. It spans about twenty seconds.
	DefaultMaxRetries = 5
)

// maxAnswer bounds how much of an answer is read, so that a wrong endpoint can't exhaust the memory.
const maxAnswer = 64 << 20

// shortestSecret is the length from which a token is masked in errors.
const shortestSecret = 8

// Options configure a Client. Only Endpoint is required.
type Options struct {
	// Endpoint is the URL before /api/v1: http or https, a host, and a path if needed.
	Endpoint string
	// Token is the bearer token. None is sent if it is empty.
	Token string
	// UserAgent identifies the program in the server's logs.
	UserAgent string
	// AcceptLanguage is the language of messages. If it is empty the API uses its own, Chinese.
	AcceptLanguage string
	// RequestTimeout bounds one attempt of a call. Zero means DefaultRequestTimeout.
	RequestTimeout time.Duration
	// MaxRetries is how often a call is retried. Zero means never.
	MaxRetries int
	// PollInterval is the time between two reads of a task if the API can't hold a request. Zero means DefaultPollInterval.
	PollInterval time.Duration
	// RootCAs verify the server's certificate. Nil means the system's.
	RootCAs *x509.CertPool
	// OnAttempt is called after every attempt. It doesn't see headers or bodies.
	OnAttempt func(context.Context, Attempt)
}

// An Attempt is one HTTP request and its result.
type Attempt struct {
	Method, URL string
	// Status is 0 if no answer came; Err says why.
	Status    int
	Err       error
	RequestID string
	Duration  time.Duration
}

// A Client calls the API. It is safe for concurrent use.
type Client struct {
	options Options
	base    string
	cluster string // sent with calls that are for one cluster; see ForCluster
	http    http.RoundTripper
	// closeIdle closes connections that no call uses.
	closeIdle func()
	waitMin   time.Duration
	waitMax   time.Duration
	sleep     func(context.Context, time.Duration) error
}

// New returns a client, or an error if an option is invalid. It sends nothing.
func New(options Options) (*Client, error) {
	base, err := parseEndpoint(options.Endpoint)
	if err != nil {
		return nil, err
	}
	if options.MaxRetries < 0 || options.RequestTimeout < 0 || options.PollInterval < 0 {
		return nil, errors.New("retries, timeout and poll interval can't be negative")
	}
	if options.RequestTimeout == 0 {
		options.RequestTimeout = DefaultRequestTimeout
	}
	if options.PollInterval == 0 {
		options.PollInterval = DefaultPollInterval
	}
	proxy, err := proxyFromEnvironment()
	if err != nil {
		return nil, err
	}
	transport := newTransport(options.RootCAs, proxy)
	return &Client{
		options:   options,
		base:      base,
		http:      observer{transport, options.OnAttempt},
		closeIdle: transport.CloseIdleConnections,
		waitMin:   shortestPause,
		waitMax:   longestPause,
		sleep:     sleep,
	}, nil
}

// parseEndpoint rejects endpoints that would fail later with a less clear error, and passwords, which errors would show.
func parseEndpoint(endpoint string) (string, error) {
	u, err := url.Parse(endpoint)
	switch {
	case err != nil:
		return "", errors.New("the endpoint is not a URL; it should look like https://fermi.example.com")
	case u.User != nil:
		return "", errors.New("the endpoint must not carry a user or password; use the token")
	case u.RawQuery != "" || u.Fragment != "":
		// The query may be a secret, so it isn't repeated.
		return "", fmt.Errorf("the endpoint %q must end before its query or fragment; a token goes into the token", withoutQuery(u))
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return "", fmt.Errorf("the endpoint %q should be http or https, a host and perhaps a path, as in https://fermi.example.com", endpoint)
	}
	return strings.TrimRight(endpoint, "/"), nil
}

// Endpoint returns the URL that the client calls, without /api/v1.
func (c *Client) Endpoint() string { return c.base }

// answer is the last answer to a call.
type answer struct {
	status   int
	header   http.Header
	body     []byte
	attempts int
	page     *Page
	// redirect is where the answer redirects to, and stay says why that wasn't followed.
	redirect *url.URL
	stay     string
	// uncertain is set if an attempt was sent completely and its outcome is unknown.
	uncertain bool
}

// ErrNotTheAPI is the cause of an error if a successful answer doesn't have the API's form, in which code repeats the status.
var ErrNotTheAPI = errors.New("the answer is not the API's, is the endpoint right?")

type envelope struct {
	Code    int             `json:"code"`
	Message string          `json:"message"`
	Data    json.RawMessage `json:"data"`
	Page    *Page           `json:"page"`
	Error   *FailureDetails `json:"error"`
}

// failure returns the error of a call that failed for a cause.
func (c *Client) failure(call call, got answer, cause error) *Error {
	return newError(call.method, call.target(c.base), got, cause)
}

// do sends a call and decodes the answer's data into out, unless out is nil or the answer is 304. Its errors are of type *Error.
func (c *Client) do(ctx context.Context, call call, out any) (answer, error) {
	target, retries := call.target(c.base), c.options.MaxRetries
	if call.patient {
		retries *= 3
	}
	var got answer
	var last error // of the latest attempt that wasn't interrupted
	failed := func(cause error) (answer, error) {
		// A successful answer that can't be read is no better than none.
		got.uncertain = got.uncertain || cause != nil && got.status >= 200 && got.status < 300
		// A proxy may repeat the request in its error page, and errors are shown to users. A short token occurs in ordinary words;
		// masking it would garble every message.
		if len(c.options.Token) >= shortestSecret {
			got.body = bytes.ReplaceAll(got.body, []byte(c.options.Token), []byte("[token]"))
		}
		e := newError(call.method, target, got, cause)
		if ctx.Err() != nil {
			e.Last = withoutURL(last)
		}
		return got, e
	}
	var sent atomic.Bool // set by net/http from another goroutine
	connections := 0
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connections++ },
		WroteRequest: func(info httptrace.WroteRequestInfo) {
			if info.Err == nil {
				sent.Store(true)
			}
		},
	})
	request, err := c.newRequest(ctx, call, target)
	if err != nil {
		return failed(err)
	}
	var seen *http.Response
	read := func(response *http.Response) error {
		seen = response
		body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
		got.status, got.header, got.body, got.redirect = response.StatusCode, response.Header, body, redirection(response)
		return err
	}
	// Read the body here, where a broken one is still retried.
	request.SetResponseHandler(read)
	client := &retryablehttp.Client{
		HTTPClient: &http.Client{
			Transport: c.http, Timeout: c.options.RequestTimeout + call.wait,
			CheckRedirect: func(next *http.Request, via []*http.Request) error {
				if got.stay = stay(next, via); got.stay != "" {
					return http.ErrUseLastResponse
				}
				// The redirect answered what was sent so far.
				connections = 0
				sent.Store(false)
				return nil
			},
		},
		RetryMax: retries,
		CheckRetry: func(ctx context.Context, response *http.Response, err error) (bool, error) {
			// If a kept connection is cut, net/http itself sends a request with an idempotency key again, on another connection.
			got.uncertain = got.uncertain || connections > 1 || sent.Load() && (err != nil || lostStatus(response.StatusCode))
			if ctx.Err() == nil {
				last = err
			}
			return checkRetry(ctx, call, response, err)
		},
		Backoff: func(_, _ time.Duration, retry int, response *http.Response) time.Duration {
			return c.pause(call, retry, response)
		},
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
		RequestLogHook: func(_ retryablehttp.Logger, _ *http.Request, retry int) {
			got.attempts, got.stay, connections = retry+1, "", 0
			sent.Store(false)
		},
		// The handler doesn't see answers that are retried, and the last one explains the failure.
		ResponseLogHook: func(_ retryablehttp.Logger, response *http.Response) {
			if response != seen {
				_ = read(response)
			}
		},
	}
	response, err := client.Do(request)
	if response != nil {
		defer response.Body.Close()
	}
	if err != nil {
		return failed(err)
	}
	if got.status == http.StatusNotModified && call.header.Get("If-None-Match") != "" {
		return got, nil
	}
	var envelope envelope
	switch err := json.Unmarshal(got.body, &envelope); {
	case len(got.body) > maxAnswer:
		return failed(fmt.Errorf("the answer is longer than %d MiB, is the endpoint right?", maxAnswer>>20))
	case err != nil && got.status < 300:
		return failed(fmt.Errorf("the answer is not the API's JSON, is the endpoint right? %w", err))
	}
	if got.status < 200 || got.status >= 300 {
		return failed(nil)
	}
	if envelope.Code != got.status {
		return failed(fmt.Errorf("%w: its code is %d", ErrNotTheAPI, envelope.Code))
	}
	got.page = envelope.Page
	if out != nil {
		if err := json.Unmarshal(envelope.Data, out); err != nil {
			return failed(fmt.Errorf("the answer's data is not as the API describes it: %w", err))
		}
	}
	return got, nil
}

func (c *Client) newRequest(ctx context.Context, call call, target string) (*retryablehttp.Request, error) {
	var body io.Reader
	if call.body != nil {
		encoded, err := json.Marshal(call.body)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(encoded)
	}
	request, err := retryablehttp.NewRequestWithContext(ctx, call.method, target, body)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.options.UserAgent != "" {
		request.Header.Set("User-Agent", c.options.UserAgent)
	}
	if c.options.AcceptLanguage != "" {
		request.Header.Set("Accept-Language", c.options.AcceptLanguage)
	}
	if c.options.Token != "" {
		request.Header.Set("Authorization", "Bearer "+c.options.Token)
	}
	if c.cluster != "" && !call.anyCluster {
		request.Header.Set(clusterHeader, c.cluster)
	}
	maps.Copy(request.Header, call.header)
	return request, nil
}
