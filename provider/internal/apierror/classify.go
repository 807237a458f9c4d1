package apierror

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
)

// isUntrusted reports whether the server's certificate was rejected, for whatever reason.
func isUntrusted(e *fermi.Error) bool {
	var refused *tls.CertificateVerificationError
	return errors.As(e, &refused)
}

// gatewayStatuses are refusals that a proxy or gateway may send without a reason of the API.
var gatewayStatuses = []int{
	http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge,
	http.StatusRequestURITooLong, http.StatusTooManyRequests, http.StatusRequestHeaderFieldsTooLarge,
}

// isForeign reports whether an answer can't be the API's: each of the API's refusals has a reason, and its answers are the JSON
// that it documents.
func isForeign(e *fermi.Error) bool {
	var syntax *json.SyntaxError
	var shape *json.UnmarshalTypeError
	if e.Status >= 200 && e.Status < 300 && (errors.As(e, &syntax) || errors.As(e, &shape) || errors.Is(e, fermi.ErrNotTheAPI)) {
		return true
	}
	if e.Status == http.StatusNotFound {
		return !fermi.IsNotFound(e)
	}
	return e.Status >= 400 && e.Status < 500 && e.Reason == "" && !slices.Contains(gatewayStatuses, e.Status)
}

// isProxyFailure reports whether the proxy can't be reached or refuses to connect.
func isProxyFailure(e *fermi.Error) bool {
	var op *net.OpError
	return errors.As(e, &op) && op.Op == "proxyconnect"
}

// IsPermanent reports whether a failure will remain however long one waits. first is set for a call that every version of the
// API answers: a foreign answer to it means a wrong address.
func IsPermanent(err error, first bool) bool {
	var e *fermi.Error
	switch {
	case !errors.As(err, &e):
		return false
	case HasStatus(err, http.StatusUnauthorized), isUntrusted(e), fermi.IsWithoutTLS(e):
		return true
	case !first:
		return false
	}
	return HasStatus(err, http.StatusForbidden) || isForeign(e) || e.Cause == nil && e.Status >= 300 && e.Status < 400
}

// HasStatus reports whether the API answered a call with the status.
func HasStatus(err error, status int) bool {
	var e *fermi.Error
	return errors.As(err, &e) && e.Status == status && e.Cause == nil
}

// HasReason reports whether the API refused a call for the reason.
func HasReason(err error, reason fermi.ErrorReason) bool {
	var e *fermi.Error
	return errors.As(err, &e) && e.Reason == reason
}
