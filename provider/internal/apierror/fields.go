package apierror

import (
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

var (
	capital         = regexp.MustCompile(`[A-Z]`)
	element         = regexp.MustCompile(`^(.*)\[([0-9]{1,6})\]$`)
	taskRequest     = reflect.TypeFor[fermi.TrainingTaskRequest]()
	templateRequest = reflect.TypeFor[fermi.TaskTemplateRequest]()
)

// attributeOf returns the attribute for a field of a request, such as resource_config.gpu_type for resourceConfig.gpuType. The
// fields of a template's configuration are those of a task.
func attributeOf(field string) (path.Path, bool) {
	inner, ofTemplate := strings.CutPrefix(field, "config.")
	list := element.FindStringSubmatch(inner)
	if list != nil {
		inner = list[1]
	}
	names := strings.Split(inner, ".")
	if !has(taskRequest, names) && (ofTemplate || inner == "config" || !has(templateRequest, names)) {
		return path.Path{}, false
	}
	attribute := path.Root(snakeCase(names[0]))
	for _, name := range names[1:] {
		attribute = attribute.AtName(snakeCase(name))
	}
	if ofTemplate {
		attribute = tfvalues.Below(path.Root("config"), attribute)
	}
	if list != nil {
		index, _ := strconv.Atoi(list[2])
		attribute = attribute.AtListIndex(index)
	}
	return attribute, true
}

// has reports whether a type of requests has a field: a name for each object on the way to it.
func has(t reflect.Type, names []string) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return false
	}
	for i := range t.NumField() {
		if name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ","); name == names[0] {
			return len(names) == 1 || has(t.Field(i).Type, names[1:])
		}
	}
	return false
}

func snakeCase(name string) string {
	return capital.ReplaceAllStringFunc(name, func(letter string) string { return "_" + strings.ToLower(letter) })
}
