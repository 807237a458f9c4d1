package apierror

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
)

func TestFieldsStandForAttributes(t *testing.T) {
	for field, want := range map[string]string{
		"taskName":                              "task_name",
		"resourceConfig.gpuType":                "resource_config.gpu_type",
		"config.datasetId":                      "config.dataset_id",
		"config.resourceConfig.gpuType":         "config.resource_config.gpu_type",
		"config.resourceConfig":                 "config.resource_config",
		"name":                                  "name",
		"labels[3]":                             "labels[3]",
		"config.labels[3]":                      "config.labels[3]",
		"config.name":                           "",
		"config":                                "",
		"config.":                               "",
		"config.config.resourceConfig.gpuType":  "",
		"somethingNewer":                        "",
		"resourceConfig.somethingNewer.gpuType": "",
	} {
		attribute, ok := attributeOf(field)
		if ok != (want != "") || ok && attribute.String() != want {
			t.Errorf("%q stands for %q, %t; want %q", field, attribute, ok, want)
		}
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	for _, test := range []struct {
		status        int
		reason        string
		title, advice string
	}{
		{304, "", "No Fermi API at this address", "Check the provider's endpoint"},
		{308, "", "No Fermi API at this address", "Check the provider's endpoint"},
		{400, "", "No Fermi API at this address", "proxies on the way"},
		{400, "INVALID_JSON", "Fermi API doesn't understand the request", "compare their versions"},
		{401, "", "Fermi API wants a valid token", "FERMI_TOKEN"},
		{403, "", "Token may not do this", "right to write"},
		{404, "", "No Fermi API at this address", "Check the provider's endpoint"},
		{404, "PATH_NOT_FOUND", "No Fermi API at this address", "Check the provider's endpoint"},
		{404, "TASK_NOT_FOUND", "Not found", "deleted outside Terraform"},
		{405, "", "No Fermi API at this address", "Check the provider's endpoint"},
		{405, "METHOD_NOT_ALLOWED", "Fermi API doesn't have this call", "compare their versions"},
		{407, "", "Proxy wants a user and password", "HTTPS_PROXY"},
		{408, "", "Fermi API waited too long for the request", "network"},
		{412, "WRONG_CLUSTER", "Another cluster than the object's", "terraform state rm"},
		{412, "REVISION_MISMATCH", "Changed since the plan", "Plan again"},
		{412, "SOMETHING_NEWER", "Changed since the plan", "Plan again"},
		{413, "", "Request is too large", "Shorten"},
		{413, "BODY_TOO_LARGE", "Request is too large", "Shorten"},
		{414, "", "Request is too large", "shorter values"},
		{415, "UNSUPPORTED_MEDIA_TYPE", "Fermi API doesn't understand the request", "compare their versions"},
		{418, "SOMETHING_NEWER", "Fermi API doesn't understand the request", "compare their versions"},
		{422, "TOO_LONG", "Fermi API refuses a value", "Correct the value"},
		{429, "", "Fermi API is throttling", "Wait"},
		{431, "", "Request is too large", "token"},
		{500, "INTERNAL", "Fermi API failed", "Apply again later"},
		{501, "", "Fermi API doesn't have this call", "versions"},
		{502, "", "Fermi API failed", "Apply again later"},
		{503, "", "Fermi API failed", "Apply again later"},
		{505, "", "Fermi API refuses the version of HTTP", "proxies"},
		{507, "", "Fermi API has no room to keep this", "make room"},
		{508, "", "Request goes round in circles", "proxies"},
		{511, "", "Network wants a login", "Log in"},
	} {
		for _, id := range []string{"", "req-7"} {
			title, advice := explain(&fermi.Error{Status: test.status, Reason: fermi.ErrorReason(test.reason), RequestID: id})
			if title != test.title || !strings.Contains(advice, test.advice) {
				t.Errorf("%d %s: %s: %s", test.status, test.reason, title, advice)
			}
			if again := strings.Contains(strings.ToLower(advice), "apply again later"); again != (title == "Fermi API failed") {
				t.Errorf("%d %s: to apply again later helps: %t", test.status, test.reason, again)
			}
			if id == "" && strings.Contains(advice, "request id") {
				t.Errorf("%d %s: there is no request id to give: %s", test.status, test.reason, advice)
			}
		}
	}
}

// What an earlier attempt may have done is not denied.
func TestErrorsDontDenyAnEarlierAttempt(t *testing.T) {
	for status, reason := range map[int]string{308: "", 412: "WRONG_CLUSTER", 413: "", 508: ""} {
		for _, uncertain := range []bool{false, true} {
			_, advice := explain(&fermi.Error{Status: status, Reason: fermi.ErrorReason(reason), Uncertain: uncertain})
			if strings.Contains(advice, "Nothing was changed") == uncertain {
				t.Errorf("%d, uncertain %t: %s", status, uncertain, advice)
			}
		}
	}
}

// answered is the diagnostic of a read that a server answers by handler.
func answered(t *testing.T, handler http.HandlerFunc) (got diag.Diagnostic, server *httptest.Server) {
	t.Helper()
	server = httptest.NewServer(handler)
	t.Cleanup(server.Close)
	client, err := fermi.New(fermi.Options{Endpoint: server.URL, Token: "t0ken"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.GetTask(t.Context(), "task-001")
	return Diagnostic("Reading training task task-001", err), server
}

func TestARedirectToAnotherHostIsExplained(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("a request arrived: %v", r.Header)
	}))
	defer elsewhere.Close()
	got, _ := answered(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, elsewhere.URL+r.URL.Path, http.StatusPermanentRedirect)
	})
	if got.Summary() != "Fermi API redirects elsewhere" || !strings.Contains(got.Detail(), "the token isn't sent to another host") ||
		!strings.Contains(got.Detail(), "set the provider's endpoint to "+elsewhere.URL+".") {
		t.Errorf("%s: %s", got.Summary(), got.Detail())
	}
	// Nobody is told to send the token unencrypted.
	_, advice := explain(&fermi.Error{URL: "https://fermi.example.com/api/v1/x", Status: 308, Redirect: "http://fermi.example.com",
		ToAPI: true})
	if !strings.Contains(advice, "unencrypted") || strings.Contains(advice, "endpoint to http://") {
		t.Errorf("%s", advice)
	}
}

// A lack of cores or memory isn't to be looked up where GPUs are counted.
func TestALackOfCoresIsExplained(t *testing.T) {
	for field, wantGPUs := range map[string]bool{
		"resourceConfig.gpuCount": true, "resourceConfig.cpuCores": false, "config.resourceConfig.memory": false,
	} {
		title, advice := explain(&fermi.Error{Status: 422, Reason: "CAPACITY_EXCEEDED", Field: field})
		if title != "More than the zone will ever have" || strings.Contains(advice, "gpu_capacity") != wantGPUs {
			t.Errorf("%s: %s: %s", field, title, advice)
		}
	}
}

func TestALoginPageIsExplained(t *testing.T) {
	for _, to := range []string{"https://login.example.com/?next=/api/v1/", "/login", ""} {
		got, _ := answered(t, func(w http.ResponseWriter, r *http.Request) {
			if to == "" {
				http.Redirect(w, r, r.URL.Path, http.StatusFound)
				return
			}
			http.Redirect(w, r, to, http.StatusFound)
		})
		if got.Summary() != "Something in front of the API answers" {
			t.Errorf("%q: %s: %s", to, got.Summary(), got.Detail())
		}
	}
}

// A token that may read is not blamed for want of the right to write.
func TestAForbiddenReadIsExplained(t *testing.T) {
	for _, test := range []struct{ method, reason, want string }{
		{"GET", "", "Access is forbidden"}, {"GET", "READ_ONLY_TOKEN", "Token may not do this"}, {"POST", "", "Token may not do this"},
		{"DELETE", "READ_ONLY_TOKEN", "Token may not do this"},
	} {
		title, advice := explain(&fermi.Error{Method: test.method, Status: 403, Reason: fermi.ErrorReason(test.reason)})
		if title != test.want || strings.Contains(advice, "Use a token with the right to write") != (title == "Token may not do this") {
			t.Errorf("%+v: %s: %s", test, title, advice)
		}
	}
}

func TestDiagnosticsArePrintable(t *testing.T) {
	const evil = `\u001b[2J\u202e\u009b1m\n\r`
	got, _ := answered(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusUnprocessableEntity)
		const body = `{"message":"m?","error":{"reason":"R?","field":"f?","details":{"allowed":["a?"],"versions":{"v?":1}}}}`
		_, _ = io.WriteString(w, strings.ReplaceAll(body, "?", evil))
	})
	for line := range strings.SplitSeq(got.Summary()+"\n"+got.Detail(), "\n") {
		if fermi.Printable(line) != line {
			t.Errorf("%q", line)
		}
	}
	if want := `allowed: [a\u001b[2J\u202e\u009b1m\n\r]`; !strings.Contains(got.Detail(), want) {
		t.Errorf("%s isn't in %s", want, got.Detail())
	}
}

func TestAProxyIsExplained(t *testing.T) {
	t.Setenv("http_proxy", "")
	t.Setenv("HTTP_PROXY", "http://user:s3cret@proxy:abc")
	_, err := fermi.New(fermi.Options{Endpoint: "http://fermi.example.com"})
	got := ClientDiagnostic(err)
	if got.Summary() != "Proxy can't be used" || !strings.Contains(got.Detail(), "HTTP_PROXY") || strings.Contains(got.Detail(), "s3cret") {
		t.Errorf("%s: %s", got.Summary(), got.Detail())
	}
	t.Setenv("no_proxy", "")
	t.Setenv("NO_PROXY", "")
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	client, err := fermi.New(fermi.Options{Endpoint: "http://fermi.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.GetTask(t.Context(), "task-001")
	got = Diagnostic("Reading", err)
	if got.Summary() != "Proxy doesn't connect to the Fermi API" || !strings.Contains(got.Detail(), "NO_PROXY") {
		t.Errorf("%s: %s", got.Summary(), got.Detail())
	}
	_, err = fermi.New(fermi.Options{Endpoint: "nowhere"})
	if got := ClientDiagnostic(err); got.Summary() != "Fermi endpoint can't be used" {
		t.Errorf("%s: %s", got.Summary(), got.Detail())
	}
}

// Each way in which a certificate isn't accepted, and http at an https endpoint, stay wrong: an error of the plan.
func TestWhatStaysWrongOnTheWay(t *testing.T) {
	for title, cause := range map[string]error{
		"Fermi API's certificate is for another host":            x509.HostnameError{Certificate: &x509.Certificate{}, Host: "h"},
		"Fermi API's certificate has expired or isn't valid yet": x509.CertificateInvalidError{Reason: x509.Expired},
		"Fermi API's certificate isn't trusted":                  x509.UnknownAuthorityError{},
		"No https at this address":                               nil,
	} {
		e := &fermi.Error{URL: "https://h/api/v1/x", Cause: &tls.CertificateVerificationError{Err: cause}}
		if cause == nil {
			e.Cause = http.ErrSchemeMismatch
		}
		got, advice := explain(e)
		if got != title || !IsPermanent(e, true) || !IsPermanent(e, false) {
			t.Errorf("%v is %s: %s", cause, got, advice)
		}
		if cause == nil && !strings.Contains(advice, "endpoint to http://h,") {
			t.Errorf("%s", advice)
		}
	}
}

func TestAnUntrustedCertificateIsExplained(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	client, err := fermi.New(fermi.Options{Endpoint: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.GetTask(t.Context(), "task-001")
	if got := Diagnostic("Reading", err); got.Summary() != "Fermi API's certificate isn't trusted" ||
		!strings.Contains(got.Detail(), "ca_cert_file") {
		t.Errorf("%s: %s", got.Summary(), got.Detail())
	}
}
