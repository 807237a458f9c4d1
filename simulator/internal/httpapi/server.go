// Package httpapi is the Fermi API over HTTP, as openapi.yaml has it: wire formats, statuses and messages.
//
// Its handlers are two sets. operations is what every cluster has, /api/v1, and asks a backend.Cluster; controlPlane is what only
// a simulated one has, /sim/v1, and asks its engine. The types of requests and answers, and the routes, are package api's.
package httpapi

import (
	"errors"
	"log/slog"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/mux"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/contract"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/backend"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/engine"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/simulated"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// Options says which simulated cluster to serve.
type Options struct {
	engine.Options // Observe and Storage are the server's own
	Access
	// Parse reads a scenario for PUT /sim/v1/scenario and /sim/v1/snapshot; an error of type scenario.Problems tells what is wrong
	// where. Without it these calls are refused.
	Parse func(text string) (engine.Scenario, *world.Config, error)
}

// Access says who may call a server, and what it logs and shows.
type Access struct {
	// Token, when not empty, must come with every request but the health checks, as a bearer token.
	Token string
	// ReadOnlyToken is one that may read and nothing else. It needs a Token beside it.
	ReadOnlyToken string
	// Log gets a line for each request and each panic; nil for none.
	Log *slog.Logger
	// Version is what /metrics shows as the version of the build.
	Version string
}

// Server answers the API for one cluster. It is safe for concurrent use.
type Server struct {
	cluster backend.Cluster
	durable backend.Durable // the cluster, if it is durable; nil otherwise
	control *controlPlane   // nil for a cluster that isn't simulated
	token   credential
	reader  credential // the read-only token
	log     *slog.Logger
	epoch   string // tells this server's event ids from those of others
	metrics *metrics
	handler http.Handler
	routes  []api.Route

	closed     chan struct{}
	closeOnce  sync.Once
	estimating chan struct{} // has a place for each estimate at work
}

// New starts a simulated cluster, and returns a server of its API and its control plane.
func New(o Options) (*Server, error) {
	s, err := newServer(o.Access)
	if err != nil {
		return nil, err
	}
	if o.Parse == nil {
		o.Parse = func(string) (engine.Scenario, *world.Config, error) {
			return engine.Scenario{}, nil, errors.New("this server reads no scenarios")
		}
	}
	o.Observe, o.Storage = s.metrics.observe, s.logStorage
	e, err := engine.New(o.Options)
	if err != nil {
		return nil, err
	}
	s.metrics.collect(e)
	s.serve(simulated.New(e), newControlPlane(s, e, &o))
	return s, nil
}

// ForCluster returns a server of the API of any cluster, without a control plane.
func ForCluster(c backend.Cluster, a Access) (*Server, error) {
	s, err := newServer(a)
	if err != nil {
		return nil, err
	}
	s.serve(c, nil)
	return s, nil
}

func newServer(a Access) (*Server, error) {
	if a.ReadOnlyToken != "" && (a.Token == "" || a.Token == a.ReadOnlyToken) {
		return nil, errors.New("a read-only token needs another token beside it, or nobody could write")
	}
	if a.Log == nil {
		a.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{
		log: a.Log, metrics: newMetrics(a.Version), epoch: strconv.FormatInt(time.Now().UnixNano(), 36),
		closed: make(chan struct{}), estimating: make(chan struct{}, runtime.GOMAXPROCS(0)),
	}
	var err error
	if s.token, err = newCredential(a.Token); err != nil {
		return nil, err
	}
	s.reader, err = newCredential(a.ReadOnlyToken)
	return s, err
}

func (s *Server) serve(c backend.Cluster, control *controlPlane) {
	s.cluster, s.control = c, control
	s.durable, _ = c.(backend.Durable)
	s.handler = s.beginExchange(s.recordRequest(s.recoverPanics(s.authenticate(normalizePath(s.router())))))
}

// Engine returns the engine of the simulated cluster, or nil for another cluster.
func (s *Server) Engine() *engine.Engine {
	if s.control == nil {
		return nil
	}
	return s.control.engine
}

// Close ends all waits and makes /readyz say no.
func (s *Server) Close() {
	s.closeOnce.Do(func() { close(s.closed) })
	s.cluster.Close()
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

func (s *Server) router() http.Handler {
	s.routes = api.APIRoutes(operations{s})
	if s.control != nil {
		s.routes = append(s.routes, api.ControlPlaneRoutes(s.control)...)
	}
	r := mux.NewRouter().SkipClean(true).UseEncodedPath()
	r.Use(s.noteRoute, decodeVars, s.answerWhenSaved)
	if s.control != nil {
		r.Use(s.control.injectFaults)
	}
	r.Use(s.checkClusterID, s.refuseUnknownQuery, s.compress)
	r.NotFoundHandler = http.HandlerFunc(s.noSuchPath)
	r.MethodNotAllowedHandler = s.noSuchMethod(r)
	// All routes are on one router: with subrouters, mux answers 404 instead of 405 for a wrong method.
	api.Register(r, s.routes)
	return r
}

// operations implements api.API on a backend.Cluster.
type operations struct{ *Server }

const eventsPath = apiPrefix + "events"

const metricsPath, contractPath = "/metrics", "/openapi.yaml"

// refuseUnknownQuery refuses a query where the call has no parameters.
func (s *Server) refuseUnknownQuery(next http.Handler) http.Handler {
	withQuery := map[string]bool{}
	for _, route := range s.routes {
		if route.HasQuery {
			withQuery[route.Path] = true
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		route := exchangeOf(r).route
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

// noSuchMethod returns a handler that answers 405 with the methods that the path has.
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
	reason := ""
	if err := s.cluster.Ready(); err != nil {
		reason = err.Error()
	}
	select {
	case <-s.closed:
		reason = "stopping"
	default:
	}
	if reason == "" {
		s.Healthz(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write([]byte(reason + "\n"))
}

func (s operations) Openapi(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/yaml")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(contract.OpenAPI)
}
