package scenario

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/catalog"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/distribution"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

const maxNodes = 100_000

// inconsistency is an error that a schema can't express: parts of the scenario contradict each other.
type inconsistency struct {
	path    []string
	message string
}

type inconsistencies []inconsistency

// add adds an inconsistency at a path of field names and list indices.
func (m *inconsistencies) add(message string, path ...any) {
	steps := make([]string, len(path))
	for i, step := range path {
		steps[i] = fmt.Sprint(step)
	}
	*m = append(*m, inconsistency{steps, message})
}

func (s *Scenario) inconsistencies() []inconsistency {
	var m inconsistencies
	checkTexts(&m, reflect.ValueOf(*s))
	unique(&m, "zones", "id", s.Zones, func(z catalog.Zone) string { return z.ID })
	unique(&m, "gpu_types", "name", s.GPUTypes, func(g catalog.GPUType) string { return g.Name })
	unique(&m, "environments", "id", s.Environments, func(e catalog.Environment) string { return e.ID })
	unique(&m, "images", "name", s.Images, func(i catalog.Image) string { return i.Name })
	unique(&m, "datasets", "id", s.Datasets, func(d catalog.Dataset) string { return d.ID })
	unique(&m, "models", "id", s.Models, func(o catalog.Model) string { return o.ID })
	offered := catalog.Index(&s.Catalog)
	nodes := 0
	for i, p := range s.NodePools {
		checkPlace(&m, offered, p.Zone, p.GPUType, "node_pools", i)
		if nodes += p.Count; nodes > maxNodes {
			m.add(fmt.Sprintf("more than %d nodes in all", maxNodes), "node_pools", i, "count")
			nodes = 0
		}
	}
	for i, e := range s.Environments {
		checkPlace(&m, offered, e.Zone, e.GPUType, "environments", i)
	}
	for i, b := range s.Background {
		checkPlace(&m, offered, b.Zone, b.GPUType, "background", i)
		checkDistribution(&m, b.Interarrival, "background", i, "interarrival")
		checkDistribution(&m, b.Length, "background", i, "length")
	}
	s.checkDurations(&m)
	if s.Failures.NodeMTBF > 0 && s.Failures.NodeMTTR == 0 {
		m.add("nodes that fail need a node_mttr, or they would be back at once", "failures", "node_mtbf")
	}
	if s.Failures.DrainEvery > 0 && s.Failures.DrainFor == 0 {
		m.add("nodes that drain need a drain_for, or they would be back at once", "failures", "drain_every")
	}
	s.checkTimings(&m)
	if len(m) > 0 {
		return m
	}
	// The world checks the rest, above all whether the background load fits. A sample of the nodes is enough for that.
	config := s.sample()
	config.WarmUp = 0
	if _, err := world.New(config, 0); err != nil {
		m.add(err.Error(), worldField(err)...)
	}
	return m
}

// worldField returns the path of the field that an error of package world is about, or no path if no field here
// corresponds.
func worldField(err error) []any {
	var inconsistent *world.ConfigError
	if !errors.As(err, &inconsistent) {
		return nil
	}
	field := map[string]string{
		"Nodes": "node_pools", "Policy": "placement", "Discipline": "queue", "Background": "background", "WarmUp": "warm_up",
	}[inconsistent.Field]
	if inconsistent.Index < 0 {
		return []any{field}
	}
	return []any{field, inconsistent.Index}
}

// longest keeps sums of durations within the range of virtual time. longestWarmUp keeps the start of a server within
// seconds.
const (
	longest       = des.Duration(20 * 365 * 24 * time.Hour)
	longestWarmUp = des.Duration(365 * 24 * time.Hour)
)

func (s *Scenario) checkDurations(m *inconsistencies) {
	check := func(d, limit des.Duration, path ...any) {
		if d > limit {
			m.add(fmt.Sprintf("%s is longer than %s", d, limit), path...)
		}
	}
	for i, e := range s.Environments {
		check(e.Uptime, longest, "environments", i, "uptime")
	}
	check(s.WarmUp, longestWarmUp, "warm_up")
	check(s.Retention, longest, "retention")
	check(s.Training.Minimum, longest, "training", "minimum")
	f := &s.Failures
	check(f.NodeMTBF, longest, "failures", "node_mtbf")
	check(f.NodeMTTR, longest, "failures", "node_mttr")
	check(f.DrainEvery, longest, "failures", "drain_every")
	check(f.DrainFor, longest, "failures", "drain_for")
	check(f.CrashMTBF, longest, "failures", "crash_mtbf")
	check(f.Checkpoint, longest, "failures", "checkpoint")
}

// checkTexts refuses ids and names with characters that the API doesn't accept, because no request could name them.
func checkTexts(m *inconsistencies, v reflect.Value, path ...any) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			switch name, option, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ","); {
			case name != "":
				checkTexts(m, v.Field(i), append(slices.Clip(path), name)...)
			case option == "inline":
				checkTexts(m, v.Field(i), path...)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			checkTexts(m, v.Index(i), append(slices.Clip(path), i)...)
		}
	case reflect.String:
		text := v.String()
		if !utf8.ValidString(text) {
			m.add("the text is not UTF-8", path...)
		} else if i := strings.IndexFunc(text, world.Forbidden); i >= 0 {
			c, _ := utf8.DecodeRuneInString(text[i:])
			m.add(fmt.Sprintf("the character %U is not allowed: no control characters, and none that change the direction of text", c), path...)
		}
	}
}

func unique[T any](m *inconsistencies, list, field string, all []T, name func(T) string) {
	seen := map[string]int{}
	for i, v := range all {
		if first, ok := seen[name(v)]; ok {
			m.add(fmt.Sprintf("%q is already the name of %s[%d]", name(v), list, first), list, i, field)
			continue
		}
		seen[name(v)] = i
	}
}

// checkPlace checks that a zone and a GPU type exist.
func checkPlace(m *inconsistencies, offered *catalog.Indexed, zone, gpuType, list string, i int) {
	if offered.Zone(zone) == nil {
		m.add(fmt.Sprintf("there is no zone %q", zone), list, i, "zone")
	}
	if offered.GPUType(gpuType) == nil {
		m.add(fmt.Sprintf("there is no GPU type %q", gpuType), list, i, "gpu_type")
	}
}

// checkTimings reports missing distributions. Without one, a phase would silently take no time.
func (s *Scenario) checkTimings(m *inconsistencies) {
	v := reflect.ValueOf(s.Timings)
	for i := range v.NumField() {
		d, ok := v.Field(i).Interface().(distribution.Distribution)
		if !ok {
			continue
		}
		name := v.Type().Field(i).Tag.Get("yaml")
		checkDistribution(m, d, "timings", name)
		if (name == "pull_rate" || name == "mount_rate") && d.Kind != "" && d.Mean() <= 0 {
			m.add("a rate must be above 0", "timings", name)
		}
	}
	checkDistribution(m, s.Training.Variation, "training", "variation")
	for _, f := range []struct {
		name  string
		value float64
	}{
		{"utilization", s.Training.Utilization},
		{"scaling_efficiency", s.Training.ScalingEfficiency},
		{"default_parameters", s.Training.DefaultParameters},
	} {
		if f.value <= 0 {
			m.add(strconv.Quote(f.name)+" is missing", "training", f.name)
		}
	}
}

func checkDistribution(m *inconsistencies, d distribution.Distribution, path ...any) {
	if d.Kind == "" {
		m.add("it is missing", path...)
	} else if err := d.Validate(); err != nil {
		m.add(err.Error(), path...)
	}
}
