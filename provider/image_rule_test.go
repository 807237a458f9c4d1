package provider

import (
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/contract"
)

// A plan refuses the images that the API refuses, and says what is wrong with them.
func TestImagesThatAreRefused(t *testing.T) {
	document, err := openapi3.NewLoader().LoadFromData(contract.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	contract := document.Components.Schemas["NewImage"].Value
	tf := newTerraform(t)
	digest := "sha256:" + strings.Repeat("0123456789abcdef", 4)
	for image, want := range map[string]string{
		"i": "", "pytorch/pytorch:2.1.0-cuda12.1-cudnn8-runtime": "", "registry.example.com:5000/team/image:tag": "", "localhost:5000/a": "",
		"a__b/c-d.e_f": "", "[fd00::1]:5000/x": "", "x@" + digest: "", "x:1@" + digest: "",

		"pytorch pytorch": `resource_config.image is "pytorch pytorch": it has a space. It should be ` +
			`[domain[:port]/]path[:tag][@digest], such as`,
		"https://reg.example.com/x:1": "it has a scheme",
		"/":                           `nothing comes after its last "/"`,
		":":                           `nothing comes after its last ":"`,
		"pytorch/pytorch:":            `nothing comes after its last ":"`,
		"x@":                          `nothing comes after its last "@"`,
		"a:b:c":                       `its tag "b:c" isn't`,
		"x:-1":                        `its tag "-1" isn't`,
		"x@sha256:12":                 "its digest isn't",
		"Pytorch":                     "its path has upper-case letters",
		"a/B:1":                       "its path has upper-case letters",
		"../x":                        "it has a part that is empty",
		"a//b":                        "it has a part that is empty",
		"reg:port/x":                  "it has a part that is empty",
		"镜像":                          "something else than lower-case letters",
		strings.Repeat("x", 513):      "resource_config.image has 513 characters; at most 512 are allowed",
	} {
		if refused := contract.VisitJSON(image) != nil; refused != (want != "") {
			t.Errorf("the contract refuses %q: %t", image, refused)
		}
		got := tf.validate(dynamicTask(t, tf, values{"resource_config": resourcesWith(t, tf, values{"image": image})}))
		switch {
		case want != "":
			wantOne(t, got, isError, want)
		case len(got) > 0:
			t.Errorf("%q: %s", image, show(got))
		}
	}
}

// The refusal of a long id tells its length, and doesn't repeat it.
func TestLongIDsAreRefused(t *testing.T) {
	tf := newTerraform(t)
	for _, attribute := range []string{"dataset_id", "dataset_version_id", "model_id", "environment_id", "template_id"} {
		config := dynamicTask(t, tf, values{attribute: strings.Repeat("x", 3000)})
		if attribute == "environment_id" {
			config["launch_mode"] = nil
		}
		got := tf.validate(config)
		wantOne(t, got, isError, attribute+" has 3000 characters; at most 256 are allowed")
		if len(show(got)) > 500 {
			t.Errorf("%s: %d bytes of message", attribute, len(show(got)))
		}
	}
	for _, attribute := range []string{"availability_zone", "gpu_type"} {
		got := tf.validate(dynamicTask(t, tf, values{"resource_config": resourcesWith(t, tf, values{attribute: strings.Repeat("x", 257)})}))
		wantOne(t, got, isError, "resource_config."+attribute+" has 257 characters; at most 256 are allowed")
	}
}
