package httpapi_test

import (
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/contract"
)

var sha = "sha256:" + strings.Repeat("0123456789abcdef", 4)

var (
	imageReferences = []string{
		"i", "pytorch/pytorch:2.1.0-cuda12.1-cudnn8-runtime", "registry.example.com:5000/team/image:tag", "localhost:5000/a", "a/b/c/d",
		"a__b/c-d.e_f", "10.0.0.1/x", "[fd00::1]:5000/x", "x@" + sha, "x:1@" + sha, "Registry.example.com/x:V1",
	}
	noImageReferences = []string{
		"pytorch pytorch", "/", ":", "a:b:c", "../x", "pytorch/pytorch:", "https://reg.example.com/x:1", "a//b", "a/", "/a", "Pytorch", "a/B",
		"x:" + strings.Repeat("t", 129), "x:-1", "x@sha256:12", "x@", "a___b", "-a", "a-", "镜像", "reg:port/x", "x?y", "x:1 ",
	}
)

// An image is a reference or one of the cluster's, wherever it is given; the contract's pattern says the same.
func TestImagesAreReferences(t *testing.T) {
	t.Parallel()
	document, err := openapi3.NewLoader().LoadFromData(contract.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	pattern := document.Components.Schemas["NewImage"].Value
	a := newAPI(t)
	a.handler = a.server
	a.template(`{"name":"t"}`)
	for _, image := range noImageReferences {
		if pattern.VisitJSON(image) == nil {
			t.Errorf("the contract accepts %q", image)
		}
		for _, w := range taskWrites {
			details := map[string]any{"image": image}
			if strings.HasPrefix(w.prefix, "tasks[1]") {
				details["index"] = 1.0
			}
			a.refused(w.method, w.target, w.body(config(t, "resourceConfig.image", image)), "IMAGE_INVALID", w.prefix+"resourceConfig.image",
				details, "镜像名称无效："+image+"，应如 pytorch/pytorch:2.1.0 或 registry.example.com/team/image:tag",
				image+" is no image reference; want one like pytorch/pytorch:2.1.0 or registry.example.com/team/image:tag")
		}
	}
	for _, image := range imageReferences {
		if err := pattern.VisitJSON(image); err != nil {
			t.Errorf("the contract refuses %q: %v", image, err)
		}
		for _, w := range taskWrites {
			if w.target != templates {
				a.ok(w.method, w.target, w.body(config(t, "resourceConfig.image", image)))
			}
		}
	}
}

// What a cluster has already may go by another name: its own images, and those of tasks and templates from before there was a rule.
func TestImagesThatAreThereStay(t *testing.T) {
	t.Parallel()
	a := newAPI(t, func(s *setup) { s.scenario.Images[0].Name = "Its Own" })
	a.handler = a.server
	a.create(config(t, "resourceConfig.image", "Its Own"))
	made := a.create(config(t, "", ""))
	a.template(`{"name":"t","config":{"resourceConfig":{"image":"i"}}}`)
	old := strings.ReplaceAll(a.ok("GET", snapshots, "").Body, `"image":"i"`, `"image":"Old Image"`)
	a.ok("PUT", snapshots, old)
	equal(t, "the task's image", a.task(made).ResourceConfig["image"], any("Old Image"))
	a.ok("PATCH", templates+"/template-001", `{"favorite":true}`)
	equal(t, "another task's", a.call("POST", tasks, config(t, "resourceConfig.image", "Old Image")).reason(), "IMAGE_INVALID")
}
