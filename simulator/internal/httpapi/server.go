// Package httpapi is the Fermi API over HTTP, as openapi.yaml has it: wire formats, statuses and messages.
package httpapi

import (
	"errors"
	"log/slog"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/contract"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/engine"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// Options says what to serve.
type Options struct {
	engine.Options // Observe is the server's own
	// Parse reads a scenario for PUT /sim/v1/scenario and /sim/v1/snapshot; an error of type Mistakes tells what is wrong
	// where. Without it these calls are refused.
	Parse func(text string) (engine.Scenario, *world.Config, error)
	// Token, when not empty, must come with every request but the health checks, as a bearer token.
	Token string
	// ReadOnlyToken is one that may read and nothing else. It needs a Token beside it.
	ReadOnlyToken string
	// Log gets a line for each request and each panic; nil for none.
	Log *slog.Logger
	// Version is what /metrics shows as the version of the build.
	Version string
}

// Server answers the API for one world. It is safe for concurrent use.
type Server struct {
	engine  *engine.Engine
	parse   func(text string) (engine.Scenario, *world.Config, error)
	token   credential
	reader  credential // the read-only token
	log     *slog.Logger
	epoch   string // tells this server's event ids from those of others
	faults  *faults
	journal *journal
	metrics *metrics
	handler http.Handler
	routes  []api.Route

	estimating   chan struct{} // has a place for each estimate at work
	snapshotting chan struct{} // likewise
}

// New starts a world and returns what serves it.
func New(o Options) (*Server, error) {
	if o.ReadOnlyToken != "" && (o.Token == "" || o.Token == o.ReadOnlyToken) {
		return nil, errors.New("a read-only token needs another token beside it, or nobody could write")
	}
	if o.Parse == nil {
		o.Parse = func(string) (engine.Scenario, *world.Config, error) {
			return engine.Scenario{}, nil, errors.New("this server reads no scenarios")
		}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{parse: o.Parse, log: o.Log, faults: newFaults(o.Seed), journal: &journal{}, metrics: newMetrics(o.Version)}
	s.estimating = make(chan struct{}, runtime.GOMAXPROCS(0))
	s.snapshotting = make(chan struct{}, maxSnapshots)
	var err error
	if s.token, err = newCredential(o.Token); err != nil {
		return nil, err
	}
	if s.reader, err = newCredential(o.ReadOnlyToken); err != nil {
		return nil, err
	}
	o.Observe, o.Storage = s.metrics.observe, s.tellStorage
	if s.engine, err = engine.New(o.Options); err != nil {
		return nil, err
	}
	s.epoch = strconv.FormatInt(time.Now().UnixNano(), 36)
	s.metrics.collect(s.engine)
	s.handler = s.identify(s.record(s.survive(s.authenticate(encoded(s.router())))))
	return s, nil
}

// Engine returns what runs the world.
func (s *Server) Engine() *engine.Engine { return s.engine }

func (s *Server) config() *world.Config { return s.engine.Config() }

// Close ends all waits and makes /readyz say no.
func (s *Server) Close() { s.engine.Close() }

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

func (s *Server) router() http.Handler {
	s.routes = append(api.APIRoutes(operations{s}), api.ControlPlaneRoutes(controlPlane{s})...)
	r := mux.NewRouter().SkipClean(true).UseEncodedPath()
	r.Use(s.route, decodeVars, s.settle, s.inject, s.inCluster, s.refuseUnreadQuery, s.compress)
	r.NotFoundHandler = http.HandlerFunc(s.noSuchPath)
	r.MethodNotAllowedHandler = s.noSuchMethod(r)

	// One router for all: one of subrouters answers 404 where the method is wrong.
	api.Register(r, s.routes)
	return r
}

// operations answers what every cluster is asked.
type operations struct{ *Server }

// controlPlane answers what only a simulated cluster is asked.
type controlPlane struct{ *Server }

const eventsPath = apiPrefix + "events"

const metricsPath, contractPath = "/metrics", "/openapi.yaml"

// refuseUnreadQuery refuses a query where the call has no parameters.
func (s *Server) refuseUnreadQuery(next http.Handler) http.Handler {
	withQuery := map[string]bool{}
	for _, route := range s.routes {
		if route.HasQuery {
			withQuery[route.Path] = true
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		route := of(r).route
		reads := isRead(r.Method) && withQuery[route]
		if r.URL.RawQuery != "" && !reads && (strings.HasPrefix(route, apiPrefix) || strings.HasPrefix(route, "/sim/")) {
			if err := parseQuery(r).done(); err != nil {
				s.fail(w, r, err)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) noSuchPath(w http.ResponseWriter, r *http.Request) {
	s.refuse(w, r, http.StatusNotFound, api.ErrorReasonPathNotFound, "", map[string]any{"path": r.URL.Path})
}

// noSuchMethod says which methods the path takes.
func (s *Server) noSuchMethod(router *mux.Router) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var allowed []string
		for _, method := range []string{http.MethodDelete, http.MethodGet, http.MethodHead, http.MethodPatch, http.MethodPost, http.MethodPut} {
			var match mux.RouteMatch
			if router.Match(&http.Request{Method: method, URL: r.URL}, &match) && match.MatchErr == nil {
				allowed = append(allowed, method)
			}
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		s.refuse(w, r, http.StatusMethodNotAllowed, api.ErrorReasonMethodNotAllowed, "", map[string]any{
			"method": r.Method, "path": r.URL.Path, "allowed": allowed,
		})
	})
}

// Metrics answers in Prometheus's format.
func (s operations) Metrics(w http.ResponseWriter, r *http.Request) {
	s.metrics.handler.ServeHTTP(w, r)
}

func (s operations) Healthz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n"))
}

func (s operations) Readyz(w http.ResponseWriter, r *http.Request) {
	not := ""
	if s.engine.Failing() != nil {
		not = "the state could not be saved\n"
	}
	select {
	case <-s.engine.Closed():
		not = "stopping\n"
	default:
	}
	if not == "" {
		s.Healthz(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write([]byte(not))
}

func (s operations) Openapi(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/yaml")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(contract.OpenAPI)
}
