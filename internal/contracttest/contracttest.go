// Package contracttest checks requests and responses against the API's contract, in tests of either side.
package contracttest

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net/http"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/contract"
)

// Document returns the API's contract. The error says that it is invalid.
var Document = sync.OnceValues(func() (*openapi3.T, error) {
	document, err := openapi3.NewLoader().LoadFromData(contract.OpenAPI)
	if err != nil {
		return nil, err
	}
	return document, document.Validate(context.Background())
})

var router = sync.OnceValues(func() (routers.Router, error) {
	document, err := Document()
	if err != nil {
		return nil, err
	}
	return gorillamux.NewRouter(document)
})

// Handler returns a handler that calls next, and fails the test if a request or a response violates the contract.
func Handler(t testing.TB, next http.Handler) http.Handler { return handler(t, next, true) }

// Answers is like Handler but doesn't check requests, for tests that send invalid ones.
func Answers(t testing.TB, next http.Handler) http.Handler { return handler(t, next, false) }

func handler(t testing.TB, next http.Handler, checkRequests bool) http.Handler {
	t.Helper()
	routes, err := router()
	if err != nil {
		t.Fatalf("openapi.yaml: %v", err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		described := r
		if r.Method == http.MethodHead { // described as GET; the server omits the body
			described = r.Clone(r.Context())
			described.Method = http.MethodGet
		}
		route, parameters, err := routes.FindRoute(described)
		if err != nil {
			if checkRequests {
				t.Errorf("%s %s: not in openapi.yaml: %v", r.Method, r.URL, err)
			}
			next.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler) // the client has disconnected
		}
		input := &openapi3filter.RequestValidationInput{
			Request: described, PathParams: parameters, Route: route,
			Options: &openapi3filter.Options{
				AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true, MultiError: true,
				SkipSettingDefaults: true, // pass the request on as it was sent
			},
		}
		if checkRequests {
			described.Body = io.NopCloser(bytes.NewReader(body))
			if err := openapi3filter.ValidateRequest(r.Context(), input); err != nil {
				t.Errorf("request %s %s violates openapi.yaml: %v\n%s", r.Method, r.URL, err, body)
			}
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		r.Header.Del("Accept-Encoding") // responses must be uncompressed to be checked
		answer := &recorder{header: http.Header{}, status: http.StatusOK}
		next.ServeHTTP(answer, r)
		err = openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
			RequestValidationInput: input, Status: answer.status, Header: answer.header, Options: input.Options,
			Body: io.NopCloser(bytes.NewReader(answer.body.Bytes())),
		})
		if err != nil {
			t.Errorf("answer %d to %s %s violates openapi.yaml: %v\n%s", answer.status, r.Method, r.URL, err, answer.body.Bytes())
		}
		maps.Copy(w.Header(), answer.header)
		w.WriteHeader(answer.status)
		_, _ = w.Write(answer.body.Bytes())
	})
}

func init() {
	// Check only that a stream is text. Other tests check its events.
	openapi3filter.RegisterBodyDecoder("text/event-stream", openapi3filter.RegisteredBodyDecoder("text/plain"))
}

// recorder buffers a response, so that it can be checked before it is sent.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Flush()                      {}
