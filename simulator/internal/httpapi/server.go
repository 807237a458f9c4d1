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
	routes  []route

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
	r := mux.NewRouter().SkipClean(true).UseEncodedPath()
	r.Use(s.route, decodeVars, s.settle, s.inject, s.inCluster, s.plain, s.compress)
	r.NotFoundHandler = http.HandlerFunc(s.noSuchPath)
	r.MethodNotAllowedHandler = s.noSuchMethod(r)

	// One router for all: one of subrouters answers 404 where the method is wrong.
	const api, sim = "/api/v1", "/sim/v1"
	// HEAD is GET without the body (RFC 9110, section 9.3.2), which net/http leaves out.
	get := func(path string, h http.HandlerFunc) { r.HandleFunc(path, h).Methods(http.MethodGet, http.MethodHead) }
	r.HandleFunc(api+"/training-tasks", s.createTask).Methods(http.MethodPost)
	get(api+"/training-tasks", s.listTasks)
	r.HandleFunc(estimatePath, s.estimateTask).Methods(http.MethodPost)
	r.HandleFunc(api+"/training-tasks/batch", s.createTasks).Methods(http.MethodPost)
	get(api+"/training-tasks/{id}", s.getTask)
	r.HandleFunc(api+"/training-tasks/{id}", s.patchTask).Methods(http.MethodPatch)
	r.HandleFunc(api+"/training-tasks/{id}", s.deleteTask).Methods(http.MethodDelete)
	r.HandleFunc(api+"/training-tasks/{id}/stop", s.stopTask).Methods(http.MethodPost)
	get(api+"/training-tasks/{id}/events", s.listTaskEvents)
	get(api+"/training-tasks/{id}/logs", s.taskLogs)
	get(api+"/dev-environments", s.listEnvironments)
	get(api+"/dev-environments/{id}", s.getEnvironment)
	get(api+"/availability-zones", s.listZones)
	get(api+"/availability-zones/{id}", s.getZone)
	r.HandleFunc(api+"/task-templates", s.createTemplate).Methods(http.MethodPost)
	get(api+"/task-templates", s.listTemplates)
	get(api+"/task-templates/{id}", s.getTemplate)
	r.HandleFunc(api+"/task-templates/{id}", s.patchTemplate).Methods(http.MethodPatch)
	r.HandleFunc(api+"/task-templates/{id}", s.deleteTemplate).Methods(http.MethodDelete)
	get(api+"/gpu-types", s.listGPUTypes)
	get(api+"/gpu-types/{id}", s.getGPUType)
	get(api+"/images", s.listImages)
	get(api+"/datasets", s.listDatasets)
	get(api+"/datasets/{id}", s.getDataset)
	get(api+"/models", s.listModels)
	get(api+"/models/{id}", s.getModel)
	get(eventsPath, s.streamEvents)
	get(api+"/cluster", s.getCluster)
	get(api+"/history", s.getHistory)

	get(sim+"/clock", s.getClock)
	r.HandleFunc(sim+"/clock", s.putClock).Methods(http.MethodPut)
	r.HandleFunc(sim+"/clock/advance", s.advanceClock).Methods(http.MethodPost)
	r.HandleFunc(sim+"/reset", s.reset).Methods(http.MethodPost)
	get(snapshotPath, s.getSnapshot)
	r.HandleFunc(snapshotPath, s.putSnapshot).Methods(http.MethodPut)
	r.HandleFunc(sim+"/scenario", s.putScenario).Methods(http.MethodPut)
	get(sim+"/state", s.getState)
	get(sim+"/timeline", s.getTimeline)
	r.HandleFunc(sim+"/dev-environments/{id}/{action:stop|start}", s.switchEnvironment).Methods(http.MethodPost)
	r.HandleFunc(sim+"/nodes/{id}/{action:fail|drain|restore}", s.setNode).Methods(http.MethodPost)
	get(sim+"/faults", s.listFaults)
	r.HandleFunc(sim+"/faults", s.createFault).Methods(http.MethodPost)
	r.HandleFunc(sim+"/faults", s.deleteFaults).Methods(http.MethodDelete)
	r.HandleFunc(sim+"/faults/{id}", s.deleteFault).Methods(http.MethodDelete)
	get(sim+"/requests", s.listRequests)
	r.HandleFunc(sim+"/requests", s.deleteRequests).Methods(http.MethodDelete)

	get("/healthz", s.healthz)
	get("/readyz", s.readyz)
	get(metricsPath, s.metrics.handler().ServeHTTP)
	get(contractPath, s.openapi)
	// The error would be this function's own.
	_ = r.Walk(func(call *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		template, err := call.GetPathTemplate()
		if err != nil {
			return err
		}
		methods, err := call.GetMethods()
		s.routes = append(s.routes, route{template, methods})
		return err
	})
	return r
}

const eventsPath = apiPrefix + "events"

const metricsPath, contractPath = "/metrics", "/openapi.yaml"

// parametrised are the calls that read a query.
var parametrised = map[string]bool{
	"/api/v1/events": true, "/api/v1/training-tasks": true, "/api/v1/training-tasks/{id}/events": true, "/api/v1/training-tasks/{id}/logs": true,
	"/api/v1/dev-environments": true, "/api/v1/availability-zones": true, "/api/v1/gpu-types": true,
	"/api/v1/task-templates": true, "/api/v1/images": true, "/api/v1/datasets": true, "/api/v1/models": true, "/sim/v1/faults": true, "/sim/v1/requests": true,
	"/api/v1/history": true, "/sim/v1/timeline": true,
}

// plain refuses a query where no parameter is known.
func (s *Server) plain(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		route := of(r).route
		reads := isRead(r.Method) && parametrised[route]
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
	s.refuse(w, r, http.StatusNotFound, "PATH_NOT_FOUND", "", map[string]any{"path": r.URL.Path})
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
		s.refuse(w, r, http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", "", map[string]any{
			"method": r.Method, "path": r.URL.Path, "allowed": allowed,
		})
	})
}

func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n"))
}

func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
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
		s.healthz(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write([]byte(not))
}

func (s *Server) openapi(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/yaml")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(contract.OpenAPI)
}
