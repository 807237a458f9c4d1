// Package apierror turns failed calls of the API into Terraform diagnostics: what was tried, what came back and what to do next.
// The explanations are tried in order: a cause such as a certificate, a redirect, the API's reason, and the HTTP status.
package apierror

import (
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
)

// Diagnostic explains a failed call: what was tried, what came back, what to do next. It points at the attribute that the API
// names, and quotes the API's message unchanged, so that it can be searched for.
func Diagnostic(tried string, err error) diag.Diagnostic {
	var e *fermi.Error
	if !errors.As(err, &e) {
		return diag.NewErrorDiagnostic("Fermi API call failed", tried+": "+fermi.Printable(err.Error()))
	}
	title, advice := explain(e)
	detail := fmt.Sprintf("%s: %s\n\n%s", tried, e, advice)
	for _, key := range []string{"allowed", "versions"} {
		if value, ok := e.Details[key]; ok {
			detail += fmt.Sprintf("\n%s: %s", key, fermi.Printable(fmt.Sprint(value)))
		}
	}
	if attribute, ok := attributeOf(e.Field); ok {
		return diag.NewAttributeErrorDiagnostic(attribute, title, detail)
	}
	return diag.NewErrorDiagnostic(title, detail)
}

// ClientDiagnostic explains why a client can't be made.
func ClientDiagnostic(err error) diag.Diagnostic {
	var proxy *fermi.ProxyError
	if errors.As(err, &proxy) {
		return diag.NewErrorDiagnostic("Proxy can't be used", fmt.Sprintf("Set up the API's client: the environment variable %s. "+
			"Correct it or unset it; the provider doesn't connect without the proxy that it is told to use.", proxy))
	}
	return diag.NewAttributeErrorDiagnostic(path.Root("endpoint"), "Fermi endpoint can't be used", fmt.Sprintf("Set up the API's "+
		"client: %s.", fermi.Printable(err.Error())))
}
