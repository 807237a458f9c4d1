package backend

import (
	"cmp"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/catalog"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// Texts are compared in Unicode normal form C: what looks the same is the same, whoever typed it.

func normal(text string) string { return norm.NFC.String(text) }

// CompareTexts orders texts.
func CompareTexts(a, b string) int { return cmp.Compare(normal(a), normal(b)) }

// Matcher reports whether a filter lets a text through. A nil one lets all through.
type Matcher func(text string) bool

// Lets reports whether the text passes.
func (m Matcher) Lets(text string) bool { return m == nil || m(text) }

// Contains returns a matcher of the texts that contain a text; nil for the empty one.
func Contains(wanted string) Matcher {
	if wanted == "" {
		return nil
	}
	wanted = normal(wanted)
	return func(text string) bool { return strings.Contains(normal(text), wanted) }
}

// Equals returns a matcher of the texts that equal a text; nil for the empty one.
func Equals(wanted string) Matcher {
	if wanted == "" {
		return nil
	}
	return exactly(wanted)
}

func exactly(wanted string) Matcher {
	wanted = normal(wanted)
	return func(text string) bool { return normal(text) == wanted }
}

// LabelFilter lets through labels that have a key and, where one is given, its value.
type LabelFilter struct {
	key, value string
	anyValue   bool
}

// NewLabelFilter returns the filter of a text of the form key=value, or key for any value. The key must not be empty.
func NewLabelFilter(text string) (f LabelFilter, ok bool) {
	key, value, exact := strings.Cut(text, "=")
	return LabelFilter{normal(key), normal(value), !exact}, key != ""
}

// Lets reports whether labels pass the filter.
func (f *LabelFilter) Lets(labels map[string]string) bool {
	for key, value := range labels {
		if normal(key) == f.key && (f.anyValue || normal(value) == f.value) {
			return true
		}
	}
	return false
}

// TaskFilter says which tasks to list. The zero value lets all through.
type TaskFilter struct {
	Statuses []world.Status // any of them; empty for all
	Mode     world.LaunchMode
	Name     Matcher
	Labels   []LabelFilter // all of them
}

// LetsAll reports whether the filter lets all tasks through.
func (f *TaskFilter) LetsAll() bool {
	return len(f.Statuses) == 0 && f.Mode == "" && f.Name == nil && len(f.Labels) == 0
}

// Lets reports whether a task passes the filter.
func (f *TaskFilter) Lets(status world.Status, mode world.LaunchMode, name string, labels map[string]string) bool {
	if len(f.Statuses) > 0 && !slices.Contains(f.Statuses, status) || f.Mode != "" && f.Mode != mode || !f.Name.Lets(name) {
		return false
	}
	for i := range f.Labels {
		if !f.Labels[i].Lets(labels) {
			return false
		}
	}
	return true
}

// TaskSorts are what tasks can be sorted by.
var TaskSorts = []string{"createdAt", "status", "taskName"}

// EnvironmentFilter says which environments to list. The zero value lets all through.
type EnvironmentFilter struct {
	Running             *bool
	Type, Health        string
	GPUType, Zone, Name Matcher
	Tags                []string // all of them
	MinGPUs             int
}

// Lets reports whether an environment passes the filter. Its health is only computed where the filter needs it.
func (f *EnvironmentFilter) Lets(e *catalog.Environment, running bool, health func() string) bool {
	return (f.Running == nil || *f.Running == running) && (f.Type == "" || f.Type == e.Type) && f.GPUType.Lets(e.GPUType) &&
		f.Zone.Lets(e.Zone) && e.GPUs >= f.MinGPUs && f.Name.Lets(e.Name) &&
		!slices.ContainsFunc(f.Tags, func(tag string) bool { return !slices.ContainsFunc(e.Tags, exactly(tag)) }) &&
		(f.Health == "" || f.Health == health())
}

// EnvironmentSorts are what environments can be sorted by.
var EnvironmentSorts = []string{"activeTasks", "cpuCores", "gpuCount", "memory", "name", "uptime", "utilization"}
