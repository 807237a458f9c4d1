//go:build unix

package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// certificate writes httptest's certificate and key for 127.0.0.1. It returns the files, and a pool that trusts them.
func certificate(t *testing.T) (cert, key string, trust *x509.CertPool) {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	pair := s.TLS.Certificates[0]
	private, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, bytes []byte) string {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	trust = x509.NewCertPool()
	trust.AddCert(s.Certificate())
	return write("cert.pem", "CERTIFICATE", pair.Certificate[0]), write("key.pem", "PRIVATE KEY", private), trust
}

func TestServeTLS(t *testing.T) {
	t.Parallel()
	cert, key, trust := certificate(t)
	p := start(t, "serve", "--listen", "127.0.0.1:0", "--tls-cert", cert, "--tls-key", key)
	url, ok := strings.CutPrefix(p.line(), "listening on ")
	if !ok || !strings.HasPrefix(url, "https://127.0.0.1:") {
		t.Fatalf("the first line is about %q", url)
	}
	get := func(settings *tls.Config) (*http.Response, error) {
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: settings, ForceAttemptHTTP2: true}}
		defer client.CloseIdleConnections()
		answer, err := client.Get(url + "/readyz")
		if err == nil {
			answer.Body.Close()
		}
		return answer, err
	}
	for _, newest := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		answer, err := get(&tls.Config{RootCAs: trust, MaxVersion: newest})
		if err != nil || answer.StatusCode != 200 || answer.TLS.Version != newest {
			t.Errorf("%s: %+v, %v", tls.VersionName(newest), answer, err)
		}
	}
	if _, err := get(&tls.Config{RootCAs: trust, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}); err == nil {
		t.Error("TLS 1.1 is taken")
	}
	if _, err := get(&tls.Config{}); err == nil {
		t.Error("a client that doesn't know the certificate is served")
	}
	if status := call(t, "GET", "http"+strings.TrimPrefix(url, "https")+"/readyz", "", nil); status != 400 {
		t.Errorf("without TLS: status %d, want 400", status)
	}
	p.signal(os.Interrupt)
	if status, _ := p.end(); status != 0 {
		t.Errorf("status %d: %s", status, p.stderr)
	}
}

func TestServeRefusesCertificatesThatDontWork(t *testing.T) {
	t.Parallel()
	cert, key, _ := certificate(t)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--tls-cert", cert}, "go together"},
		{[]string{"--tls-key", key}, "go together"},
		{[]string{"--tls-cert", key, "--tls-key", cert}, "--tls-cert " + key},
		{[]string{"--tls-cert", cert, "--tls-key", "nowhere.pem"}, "nowhere.pem: no such file"},
	} {
		p := start(t, append([]string{"serve", "--listen", "127.0.0.1:0"}, c.args...)...)
		if status, out := p.end(); status == 0 || out != "" || !strings.Contains(p.stderr.String(), c.want) {
			t.Errorf("%v: status %d, output %q, error %q", c.args, status, out, p.stderr)
		}
	}
}
