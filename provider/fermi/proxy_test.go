package fermi

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// noProxies clears what the environment of the tests says of proxies.
func noProxies(t *testing.T) {
	t.Helper()
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"} {
		t.Setenv(name, "")
		t.Setenv(strings.ToLower(name), "")
	}
}

// Direct is what a user didn't ask for who names a proxy, even if wrongly.
func TestAMalformedProxyIsAnError(t *testing.T) {
	for _, value := range []string{
		"://x", "http://", "https://", "http:///path", "http://:3128", ":3128", "proxy:abc", "http://proxy:abc", "http://proxy:-1",
		"proxy:0", "proxy:65536", "http://proxy:99999999999999999999", "ftp://proxy:21", "socks4://proxy", "file:///etc",
		"proxy.example.com:3128 ", " ", "\t", "http://pro xy:3128", "http://proxy:3128\n", "http://[::1", "http://%zz",
		"user:s3cret@", "http://user:s3cret@", "user:s3cret%zz@proxy",
		"http://user:s3cret@proxy:port", "s3cret://proxy", "http//proxy:3128", "http:/proxy:3128", "http://http://proxy:3128", "http:proxy:3128",
	} {
		for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"} {
			for _, endpoint := range []string{"http://127.0.0.1:1", "https://fermi.example.com"} {
				noProxies(t)
				t.Setenv(name, value)
				_, err := New(Options{Endpoint: endpoint})
				var proxy *ProxyError
				if !errors.As(err, &proxy) || proxy.Variable != name || !strings.HasPrefix(err.Error(), name+" is not") {
					t.Errorf("%s=%q: %v", name, value, err)
				} else if strings.Contains(err.Error(), "s3cret") {
					t.Errorf("%s=%q: the error has the password: %v", name, value, err)
				}
			}
		}
	}
}

func TestProxiesThatAreUsed(t *testing.T) {
	for value, want := range map[string]string{
		"proxy":                      "http://proxy",
		"proxy:3128":                 "http://proxy:3128",
		"proxy.example.com:3128":     "http://proxy.example.com:3128",
		"10.0.0.1:3128":              "http://10.0.0.1:3128",
		"[fd00::1]:3128":             "http://[fd00::1]:3128",
		"http://proxy:3128/":         "http://proxy:3128/",
		"HTTP://PROXY:3128":          "http://PROXY:3128",
		"https://proxy":              "https://proxy",
		"socks5://proxy:1080":        "socks5://proxy:1080",
		"socks5h://proxy:1080":       "socks5h://proxy:1080",
		"user:pass@proxy:3128":       "http://user:pass@proxy:3128",
		"http://user:p%40s@proxy:80": "http://user:p%40s@proxy:80",
		"":                           "",
	} {
		noProxies(t)
		t.Setenv("HTTP_PROXY", value)
		t.Setenv("https_proxy", value)
		t.Setenv("HTTPS_PROXY", "://not looked at where there is the other")
		if value == "" {
			t.Setenv("HTTPS_PROXY", "")
		}
		choose, err := proxyFromEnvironment()
		if err != nil {
			t.Errorf("%q: %v", value, err)
			continue
		}
		for _, target := range []string{"http://fermi.example.com", "https://fermi.example.com"} {
			request, err := http.NewRequest(http.MethodGet, target, nil)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if proxy, err := choose(request); err != nil {
				t.Errorf("%q: %v", value, err)
			} else if proxy != nil {
				got = proxy.String()
			}
			if got != want {
				t.Errorf("%q: %s goes by %q, want %q", value, target, got, want)
			}
		}
	}
}

// The environment is read by each client, and NO_PROXY holds.
func TestCallsGoByTheProxy(t *testing.T) {
	noProxies(t)
	var proxied atomic.Int32
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if proxied.Add(1); r.Method == http.MethodConnect {
			w.WriteHeader(http.StatusProxyAuthRequired)
			return
		}
		if r.URL.Host != "fermi.example.com" {
			t.Errorf("%s", r.URL)
		}
		answerJSON(w, 200, taskJSON)
	}))
	defer proxy.Close()
	get := func(endpoint string) error {
		client, err := New(Options{Endpoint: endpoint})
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.GetTask(t.Context(), "task-001")
		return err
	}
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("HTTPS_PROXY", proxy.URL)
	if err := get("http://fermi.example.com"); err != nil || proxied.Load() != 1 {
		t.Errorf("%d requests to the proxy, %v", proxied.Load(), err)
	}
	var op *net.OpError
	if err := get("https://fermi.example.com"); !errors.As(err, &op) || op.Op != "proxyconnect" ||
		!strings.Contains(err.Error(), "the proxy answers HTTP 407 Proxy Authentication Required") {
		t.Errorf("%v", err)
	}
	t.Setenv("NO_PROXY", "fermi.example.com")
	choose, err := proxyFromEnvironment()
	if err != nil {
		t.Fatal(err)
	}
	for target, direct := range map[string]bool{
		"https://fermi.example.com": true, "http://fermi.example.com:8080": true, "http://other.example.com": false,
	} {
		request, err := http.NewRequest(http.MethodGet, target, nil)
		if err != nil {
			t.Fatal(err)
		}
		if by, err := choose(request); err != nil || (by == nil) != direct {
			t.Errorf("%s goes by %v, %v", target, by, err)
		}
	}
}
