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

// server is an http.Server that limits what slow or broken clients can hold, and that stops without delay: one of
// net/http alone waits seconds for connections that were opened ahead and never used.
type server struct {
	http.Server

	connections connections

	mu       sync.Mutex
	requests *sync.WaitGroup // that are open; a new one counts those that come after a drain began
}

// newServer serves h, and answers with full while there are too many clients. No limit on the time of a whole request or
// answer is set here, since some last as long as their client wishes: h itself limits how long each part may take.
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

// serve serves all listeners, and returns what the first one ends with.
func (s *server) serve(listeners []net.Listener, serve func(net.Listener) error) <-chan error {
	ended := make(chan error, len(listeners))
	for _, l := range listeners {
		go func() { ended <- serve(l) }()
	}
	return ended
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
