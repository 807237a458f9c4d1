package fermi

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A wire carries connections to a server, and can swallow what the ones that are open send, without closing them.
type wire struct {
	listener net.Listener
	server   string
	opened   atomic.Int32

	mu    sync.Mutex
	dead  map[net.Conn]bool
	alive []net.Conn
}

func newWire(t *testing.T, server string) *wire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{listener: listener, server: server, dead: map[net.Conn]bool{}}
	var carriers sync.WaitGroup
	carriers.Go(func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			to, err := net.Dial("tcp", server)
			if err != nil {
				_ = from.Close()
				return
			}
			w.opened.Add(1)
			w.mu.Lock()
			w.alive = append(w.alive, from, to)
			w.mu.Unlock()
			carriers.Go(func() { w.carry(from, to, from) })
			carriers.Go(func() { w.carry(to, from, from) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		w.mu.Lock()
		for _, connection := range w.alive {
			_ = connection.Close()
		}
		w.mu.Unlock()
		carriers.Wait()
	})
	return w
}

// carry copies from one end to the other, unless the connection is dead.
func (w *wire) carry(from, to, connection net.Conn) {
	buffer := make([]byte, 4096)
	for {
		n, err := from.Read(buffer)
		w.mu.Lock()
		dead := w.dead[connection]
		w.mu.Unlock()
		if !dead && n > 0 {
			_, _ = to.Write(buffer[:n])
		}
		if err != nil {
			if !dead {
				_ = to.Close()
			}
			return
		}
	}
}

// cut makes all connections that are open now dead.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, connection := range w.alive {
		w.dead[connection] = true
	}
}

// wired returns a client of handler over a wire, and the server's URL as the wire has it.
func wired(t *testing.T, http2 bool, options Options, handler http.HandlerFunc) (*Client, *wire) {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	scheme := "http://"
	if http2 {
		scheme = "https://"
		server.EnableHTTP2 = true
		server.StartTLS()
		options.RootCAs = x509.NewCertPool()
		options.RootCAs.AddCert(server.Certificate())
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	w := newWire(t, server.Listener.Addr().String())
	options.Endpoint = scheme + w.listener.Addr().String()
	client, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	client.waitMin, client.waitMax = time.Nanosecond, time.Nanosecond
	return client, w
}

// together makes n calls that overlap, and returns their first error.
func together(ctx context.Context, client *Client, n int) error {
	errs := make([]error, n)
	var calls sync.WaitGroup
	for i := range n {
		calls.Go(func() { _, errs[i] = client.GetTask(ctx, "task-001") })
	}
	calls.Wait()
	return errors.Join(errs...)
}

// Connections that went dead without a word cost one attempt, however many are kept.
func TestADeadConnectionIsUsedOnce(t *testing.T) {
	for name, http2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2": true} {
		t.Run(name, func(t *testing.T) {
			const kept = 4
			var arrived sync.WaitGroup // holds the answers of a first round until all its requests are there
			arrived.Add(kept)
			var requests atomic.Int32
			client, wire := wired(t, http2, Options{MaxRetries: 1, RequestTimeout: time.Second}, func(w http.ResponseWriter, r *http.Request) {
				if want := map[bool]int{false: 1, true: 2}[http2]; r.ProtoMajor != want {
					t.Errorf("this is %s", r.Proto)
				}
				if n := requests.Add(1); 1 < n && n <= 1+kept {
					arrived.Done()
					arrived.Wait()
				}
				answerJSON(w, 200, taskJSON)
			})
			if err := errors.Join(together(t.Context(), client, 1), together(t.Context(), client, kept)); err != nil {
				t.Fatal(err)
			}
			opened := wire.opened.Load()
			if want := map[bool]int32{false: kept, true: 1}[http2]; opened != want {
				t.Fatalf("%d connections for %d calls at once, want %d", opened, kept, want)
			}
			wire.cut()
			if err := together(t.Context(), client, 1); err != nil {
				t.Errorf("the second attempt met a dead connection too: %v", err)
			}
			if got := wire.opened.Load() - opened; got != 1 {
				t.Errorf("%d new connections, want 1", got)
			}
			// Calls that time out together give up on their connections together.
			wire.cut()
			opened = wire.opened.Load()
			if err := together(t.Context(), client, kept); err != nil {
				t.Errorf("the second attempts met a dead connection too: %v", err)
			}
			if got := wire.opened.Load() - opened; got < 1 || got > 2*kept {
				t.Errorf("%d new connections", got)
			}
		})
	}
}

// The same where the connection dies within an answer.
func TestADeadConnectionWithinAnAnswer(t *testing.T) {
	for name, http2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2": true} {
		t.Run(name, func(t *testing.T) {
			var wire *wire
			var client *Client
			first := true
			client, wire = wired(t, http2, Options{MaxRetries: 1, RequestTimeout: time.Second}, func(w http.ResponseWriter, r *http.Request) {
				if first {
					first = false
					w.Header().Set("Content-Type", "application/json")
					_, _ = io.WriteString(w, taskJSON[:10])
					_ = http.NewResponseController(w).Flush()
					<-r.Context().Done()
					return
				}
				_, _ = io.WriteString(w, taskJSON)
			})
			if err := together(t.Context(), client, 1); err != nil {
				t.Error(err)
			}
			if got := wire.opened.Load(); got != 2 {
				t.Errorf("%d connections, want another for the second attempt", got)
			}
		})
	}
}

// A caller that gives up says nothing of the connection.
func TestACancelledCallKeepsTheConnections(t *testing.T) {
	var requests atomic.Int32
	ctx, cancel := context.WithCancel(t.Context())
	client, wire := wired(t, true, Options{}, func(w http.ResponseWriter, r *http.Request) {
		if requests.Add(1) == 2 {
			cancel()
			<-r.Context().Done()
		}
		answerJSON(w, 200, taskJSON)
	})
	if err := together(t.Context(), client, 1); err != nil {
		t.Fatal(err)
	}
	if err := together(ctx, client, 1); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if err := together(t.Context(), client, 1); err != nil {
		t.Fatal(err)
	}
	if got := wire.opened.Load(); got != 1 {
		t.Errorf("%d connections, want 1", got)
	}
}

// A slow answer leaves alone the others that are under way on its connection.
func TestATimeoutLeavesOtherCallsAlone(t *testing.T) {
	release := make(chan struct{})
	waiting := make(chan struct{})
	client, _ := wired(t, true, Options{}, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Prefer") != "" {
			close(waiting)
			<-release
			w.Header().Set("ETag", `"4"`)
		} else {
			<-r.Context().Done()
		}
		answerJSON(w, 200, taskJSON)
	})
	var wait sync.WaitGroup
	wait.Go(func() {
		if _, changed, err := client.WaitTask(t.Context(), "task-001", `"3"`, time.Minute); !changed || err != nil {
			t.Errorf("changed %t, %v", changed, err)
		}
	})
	<-waiting
	call := getTrainingTask("task-001", "", "")
	call.wait = 100*time.Millisecond - DefaultRequestTimeout
	if _, err := client.do(t.Context(), call, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	close(release)
	wait.Wait()
}

// An HTTP/2 connection is asked whether it is alive, in less time than an attempt takes.
func TestPings(t *testing.T) {
	transport := newTransport(nil, nil).current.Load()
	if transport.HTTP2 == nil || transport.HTTP2.SendPingTimeout <= 0 || transport.HTTP2.PingTimeout <= 0 ||
		transport.HTTP2.SendPingTimeout+transport.HTTP2.PingTimeout >= DefaultRequestTimeout {
		t.Errorf("%+v", transport.HTTP2)
	}
}
