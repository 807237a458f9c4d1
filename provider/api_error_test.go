package provider

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

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
		{308, "", "Fermi API redirects elsewhere", "Set the provider's endpoint"},
		{400, "", "No Fermi API at this address", "proxies on the way"},
		{400, "INVALID_JSON", "Fermi API doesn't understand the request", "compare their versions"},
		{401, "", "Fermi API wants a valid token", "FERMI_TOKEN"},
		{403, "", "Token may not do this", "right to write"},
		{404, "", "No Fermi API at this address", "Check the provider's endpoint"},
		{404, "PATH_NOT_FOUND", "No Fermi API at this address", "Check the provider's endpoint"},
		{404, "TASK_NOT_FOUND", "Not found", "deleted outside Terraform"},
		{405, "", "No Fermi API at this address", "Check the provider's endpoint"},
		{429, "", "Fermi API is throttling", "Wait"},
		{502, "", "Fermi API failed", "Apply again later"},
	} {
		title, advice := explain(&fermi.Error{Status: test.status, Reason: test.reason})
		if title != test.title || !strings.Contains(advice, test.advice) {
			t.Errorf("%d %s: %s: %s", test.status, test.reason, title, advice)
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
	if got := apiError("Reading", err); got.Summary() != "Fermi API's certificate isn't trusted" || !strings.Contains(got.Detail(), "ca_cert_file") {
		t.Errorf("%s: %s", got.Summary(), got.Detail())
	}
}
