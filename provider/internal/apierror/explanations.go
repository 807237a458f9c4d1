package apierror

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
)

// explainCertificate explains why a certificate was rejected.
func explainCertificate(e *fermi.Error) explanation {
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(e, &host):
		return explanation{"Fermi API's certificate is for another host",
			"Set the provider's endpoint to a host that the certificate names, or have those who run the API add this one to it."}
	case errors.As(e, &invalid) && invalid.Reason == x509.Expired:
		return explanation{"Fermi API's certificate has expired or isn't valid yet",
			"Have those who run the API renew it, and check that this machine's clock is right."}
	}
	return explanation{"Fermi API's certificate isn't trusted",
		"Set the provider's ca_cert_file to the certificate of the authority that signed it, or check that the endpoint is the right one."}
}

// An explanation is a title that a user understands, and what to do next.
type explanation struct{ title, advice string }

// unchanged ends the advice about a refusal that changed nothing.
const unchanged = " Nothing was changed."

// explain returns the title and the advice for an error.
func explain(e *fermi.Error) (title, advice string) {
	for _, found := range []func(*fermi.Error) (explanation, bool){explainCause, explainRedirect, explainReason, explainStatus} {
		explanation, ok := found(e)
		if !ok {
			continue
		}
		if fermi.IsUncertain(e) {
			// The last attempt changed nothing, but an earlier one may have.
			explanation.advice = strings.TrimSuffix(explanation.advice, unchanged)
		}
		return explanation.title, explanation.advice
	}
	advice = "Apply again later."
	if e.RequestID != "" {
		advice = "Apply again later; if it stays so, give the request id to those who run the API."
	}
	return "Fermi API failed", advice
}

// explainCause explains a call that got no answer, or an unreadable one.
func explainCause(e *fermi.Error) (explanation, bool) {
	switch {
	case errors.Is(e, context.Canceled):
		return explanation{"Interrupted", "Terraform was asked to stop. Apply again to go on."}, true
	case errors.Is(e, context.DeadlineExceeded):
		return explanation{"Fermi API took too long",
			"Raise the resource's timeouts or the provider's request_timeout, or see why the API is slow, then apply again."}, true
	case isUntrusted(e):
		return explainCertificate(e), true
	case fermi.IsWithoutTLS(e):
		return explanation{"No https at this address", "The server there doesn't speak TLS; most likely it speaks http. " +
			"Set the provider's endpoint to " + withScheme(e.URL, "http") + ", where the token would be sent unencrypted, or to the address " +
			"that serves https."}, true
	case isProxyFailure(e):
		return explanation{"Proxy doesn't connect to the Fermi API",
			"Check the proxy that HTTP_PROXY or HTTPS_PROXY names, or name the API's host in NO_PROXY, then apply again."}, true
	case e.Cause != nil && e.Status == 0:
		return explanation{"Fermi API out of reach", "Check the provider's endpoint and that the API is up, then apply again."}, true
	case e.Cause != nil && !isForeign(e):
		return explanation{"Fermi API call failed", "Check the provider's endpoint and that the API is well, then apply again."}, true
	}
	return explanation{}, false
}

// explainRedirect explains a redirect that was not followed.
func explainRedirect(e *fermi.Error) (explanation, bool) {
	switch {
	case e.Status < 300 || e.Status >= 400:
		return explanation{}, false
	case e.Redirect == "":
		return explanation{"No Fermi API at this address",
			"Check the provider's endpoint and proxies on the way: the API doesn't answer so." + unchanged}, true
	}
	if !e.ToAPI {
		return explanation{"Something in front of the API answers", "It leads to " + e.Redirect +
			", as a login page or a proxy does, and not to a call " +
			"of the API. Check the provider's endpoint, and have whatever is in front of the API let the provider through." + unchanged}, true
	}
	if strings.HasPrefix(e.URL, "https://") && strings.HasPrefix(e.Redirect, "http://") {
		return explanation{"Fermi API redirects elsewhere", fmt.Sprintf("%s would get the token unencrypted. Have those who run the API "+
			"correct the redirect, or set the provider's endpoint to where it serves https.", e.Redirect) + unchanged}, true
	}
	return explanation{"Fermi API redirects elsewhere",
		fmt.Sprintf("If the API is there, set the provider's endpoint to %s.", e.Redirect) + unchanged}, true
}

// withScheme returns the endpoint of a call's address with another scheme.
func withScheme(address, scheme string) string {
	_, rest, _ := strings.Cut(address, "://")
	endpoint, _, _ := strings.Cut(rest, "/api/v1/")
	return fermi.Printable(scheme + "://" + endpoint)
}

// needsTLS reports whether an https server answered a request over http.
func needsTLS(e *fermi.Error) bool {
	message := strings.ToLower(e.Message)
	return e.Status == http.StatusBadRequest && e.Reason == "" && strings.Contains(message, "http request") &&
		strings.Contains(message, "https")
}

// explainReason explains refusals by the API's reason, and answers that aren't the API's.
func explainReason(e *fermi.Error) (explanation, bool) {
	if needsTLS(e) {
		return explanation{"Only https at this address", "The server there speaks https. Set the provider's endpoint to " +
			withScheme(e.URL, "https") + "." + unchanged}, true
	}
	if isForeign(e) {
		return explanation{"No Fermi API at this address",
			"Check the provider's endpoint, which is the API's address without /api/v1, and proxies on the way. " +
				"What something else says of the API's objects means nothing."}, true
	}
	if e.Reason == fermi.ErrorReasonCapacityExceeded && (strings.HasSuffix(e.Field, "cpuCores") || strings.HasSuffix(e.Field, "memory")) {
		return explanation{"More than the zone will ever have", "Each GPU can have no more cores and memory than the largest of the " +
			"nodes above, and the whole task no more than the capacity above. Ask for less, or choose another zone or GPU type." + unchanged}, true
	}
	explanation, ok := reasonExplanations[e.Reason]
	return explanation, ok
}

var reasonExplanations = map[fermi.ErrorReason]explanation{
	fermi.ErrorReasonReadOnlyToken: {"Token may not do this", "Use a token with the right to write."},
	fermi.ErrorReasonCapacityExceeded: {"More than the zone will ever have",
		"Ask for less, or choose another zone: the data source fermi_availability_zones lists each zone's gpu_capacity."},
	fermi.ErrorReasonTemplateNameTaken: {"Name of the template is taken", "Choose another name, or import the template that has it."},
	fermi.ErrorReasonEnvironmentNotRunning: {"Development environment isn't running",
		"Start it, or choose one that runs: the data source fermi_dev_environments lists them."},
	fermi.ErrorReasonMaxDurationPassed: {"The task has used up that max_duration already",
		"Set it to more than the task has used up, or leave it out for no limit. To end the task now, stop it." + unchanged},
	fermi.ErrorReasonNoRunningEnvironment: {"No development environment is running",
		"Start one, or let the task have its own GPUs with launch_mode = \"dynamic\" and a resource_config."},
	fermi.ErrorReasonWrongCluster: {"Another cluster than the object's",
		"Set the provider's endpoint to the cluster that has the object. If that cluster is gone for good, " +
			"forget the object with terraform state rm." + unchanged},
	fermi.ErrorReasonRevisionMismatch: {"Changed since the plan",
		"Someone else, or the cluster, changed the object. Plan again to see what it is now, then apply." + unchanged},
}

// explainStatus explains a refusal by its status and method.
func explainStatus(e *fermi.Error) (explanation, bool) {
	if e.Status == http.StatusForbidden && e.Method == http.MethodGet {
		return explanation{"Access is forbidden",
			"Reading needs no right to write, so the API, or something in front of it, refuses the token or this machine altogether. " +
				"Check the token, the provider's endpoint and proxies on the way."}, true
	}
	if explanation, ok := statusExplanations[e.Status]; ok {
		return explanation, true
	}
	return statusExplanations[http.StatusBadRequest], e.Status >= 400 && e.Status < 500
}

var statusExplanations = map[int]explanation{
	http.StatusBadRequest: {"Fermi API doesn't understand the request",
		"The API may be older or newer than the provider; compare their versions."},
	http.StatusUnauthorized:     {"Fermi API wants a valid token", "Set the provider's token, or FERMI_TOKEN, to one that the API knows."},
	http.StatusForbidden:        {"Token may not do this", "Use a token with the right to write."},
	http.StatusNotFound:         {"Not found", "It may have been deleted outside Terraform; terraform plan shows what is missing."},
	http.StatusMethodNotAllowed: {"Fermi API doesn't have this call", "The API may be older than the provider; compare their versions."},
	http.StatusProxyAuthRequired: {"Proxy wants a user and password",
		"Put them into HTTP_PROXY or HTTPS_PROXY, as in http://user:password@proxy.example.com:3128."},
	http.StatusRequestTimeout: {"Fermi API waited too long for the request",
		"Check the network between here and the API, then apply again."},
	http.StatusConflict: {"The present state forbids this", "Look at the object's status, then apply again."},
	http.StatusGone: {"The task's record was purged",
		"The task finished long ago and can't be changed any more. Take the change back, or ask for a new run with triggers."},
	http.StatusPreconditionFailed: {"Changed since the plan",
		"The object isn't what it was when it was read. Plan again, then apply." + unchanged},
	http.StatusRequestEntityTooLarge: {"Request is too large",
		"The API, or a proxy on the way, refuses its size; sent again as it is, it is refused again. " +
			"Shorten the description and the labels." + unchanged},
	http.StatusRequestURITooLong: {"Request is too large",
		"The API, or a proxy on the way, refuses the length of its address; sent again as it is, it is refused again. " +
			"Filter by fewer or shorter values."},
	http.StatusUnprocessableEntity: {"Fermi API refuses a value", "Correct the value, then apply again." + unchanged},
	http.StatusTooManyRequests: {"Fermi API is throttling",
		"Wait, then apply again. The provider waits by itself where the API asks for 5 minutes or less, max_retries times."},
	http.StatusRequestHeaderFieldsTooLarge: {"Request is too large",
		"The API, or a proxy on the way, refuses the size of its header; sent again as it is, it is refused again. " +
			"Check that the token is the right one, and not too long."},
	http.StatusNotImplemented: {"Fermi API doesn't have this call",
		"The API, or a proxy on the way, can't do this; compare the versions of API and provider."},
	http.StatusHTTPVersionNotSupported: {"Fermi API refuses the version of HTTP",
		"Check the provider's endpoint and proxies on the way: the API, or one of them, speaks neither HTTP/1.1 nor HTTP/2."},
	http.StatusInsufficientStorage: {"Fermi API has no room to keep this",
		"Those who run the API have to make room. Apply again once they have."},
	http.StatusLoopDetected: {"Request goes round in circles",
		"Check the provider's endpoint and proxies on the way." + unchanged},
	http.StatusNetworkAuthenticationRequired: {"Network wants a login",
		"Log in to the network that you are in, for instance with a browser, then apply again."},
}
