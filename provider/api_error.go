package provider

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
)

// requestFields are the attributes that the API's fields stand for.
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

// apiError explains a failed call: what was tried, what came back, what to do. It points at the attribute
// that the API names. The message of an answer comes to the letter, so that it can be searched for.
func apiError(tried string, err error) diag.Diagnostic {
	var e *fermi.Error
	if !errors.As(err, &e) {
		return diag.NewErrorDiagnostic("Fermi API call failed", tried+": "+err.Error())
	}
	title, advice := explain(e)
	detail := fmt.Sprintf("%s: %s\n\n%s", tried, e, advice)
	for _, key := range []string{"allowed", "versions"} {
		if value, ok := e.Details[key]; ok {
			detail += fmt.Sprintf("\n%s: %v", key, value)
		}
	}
	if attribute, ok := attributeOf(e.Field); ok {
		return diag.NewAttributeErrorDiagnostic(attribute, title, detail)
	}
	return diag.NewErrorDiagnostic(title, detail)
}

// attributeOf finds the attribute that a field of a request stands for. A template's configuration has the fields of a task.
func attributeOf(field string) (path.Path, bool) {
	inner, ofTemplate := strings.CutPrefix(field, "config.")
	attribute, ok := requestFields[inner]
	if !ok || !ofTemplate {
		return attribute, ok
	}
	within := path.Root("config")
	for _, step := range attribute.Steps() {
		within = within.AtName(step.String())
	}
	return within, true
}

// isUntrusted tells of a certificate that no known authority has signed.
func isUntrusted(e *fermi.Error) bool {
	var unknown x509.UnknownAuthorityError
	return errors.As(e, &unknown)
}

// isElsewhere tells of an answer that the API doesn't give: each of its refusals has a reason.
func isElsewhere(e *fermi.Error) bool {
	switch e.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests:
		return false // a gateway that checks tokens, or rates, for the API
	}
	return e.Status == http.StatusNotFound && !fermi.IsNotFound(e) || e.Status >= 400 && e.Status < 500 && e.Reason == ""
}

// explain turns a status into a title that a user understands, and the next step.
func explain(e *fermi.Error) (title, advice string) {
	switch {
	case errors.Is(e, context.Canceled):
		return "Interrupted", "Terraform was asked to stop. Apply again to go on."
	case errors.Is(e, context.DeadlineExceeded):
		return "Fermi API took too long", "Raise the resource's timeouts or the provider's request_timeout, or see why the API is slow, then apply again."
	case isUntrusted(e):
		return "Fermi API's certificate isn't trusted", "Set the provider's ca_cert_file to the certificate of the authority that signed it, or check that the endpoint is the right one."
	case e.Cause != nil && e.Status == 0:
		return "Fermi API out of reach", "Check the provider's endpoint and that the API is up, then apply again."
	case e.Cause != nil:
		return "Fermi API call failed", "Check the provider's endpoint and that the API is well, then apply again."
	case e.Status >= 300 && e.Status < 400:
		return "Fermi API redirects elsewhere", "Set the provider's endpoint to the address that it redirects to, without /api/v1 and what follows. Nothing was changed."
	case isElsewhere(e):
		return "No Fermi API at this address", "Check the provider's endpoint, which is the API's address without /api/v1, and proxies on the way. " +
			"What something else says of the API's objects means nothing."
	case e.Reason == "CAPACITY_EXCEEDED":
		return "More than the zone will ever have", "Ask for less, or choose another zone: the data source fermi_availability_zones lists each zone's gpu_capacity."
	case e.Reason == "TEMPLATE_NAME_TAKEN":
		return "Name of the template is taken", "Choose another name, or import the template that has it."
	case e.Reason == "ENVIRONMENT_NOT_RUNNING":
		return "Development environment isn't running", "Start it, or choose one that runs: the data source fermi_dev_environments lists them."
	case e.Reason == "NO_RUNNING_ENVIRONMENT":
		return "No development environment is running", "Start one, or let the task have its own GPUs with launch_mode = \"dynamic\" and a resource_config."
	}
	switch e.Status {
	case http.StatusBadRequest:
		return "Fermi API doesn't understand the request", "The API may be older or newer than the provider; compare their versions."
	case http.StatusUnauthorized:
		return "Fermi API wants a valid token", "Set the provider's token, or FERMI_TOKEN, to one that the API knows."
	case http.StatusForbidden:
		return "Token may not do this", "Use a token with the right to write."
	case http.StatusNotFound:
		return "Not found", "It may have been deleted outside Terraform; terraform plan shows what is missing."
	case http.StatusConflict:
		return "The present state forbids this", "Look at the object's status, then apply again."
	case http.StatusGone:
		return "The task's record was purged", "The task finished long ago and can't be changed any more. Take the change back, or ask for a new run with triggers."
	case http.StatusUnprocessableEntity:
		return "Fermi API refuses a value", "Correct the value, then apply again. Nothing was changed."
	case http.StatusTooManyRequests:
		return "Fermi API is throttling", "Wait, then apply again. The provider waits by itself where the API asks for 5 minutes or less, max_retries times."
	}
	return "Fermi API failed", "Apply again later; if it stays so, give the request id to those who run the API."
}
