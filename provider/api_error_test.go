package provider

import "testing"

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
