package fermi

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

func TestErrorTellsEverything(t *testing.T) {
	client := newTestClient(t, Options{Token: "secret"}, func(w http.ResponseWriter, r *http.Request) {
		answerJSON(w, 422, `{"code":422,"message":"请选择可用区","error":{"reason":"AVAILABILITY_ZONE_REQUIRED",
			"field":"resourceConfig.availabilityZone","details":{"zones":6}}}`)
	})
	_, err := client.CreateTask(t.Context(), TrainingTaskRequest{}, "")
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v", err)
	}
	if e.Status != 422 || e.Reason != "AVAILABILITY_ZONE_REQUIRED" || e.Field != "resourceConfig.availabilityZone" ||
		e.Message != "请选择可用区" || e.RequestID != "req-7" || e.Attempts != 1 || e.Details["zones"] != 6.0 || e.Method != "POST" {
		t.Errorf("got %+v", e)
	}
	want := "POST " + client.Endpoint() + "/api/v1/training-tasks: HTTP 422 Unprocessable Entity, AVAILABILITY_ZONE_REQUIRED " +
		"(resourceConfig.availabilityZone): 请选择可用区 [request req-7]"
	if got := e.Error(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestErrorAfterRetries(t *testing.T) {
	client := newTestClient(t, Options{Token: "secret", MaxRetries: 2}, func(w http.ResponseWriter, r *http.Request) {
		answerJSON(w, 502, "<html>"+strings.Repeat("坏", 300))
	})
	_, err := client.GetTask(t.Context(), "task-001")
	if got := err.Error(); !strings.Contains(got, "HTTP 502 Bad Gateway: <html>坏") ||
		!strings.HasSuffix(got, "… [request req-7, 3 attempts]") {
		t.Errorf("got %s", got)
	}
}

func TestErrorWithoutAnswer(t *testing.T) {
	client := newTestClient(t, Options{Token: "secret", MaxRetries: 1}, func(w http.ResponseWriter, r *http.Request) { cutConnection(w) })
	_, err := client.GetTask(t.Context(), "task-001")
	want := "GET " + client.Endpoint() + "/api/v1/training-tasks/task-001: EOF [2 attempts]"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// Where patience ends between or during attempts, the error still says what was wrong.
func TestErrorAtTheEndOfPatience(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var requests atomic.Int32
	client := newTestClient(t, Options{MaxRetries: 5}, func(w http.ResponseWriter, r *http.Request) {
		if requests.Add(1) == 2 {
			cancel()
			<-r.Context().Done()
		}
		cutConnection(w)
	})
	_, err := client.GetTask(ctx, "task-001")
	want := "GET " + client.Endpoint() + "/api/v1/training-tasks/task-001: context canceled; before that: EOF [2 attempts]"
	if err == nil || err.Error() != want || !errors.Is(err, context.Canceled) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestErrorWhenTheEndpointIsSomethingElse(t *testing.T) {
	client := newTestClient(t, Options{}, func(w http.ResponseWriter, r *http.Request) { answerJSON(w, 200, "<html>welcome") })
	_, err := client.GetTask(t.Context(), "task-001")
	if err == nil || !strings.Contains(err.Error(), "is the endpoint right?") {
		t.Errorf("got %v", err)
	}
}

// A proxy that echoes the request must not bring the token into an error.
func TestErrorsDoNotRepeatTheToken(t *testing.T) {
	for name, body := range map[string]string{
		"page":     "<html>Bad gateway for Authorization: Bearer s3cret-token, and once more s3cret-token</html>",
		"cut page": strings.Repeat("x", 190) + "s3cret-token",
		"message": `{"code":502,"message":"no upstream for s3cret-token","error":{"reason":"BAD_GATEWAY","details":{"header":"Bearer ` +
			`s3cret-token"}}}`,
	} {
		client := newTestClient(t, Options{Token: "s3cret-token"}, func(w http.ResponseWriter, _ *http.Request) {
			answerJSON(w, http.StatusBadGateway, body)
		})
		_, err := client.GetTask(t.Context(), "task-001")
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(e.Error(), "HTTP 502") {
			t.Fatalf("%s: %v", name, err)
		}
		if whole := fmt.Sprintf("%s %+v", e, *e); strings.Contains(whole, "s3cret") {
			t.Errorf("%s: the token is in %s", name, whole)
		}
	}
}

// Hiding a token of few letters would only garble the message.
func TestAShortTokenDoesNotGarbleErrors(t *testing.T) {
	client := newTestClient(t, Options{Token: "a"}, func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, http.StatusBadGateway, `{"code":502,"message":"bad gateway"}`)
	})
	if _, err := client.GetTask(t.Context(), "task-001"); err == nil || !strings.Contains(err.Error(), "bad gateway") {
		t.Errorf("got %v", err)
	}
}

func TestABadCertificateIsNotRetried(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answerJSON(w, 200, taskJSON) }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	client, err := New(Options{Endpoint: server.URL, MaxRetries: 5})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.GetTask(t.Context(), "task-001")
	var e *Error
	if !errors.As(err, &e) || e.Attempts != 1 || !strings.Contains(e.Error(), "certificate") {
		t.Errorf("got %v", err)
	}

	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	client, err = New(Options{Endpoint: server.URL, RootCAs: roots})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.GetTask(t.Context(), "task-001"); err != nil {
		t.Errorf("with its certificate: %v", err)
	}
}

func TestGone(t *testing.T) {
	client := newTestClient(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		answerJSON(w, 410, `{"code":410,"message":"purged","error":{"reason":"TASK_PURGED","details":{"status":"succeeded"}}}`)
	})
	_, err := client.GetTask(t.Context(), "task-001")
	if !IsGone(err) || IsNotFound(err) || FinalStatus(err) != TaskStatusSucceeded {
		t.Errorf("got %v, final status %q", err, FinalStatus(err))
	}
	if FinalStatus(errors.New("other")) != "" {
		t.Error("an error of another kind has no final status")
	}
}

// What isn't the API's word on an object must not make anybody forget the object.
func TestMissingIsTheAPIsToSay(t *testing.T) {
	for _, test := range []struct {
		status int
		body   string
		want   bool
	}{
		{404, `{"code":404,"message":"","error":{"reason":"TASK_NOT_FOUND"}}`, true},
		{404, `{"code":404,"message":"","error":{"reason":"PATH_NOT_FOUND"}}`, false},
		{404, `{"code":404,"message":"","error":{"reason":"GATEWAY_LOST"}}`, false},
		{404, `<html>default backend - 404</html>`, false},
		{404, ``, false},
		{410, `{"code":410,"message":"","error":{"reason":"TASK_PURGED"}}`, true},
		{410, `<html>Gone</html>`, false},
	} {
		client := newTestClient(t, Options{}, func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, test.status, test.body) })
		_, err := client.GetTask(t.Context(), "task-001")
		if got := IsNotFound(err) || IsGone(err); got != test.want {
			t.Errorf("%d %s: missing is %t, want %t", test.status, test.body, got, test.want)
		}
		if err := client.DeleteTask(t.Context(), "task-001", ""); (err == nil) != test.want {
			t.Errorf("%d %s: deletion returned %v", test.status, test.body, err)
		}
	}
}

// inTurn handles the first request by first, and answers all others with a status.
func inTurn(first http.HandlerFunc, status int) http.HandlerFunc {
	var requests atomic.Int32
	return func(w http.ResponseWriter, r *http.Request) {
		if requests.Add(1) == 1 {
			first(w, r)
			return
		}
		w.Header().Set("Retry-After", "0")
		body := "{}"
		if status == 422 {
			body = `{"code":422,"message":"","error":{"reason":"ZONE_NOT_FOUND"}}`
		}
		answerJSON(w, status, body)
	}
}

func TestUncertain(t *testing.T) {
	for _, test := range []struct {
		handler http.HandlerFunc
		want    bool
	}{
		{func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, 422, "{}") }, false},
		{func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, 503, "{}") }, false},
		{func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, 504, "") }, true},
		{func(w http.ResponseWriter, _ *http.Request) { cutConnection(w) }, true},
		{func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, 200, "{}") }, true},
		{func(w http.ResponseWriter, _ *http.Request) {
			answerJSON(w, 200, `{"code":200,"message":"","data":{}}`)
		}, true},
		// A later attempt that only doesn't get through says nothing of the first; a refusal does.
		{inTurn(func(w http.ResponseWriter, _ *http.Request) { cutConnection(w) }, 503), true},
		{inTurn(func(w http.ResponseWriter, _ *http.Request) { cutConnection(w) }, 429), true},
		{inTurn(func(w http.ResponseWriter, _ *http.Request) { cutConnection(w) }, 422), false},
		// Not the API's: it doesn't tell what the API did before.
		{inTurn(func(w http.ResponseWriter, _ *http.Request) { cutConnection(w) }, 400), true},
	} {
		client := newTestClient(t, Options{MaxRetries: 1}, test.handler)
		if _, err := client.CreateTask(t.Context(), TrainingTaskRequest{}, ""); IsUncertain(err) != test.want {
			t.Errorf("uncertain: %t, want %t: %v", !test.want, test.want, err)
		}
	}

	// net/http repeats the request by itself when a connection that was kept from before is cut.
	create := inTurn(func(w http.ResponseWriter, _ *http.Request) { cutConnection(w) }, 503)
	client := newTestClient(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			create(w, r)
			return
		}
		answerJSON(w, 200, taskJSON)
	})
	if _, err := client.GetTask(t.Context(), "task-001"); err != nil {
		t.Fatal(err)
	}
	var e *Error
	if _, err := client.CreateTask(t.Context(), TrainingTaskRequest{}, ""); !errors.As(err, &e) || e.Status != 503 || e.Attempts != 1 ||
		!IsUncertain(err) {
		t.Errorf("uncertain: false, want true: %v", err)
	}

	refused, err := New(Options{Endpoint: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := refused.CreateTask(t.Context(), TrainingTaskRequest{}, ""); err == nil || IsUncertain(err) {
		t.Errorf("nothing was sent, so nothing is uncertain: %v", err)
	}
}
