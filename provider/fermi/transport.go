package fermi

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync/atomic"
	"time"
)

const (
	// pingAfter is how long an HTTP/2 connection in use may be silent before it is pinged.
	pingAfter = 15 * time.Second
	// pingTimeout is how long the answer to a ping may take. Together with pingAfter it is less than DefaultRequestTimeout.
	pingTimeout = 10 * time.Second
)

// renewingTransport sends requests over kept connections. If a request times out, its connection may be dead without net/http
// knowing, so later requests get new connections; requests in progress keep the old ones.
type renewingTransport struct {
	renew   func() *http.Transport
	current atomic.Pointer[http.Transport]
}

func newTransport(roots *x509.CertPool, proxy func(*http.Request) (*url.URL, error)) *renewingTransport {
	t := &renewingTransport{renew: func() *http.Transport {
		transport := http.DefaultTransport.(*http.Transport).Clone()
		transport.Proxy = proxy
		transport.OnProxyConnectResponse = proxyConnected
		// net/http keeps two, too few for the calls that Terraform makes at once.
		transport.MaxIdleConnsPerHost = transport.MaxIdleConns
		transport.HTTP2 = &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingTimeout}
		if roots != nil {
			transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
		}
		return transport
	}}
	t.current.Store(t.renew())
	return t
}

// proxyConnected reports a proxy that refuses to connect in the same way as net/http reports one that can't be reached.
func proxyConnected(_ context.Context, _ *url.URL, _ *http.Request, response *http.Response) error {
	if response.StatusCode == http.StatusOK {
		return nil
	}
	refused := fmt.Errorf("the proxy answers HTTP %d %s", response.StatusCode, http.StatusText(response.StatusCode))
	return &net.OpError{Op: "proxyconnect", Net: "tcp", Err: refused}
}

func (t *renewingTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	used := t.current.Load()
	response, err := used.RoundTrip(request)
	if err != nil {
		t.ended(request.Context(), used)
		return nil, err
	}
	response.Body = &watchedBody{response.Body, func() { t.ended(request.Context(), used) }}
	return response, nil
}

// ended is called after a request over used has failed. It acts if the request has timed out.
func (t *renewingTransport) ended(ctx context.Context, used *http.Transport) {
	// net/http ends a request's context in several ways when its time is up, so the error doesn't tell.
	if deadline, ok := ctx.Deadline(); !ok || time.Now().Before(deadline) {
		return
	}
	// If several requests time out together, only the first one renews.
	if t.current.Load() == used && t.current.CompareAndSwap(used, t.renew()) {
		used.CloseIdleConnections()
	}
}

func (t *renewingTransport) CloseIdleConnections() { t.current.Load().CloseIdleConnections() }

// watchedBody reports an answer that breaks off.
type watchedBody struct {
	io.ReadCloser
	broken func()
}

func (b *watchedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		b.broken()
	}
	return n, err
}

// observer reports every attempt.
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
	attempt := Attempt{Method: request.Method, URL: Printable(request.URL.Redacted()), Err: err, Duration: time.Since(start)}
	if response != nil {
		attempt.Status = response.StatusCode
		attempt.RequestID = Printable(response.Header.Get("X-Request-Id"))
	}
	o.notify(request.Context(), attempt)
	return response, err
}
