// Package apierror turns failed calls of the API into Terraform diagnostics: what was tried, what came back and what to do next.
// The explanations are tried in order: a cause such as a certificate, a redirect, the API's reason, and the HTTP status.
package apierror

import (
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

// requestFields maps fields of the API's requests to attributes.
var requestFields = map[string]path.Path{
	"templateId":                      path.Root("template_id"),
	"taskName":                        path.Root("task_name"),
	"datasetId":                       path.Root("dataset_id"),
	"datasetVersionId":                path.Root("dataset_version_id"),
	"modelId":                         path.Root("model_id"),
	"launchMode":                      path.Root("launch_mode"),
	"environmentId":                   path.Root("environment_id"),
	"name":                            path.Root("name"),
	"favorite":                        path.Root("favorite"),
	"description":                     path.Root("description"),
	"labels":                          path.Root("labels"),
	"resourceConfig":                  path.Root("resource_config"),
	"resourceConfig.availabilityZone": path.Root("resource_config").AtName("availability_zone"),
	"resourceConfig.gpuType":          path.Root("resource_config").AtName("gpu_type"),
	"resourceConfig.gpuCount":         path.Root("resource_config").AtName("gpu_count"),
	"resourceConfig.cpuCores":         path.Root("resource_config").AtName("cpu_cores"),
	"resourceConfig.memory":           path.Root("resource_config").AtName("memory"),
	"resourceConfig.image":            path.Root("resource_config").AtName("image"),
}

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

// attributeOf returns the attribute for a field of a request. The fields of a template's configuration are those of a task.
func attributeOf(field string) (path.Path, bool) {
	inner, ofTemplate := strings.CutPrefix(field, "config.")
	attribute, ok := requestFields[inner]
	if !ok || !ofTemplate {
		return attribute, ok
	}
	return tfvalues.Below(path.Root("config"), attribute), true
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
