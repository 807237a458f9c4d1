package fermi

import (
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// A redirect that makes another request of a call doesn't carry it out.
func TestRedirects(t *testing.T) {
	for _, test := range []struct {
		status int
		method string
		want   string // in the error; empty for none
	}{
		{301, http.MethodGet, ""},
		{302, http.MethodDelete, "/moved/api/v1/training-tasks/task-001; followed, it would be another request [request req-7]"},
		{301, http.MethodDelete, "HTTP 301 Moved Permanently"},
		{308, http.MethodDelete, ""},
	} {
		var reached string
		client := newTestClient(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/moved") {
				reached = r.Method
				answerJSON(w, 200, taskJSON)
				return
			}
			w.Header().Set("Location", "/moved"+r.URL.Path+"?secret=1")
			answerJSON(w, test.status, "")
		})
		_, err := client.do(t.Context(), call{method: test.method, path: "/api/v1/training-tasks/task-001"}, nil)
		if test.want == "" && (err != nil || reached != test.method) {
			t.Errorf("%s redirected by %d: a %q arrived, %v", test.method, test.status, reached, err)
		}
		if test.want != "" && (err == nil || reached != "" || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s redirected by %d: a %q arrived, %v", test.method, test.status, reached, err)
		}
	}
}

// The token must not go on in the clear after a redirect from https.
func TestNoRedirectToPlainHTTP(t *testing.T) {
	unencrypted := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("%s arrived in the clear, authorization %q", r.URL, r.Header.Get("Authorization"))
	}))
	defer unencrypted.Close()
	secure := httptest.NewTLSServer(http.RedirectHandler(unencrypted.URL, http.StatusPermanentRedirect))
	defer secure.Close()
	roots := x509.NewCertPool()
	roots.AddCert(secure.Certificate())
	client, err := New(Options{Endpoint: secure.URL, RootCAs: roots, Token: "s3cret"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.GetTask(t.Context(), "task-001"); err == nil || !strings.Contains(err.Error(), "it redirects to "+unencrypted.URL) {
		t.Errorf("got %v", err)
	}
}

// The token goes to no other host: the error names that host, as the endpoint to set.
func TestNoRedirectToAnotherHost(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("%s %s arrived, authorization %q", r.Method, r.URL, r.Header.Get("Authorization"))
		answerJSON(w, 200, taskJSON)
	}))
	defer elsewhere.Close()
	_, port, err := net.SplitHostPort(elsewhere.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		location, redirect, message string
	}{
		{elsewhere.URL + "/api/v1/training-tasks/task-001?key=s3cret", elsewhere.URL, elsewhere.URL + "/api/v1/training-tasks/task-001; "},
		{"http://localhost:" + port + "/fermi/api/v1/training-tasks/task-001", "http://localhost:" + port + "/fermi", "localhost"},
		{"http://me:s3cret@localhost:" + port + "/login", "http://localhost:" + port, "localhost:" + port + "/login; "},
		{"//localhost:" + port + "/api/v1/x", "http://localhost:" + port, "localhost"},
		{"http://sub.127.0.0.1.example:" + port + "/", "http://sub.127.0.0.1.example:" + port, "sub.127.0.0.1.example"},
		{"https://api.example.com/a%0a%1b%5bb\u202ec", "https://api.example.com", `https://api.example.com/a%0A%1B%5Bb%E2%80%AEc`},
		{"https://b\u00fccher\u202e.example/", "https://b%C3%BCcher%E2%80%AE.example", "example"},
	} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			for _, method := range []string{http.MethodGet, http.MethodPatch, http.MethodPost, http.MethodDelete} {
				client := newTestClient(t, Options{Token: "t0ken", MaxRetries: 3}, func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Location", test.location)
					w.WriteHeader(status)
				})
				call := call{method: method, path: "/api/v1/training-tasks/task-001", body: map[string]string{"a": "b"}}
				_, err := client.do(t.Context(), call, nil)
				var e *Error
				if !errors.As(err, &e) || e.Status != status || e.Attempts != 1 || e.Redirect != test.redirect || IsUncertain(err) {
					t.Fatalf("%s, %d to %s: %+v", method, status, test.location, e)
				}
				if text := err.Error(); !strings.Contains(text, test.message) || !strings.Contains(text, "the token isn't sent to another host") ||
					strings.Contains(text, "s3cret") || strings.ContainsAny(text, "\u202e\x1b\n") {
					t.Errorf("%s, %d to %s: %s", method, status, test.location, text)
				}
			}
		}
	}
}

// The same host may move to https, keep its port by name, or be written in capitals.
func TestSameHost(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{"http://h/x", "https://h/y", true},
		{"http://h:80", "https://h", true},
		{"https://h:443/", "https://H/", true},
		{"http://h:8080", "http://h:8080/x", true},
		{"http://h:8080", "https://h:8080", true},
		{"http://h:8080", "http://h:8081", false},
		{"http://h", "http://h:8080", false},
		{"http://h:8080", "http://h", false},
		{"http://h", "http://h:443", false},
		{"https://h", "https://h.evil.example", false},
		{"https://h", "https://sub.h", false},
		{"https://h", "https://h@evil.example", false},
		{"http://[::1]:80", "http://[::1]", true},
	} {
		a, errA := url.Parse(test.a)
		b, errB := url.Parse(test.b)
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		if got := sameHost(a, b); got != test.want {
			t.Errorf("%s and %s: %t, want %t", test.a, test.b, got, test.want)
		}
	}
}

// Within the same host the token goes along, with the write and its header.
func TestRedirectWithinTheHost(t *testing.T) {
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if rest, ok := strings.CutPrefix(r.URL.Path, "/old"); ok {
			http.Redirect(w, r, server.URL+rest, http.StatusPermanentRedirect)
			return
		}
		if r.Header.Get("Authorization") != "Bearer t0ken" || r.Header.Get(clusterHeader) != "c" ||
			r.Header.Get("Accept-Language") != "en" || r.ContentLength == 0 {
			t.Errorf("%v", r.Header)
		}
		answerJSON(w, 503, "{}")
	}))
	defer server.Close()
	client, err := New(Options{Endpoint: server.URL + "/old", Token: "t0ken", AcceptLanguage: "en"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.ForCluster("c").CreateTask(t.Context(), TrainingTaskRequest{TaskName: "n"}, ""); !hasStatus(err, 503) ||
		IsUncertain(err) {
		t.Errorf("got %v, which is certain", err)
	}
}
