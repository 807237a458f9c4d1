package main

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	maxHeader  = 64 << 10
	headerTime = 10 * time.Second
	idleTime   = 2 * time.Minute
)

// server is an http.Server that limits what slow or broken clients can occupy. It also stops without delay, while
// net/http waits for seconds for connections that were opened but never used.
type server struct {
	http.Server

	connections connections

	mu       sync.Mutex
	requests *sync.WaitGroup // open requests; replaced when a drain begins
}

// newServer returns a server that calls h or, if there are too many clients, full. It sets no limit on the duration of
// whole requests and responses, because some last as long as the client wants. h limits the duration of each part.
func newServer(h, full http.Handler, log *slog.Logger) *server {
	s := &server{requests: &sync.WaitGroup{}, connections: connections{open: map[net.Conn]*connection{}}}
	s.Server = http.Server{
		Handler: s.count(s.connections.limit(h, full)), ConnContext: remember, ConnState: s.connections.track,
		ReadHeaderTimeout: headerTime, IdleTimeout: idleTime, MaxHeaderBytes: maxHeader,
		ErrorLog:  slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		TLSConfig: &tls.Config{MinVersion: tls.VersionTLS12},
	}
	s.RegisterOnShutdown(s.connections.closeUnused)
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

// serve serves all listeners. The channel returned receives the error of each when it ends.
func (s *server) serve(listeners []net.Listener, serve func(net.Listener) error) <-chan error {
	ended := make(chan error, len(listeners))
	for _, l := range listeners {
		go func() { ended <- serve(l) }()
	}
	return ended
}

// drain waits for the requests that are open now and then stops the server. New requests are answered meanwhile, so that
// /readyz can tell load balancers to go elsewhere.
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
