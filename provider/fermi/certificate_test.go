package fermi

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// serveWith serves nothing over TLS, with a certificate of its own for a host, valid for a time. The pool has it.
func serveWith(t *testing.T, host string, from, until time.Time) (server *httptest.Server, pool *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: from, NotAfter: until, DNSNames: []string{host}, IsCA: true, BasicConstraintsValid: true,
	}
	encoded, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(encoded)
	if err != nil {
		t.Fatal(err)
	}
	server = httptest.NewUnstartedServer(http.NotFoundHandler())
	server.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{encoded}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	pool = x509.NewCertPool()
	pool.AddCert(certificate)
	return server, pool
}

// A certificate that isn't accepted stays so, for whatever reason, and is told apart from a failing network.
func TestCertificatesAreNotRetried(t *testing.T) {
	now := time.Now()
	for name, test := range map[string]struct {
		host        string
		from, until time.Time
		trusted     bool
	}{
		"another host": {"fermi.example.com", now.Add(-time.Hour), now.Add(time.Hour), true},
		"expired":      {"localhost", now.Add(-2 * time.Hour), now.Add(-time.Hour), true},
		"too early":    {"localhost", now.Add(time.Hour), now.Add(2 * time.Hour), true},
		"untrusted":    {"localhost", now.Add(-time.Hour), now.Add(time.Hour), false},
	} {
		server, pool := serveWith(t, test.host, test.from, test.until)
		if !test.trusted {
			pool = nil
		}
		client, err := New(Options{Endpoint: server.URL, RootCAs: pool, MaxRetries: 5})
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.GetTask(t.Context(), "task-001")
		var e *Error
		var refused *tls.CertificateVerificationError
		if !errors.As(err, &e) || e.Attempts != 1 || !errors.As(err, &refused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAServerWithoutTLSIsNotRetried(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	client, err := New(Options{Endpoint: "https" + server.URL[len("http"):], MaxRetries: 5})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.GetTask(t.Context(), "task-001")
	var e *Error
	if !errors.As(err, &e) || e.Attempts != 1 || !IsWithoutTLS(err) {
		t.Errorf("got %v", err)
	}
}

// The answer of another API that happens to have the same fields is none of ours.
func TestAnAnswerRepeatsItsStatus(t *testing.T) {
	for _, body := range []string{`{"status":"ok","data":[]}`, `{"code":0,"data":[]}`, `{"code":201,"data":[]}`, `{}`} {
		client := newTestClient(t, Options{}, func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, 200, body) })
		if all, err := client.ListAvailabilityZones(t.Context(), ListAvailabilityZonesParams{}); !errors.Is(err, ErrNotTheAPI) {
			t.Errorf("%s gives %v, %v", body, all, err)
		}
	}
}
