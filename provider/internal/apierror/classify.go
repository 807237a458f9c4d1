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

// isUntrusted tells of a certificate that isn't accepted, for whatever reason.
func isUntrusted(e *fermi.Error) bool {
	var refused *tls.CertificateVerificationError
	return errors.As(e, &refused)
}

// gatewayStatuses are refusals that something between provider and API gives for the API, without a reason.
var gatewayStatuses = []int{
	http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge,
	http.StatusRequestURITooLong, http.StatusTooManyRequests, http.StatusRequestHeaderFieldsTooLarge,
}

// isForeign tells of an answer that the API doesn't give: each of its refusals has a reason, and its answers are JSON as the API
// describes it.
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

// isProxyFailure tells of a proxy that can't be reached, or refuses to connect.
func isProxyFailure(e *fermi.Error) bool {
	var op *net.OpError
	return errors.As(e, &op) && op.Op == "proxyconnect"
}

// IsPermanent tells of a failure that waiting doesn't mend.
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

func HasStatus(err error, status int) bool {
	var e *fermi.Error
	return errors.As(err, &e) && e.Status == status && e.Cause == nil
}

func HasReason(err error, reason fermi.ErrorReason) bool {
	var e *fermi.Error
	return errors.As(err, &e) && e.Reason == reason
}
