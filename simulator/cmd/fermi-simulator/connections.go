package main

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
)

const (
	// maxConnections is the number of clients served at a time. For each further one, a connection without a request is
	// closed.
	maxConnections = 1024
	// reserve is the number of additional connections accepted while all others have requests. On them, health checks are
	// answered and other requests are refused with 503.
	reserve = 64
)

// connections tracks the open connections of a server. It is safe for concurrent use.
type connections struct {
	mu       sync.Mutex
	open     map[net.Conn]*connection
	changes  uint64 // counts state changes, to order them
	stopping bool
}

// connection is the state of an open connection.
type connection struct {
	state http.ConnState
	since uint64 // value of changes at the last state change
	busy  bool   // a handler is answering a request
	extra bool   // accepted when the server was full
}

// idleness orders connections by which to close first: 3 for those between two requests, 2 for those without a request
// yet, 1 for those whose request has not arrived completely. Those answering a request have 0 and are never closed.
func (c *connection) idleness() int {
	switch {
	case c.busy:
		return 0
	case c.state == http.StateIdle:
		return 3
	case c.state == http.StateNew:
		return 2
	}
	return 1
}

// track records a connection's state. It is the server's http.Server.ConnState.
func (c *connections) track(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch state {
	case http.StateClosed, http.StateHijacked:
		delete(c.open, conn)
		return
	case http.StateNew:
		if c.stopping {
			closeAtOnce(conn)
			return
		}
		full := len(c.open) >= maxConnections && !c.closeOne()
		if full && len(c.open) >= maxConnections+reserve {
			closeAtOnce(conn)
			return
		}
		c.open[conn] = &connection{extra: full}
	}
	if known := c.open[conn]; known != nil {
		c.changes++
		known.state, known.since = state, c.changes
		if state == http.StateIdle {
			known.busy = false // the whole response has been written
		}
	}
}

// closeOne closes the connection with the highest idleness, the oldest of several. It returns false if all are answering
// a request.
func (c *connections) closeOne() bool {
	var least net.Conn
	for conn, now := range c.open {
		if now.idleness() == 0 {
			continue
		}
		if best := c.open[least]; best == nil || now.idleness() > best.idleness() ||
			now.idleness() == best.idleness() && now.since < best.since {
			least = conn
		}
	}
	if least == nil {
		return false
	}
	delete(c.open, least)
	closeAtOnce(least)
	return true
}

// closeAtOnce closes a connection without sending TLS's close_notify, which could block.
func closeAtOnce(conn net.Conn) {
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	_ = conn.Close()
}

// closeUnused closes the connections without a request, and makes track close new ones.
func (c *connections) closeUnused() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopping = true
	for conn, now := range c.open {
		if now.state == http.StateNew {
			closeAtOnce(conn)
		}
	}
}

// begin records that a request is being answered on a connection. It reports whether the server had room for the
// connection.
func (c *connections) begin(conn net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := c.open[conn]
	if known == nil {
		return true // just closed: nobody will read the response
	}
	known.busy = true
	if len(c.open) <= maxConnections {
		known.extra = false
	}
	return !known.extra
}

type connectionKey struct{}

// remember adds the connection to the context of its requests.
func remember(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, conn)
}

// limit returns a handler that calls next or, for a connection that exceeds the limit, full. It then closes the
// connection.
func (c *connections) limit(next, full http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _ := r.Context().Value(connectionKey{}).(net.Conn)
		if c.begin(conn) {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Connection", "close")
		full.ServeHTTP(w, r)
	})
}
