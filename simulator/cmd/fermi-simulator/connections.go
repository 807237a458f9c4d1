package main

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
)

const (
	// maxConnections is how many clients are served at a time. For one more, a connection without a request is closed.
	maxConnections = 1024
	// reserve is how many more are let in while each of those has a request: health checks are answered on them, and
	// whatever else comes is told to come again.
	reserve = 64
)

// connections are what a server has open. Safe for concurrent use.
type connections struct {
	mu       sync.Mutex
	open     map[net.Conn]*connection
	changes  uint64 // counts changes of state, to tell which came first
	stopping bool
}

// connection is one client's.
type connection struct {
	state http.ConnState
	since uint64 // the change that brought the state
	busy  bool   // a handler answers a request; otherwise the client is idle, or its request has not come in whole
	extra bool   // it came when there was no room
}

// idleness says which connections to close first: 3 for those between two requests, 2 for those that have had no request yet,
// 1 for those whose request has not come in whole. Those that are answering one, 0, are never closed.
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

// track follows a connection's state, as http.Server tells it.
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
			known.busy = false // and the whole answer is on its way
		}
	}
}

// closeOne closes the connection with the highest idleness, of several the oldest. It returns false when all are answering a
// request.
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

// closeAtOnce closes a connection without TLS's closing message, since sending that could block.
func closeAtOnce(conn net.Conn) {
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	_ = conn.Close()
}

// closeUnused closes the connections that no request has come on yet, and those to come.
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

// begin notes that a request on a connection is being answered, until the connection is idle again. It reports whether there
// is room for it.
func (c *connections) begin(conn net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	known := c.open[conn]
	if known == nil {
		return true // just closed: nobody will see the answer
	}
	known.busy = true
	if len(c.open) <= maxConnections {
		known.extra = false
	}
	return !known.extra
}

type connectionKey struct{}

// remember puts the connection into the context of its requests.
func remember(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, conn)
}

// limit answers with next while there is room for the connection, and otherwise with full before the connection is closed.
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
