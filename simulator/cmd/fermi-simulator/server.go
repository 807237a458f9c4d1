package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/net/netutil"
)

const (
	// maxConnections is how many clients are served at a time; more of them wait to be accepted.
	maxConnections = 1024
	maxHeader      = 64 << 10
	headerTime     = 10 * time.Second
	idleTime       = 2 * time.Minute
)

// listen opens a socket. Beyond loopback anyone could use the simulator, so a token is needed there.
func listen(address, token string) (net.Listener, error) {
	if _, _, err := net.SplitHostPort(address); err != nil {
		return nil, fmt.Errorf("--listen %s: %w; want HOST:PORT", address, err)
	}
	if token == "" {
		// A name may stand for any address, so what it stands for counts, and is what is listened at.
		a, err := net.ResolveTCPAddr("tcp", address)
		if err != nil || !a.IP.IsLoopback() {
			return nil, fmt.Errorf("--listen %s is open to other machines, which needs a --token; or listen on 127.0.0.1", address)
		}
		address = a.String()
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("--listen: %w", err)
	}
	return netutil.LimitListener(listener, maxConnections), nil
}

// server is an http.Server that limits what slow or broken clients can hold, and that stops without delay: one of
// net/http alone waits seconds for connections that were opened ahead and never used.
type server struct {
	http.Server

	mu       sync.Mutex
	unused   map[net.Conn]struct{} // opened, and no request has begun to come
	stopping bool
	requests *sync.WaitGroup // that are open; a new one counts those that come after a drain began
}

// newServer serves h. No limit on the time of a whole request or answer is set here, since some last as long as their
// client wishes: h itself limits how long each part may take.
func newServer(h http.Handler, log *slog.Logger) *server {
	s := &server{unused: map[net.Conn]struct{}{}, requests: &sync.WaitGroup{}}
	s.Server = http.Server{
		Handler: s.count(h), ReadHeaderTimeout: headerTime, IdleTimeout: idleTime, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn), ConnState: s.track,
		TLSConfig: &tls.Config{MinVersion: tls.VersionTLS12},
	}
	s.RegisterOnShutdown(s.closeUnused)
	return s
}

func (s *server) count(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		requests := s.requests
		requests.Add(1)
		s.mu.Unlock()
		defer requests.Done()
		next.ServeHTTP(w, r)
	})
}

func (s *server) track(c net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case state != http.StateNew:
		delete(s.unused, c)
	case s.stopping:
		_ = c.Close()
	default:
		s.unused[c] = struct{}{}
	}
}

func (s *server) closeUnused() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopping = true
	for c := range s.unused {
		_ = c.Close()
	}
}

// drain lets the requests that are open now come to their end, and then stops. Until then new ones are still answered,
// so that whoever asks /readyz learns in time to go elsewhere.
func (s *server) drain(ctx context.Context) error {
	s.mu.Lock()
	open := s.requests
	s.requests = &sync.WaitGroup{}
	s.mu.Unlock()
	ended := make(chan struct{})
	go func() { open.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-ctx.Done():
	}
	return s.Shutdown(ctx)
}
