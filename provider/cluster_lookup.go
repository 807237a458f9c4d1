package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
)

// A thing is something that the cluster has, such as a dataset: its id, and its name where it has one. An alias is a name in
// another language than the user's: what the user writes is compared with it, but it is not shown.
type thing struct{ id, name, alias string }

func (t thing) String() string {
	if t.name == "" || t.name == t.id {
		return fermi.Printable(t.id)
	}
	return fmt.Sprintf("%s (%s)", fermi.Printable(t.id), fermi.Printable(t.name))
}

// A lookup holds what a configuration names against what the cluster has. A name that there isn't is an error at its attribute:
// the API would refuse it. What isn't known yet is left alone, value by value.
type lookup struct {
	facts *clusterFacts
	// tried says what the configuration is for, to begin errors with.
	tried string
	// at is the attribute to blame for a value, by its path below the configuration.
	at func(path.Path) path.Path

	diags diag.Diagnostics
	// blind is set once the API could not answer. Nothing more is looked up then.
	blind bool
}

// choices are the ids in a configuration.
type choices struct {
	dataset, version, model, environment types.String
	resources                            types.Object
}

// reach makes the first look, at a list that every version of the API has: an answer that isn't the API's means that the endpoint is
// wrong, where another list may just be missing. It is false when there is no more to find out.
func (l *lookup) reach(ctx context.Context, environments bool) bool {
	var err error
	if environments {
		_, err = l.facts.allEnvironments(ctx)
	} else {
		_, err = l.facts.allZones(ctx)
	}
	if err != nil {
		l.blind = true
		l.diags.Append(l.facts.trouble(l.tried, err, true)...)
	}
	return !l.blind
}

// failed notes a look that came to nothing.
func (l *lookup) failed(err error) bool {
	if err == nil {
		return false
	}
	l.blind = true
	l.diags.Append(l.facts.trouble(l.tried, err, false)...)
	return true
}

// everything looks up all ids that are known, and tells whether the cluster has them all.
func (l *lookup) everything(ctx context.Context, c choices) bool {
	l.dataset(ctx, c)
	if wanted(c.model) && !l.blind {
		models, err := l.facts.allModels(ctx)
		if !l.failed(err) {
			l.find(path.Root("model_id"), c.model, noModel, things(models, func(m fermi.Model) thing { return thing{id: m.ID, name: m.Name} }))
		}
	}
	if wanted(c.environment) && !l.blind {
		all, err := l.facts.allEnvironments(ctx)
		if !l.failed(err) {
			l.find(path.Root("environment_id"), c.environment, noEnvironment, all.things())
		}
	}
	l.resources(ctx, c.resources)
	return !l.blind && !l.diags.HasError()
}

func (l *lookup) dataset(ctx context.Context, c choices) {
	if !wanted(c.dataset) || l.blind {
		return
	}
	datasets, err := l.facts.allDatasets(ctx)
	if l.failed(err) {
		return
	}
	found := l.find(path.Root("dataset_id"), c.dataset, noDataset, things(datasets,
		func(d fermi.Dataset) thing { return thing{id: d.ID, name: d.Name} }))
	if found >= 0 && wanted(c.version) {
		l.find(path.Root("dataset_version_id"), c.version, noVersion, things(datasets[found].Versions,
			func(v string) thing { return thing{id: v} }))
	}
}

func (l *lookup) resources(ctx context.Context, object types.Object) {
	resources := resourcesOf(object)
	if resources == nil {
		return
	}
	within := path.Root("resource_config")
	if resources.AvailabilityZone != "" && !l.blind {
		zones, err := l.facts.allZones(ctx)
		if !l.failed(err) {
			l.find(within.AtName("availability_zone"), types.StringValue(resources.AvailabilityZone), noZone,
				things(zones, func(z fermi.AvailabilityZone) thing { return thing{id: z.ID, alias: z.Name} }))
		}
	}
	if resources.GPUType != "" && !l.blind {
		kinds, err := l.facts.allGPUTypes(ctx)
		if !l.failed(err) {
			l.find(within.AtName("gpu_type"), types.StringValue(resources.GPUType), noGPUType,
				things(kinds, func(t fermi.GPUType) thing { return thing{id: t.Name} }))
		}
	}
}

// find returns the place of the thing that a value names; -1, with an error, where there is none.
func (l *lookup) find(attribute path.Path, value types.String, title phrase, there []thing) int {
	wanted := value.ValueString()
	found := slices.IndexFunc(there, func(t thing) bool { return sameText(t.id, wanted) })
	if found < 0 {
		say := l.facts.voice.say
		detail := say(thereAre, wanted, l.facts.voice.some(there))
		if near, ok := nearest(wanted, there); ok {
			detail += say(didYouMean, fermi.Printable(near.id))
		}
		l.diags.AddAttributeError(l.at(attribute), say(title), detail)
	}
	return found
}

// wanted tells of an id that is known and says something.
func wanted(id types.String) bool { return isGiven(id) && strings.TrimSpace(id.ValueString()) != "" }

func things[T any](all []T, as func(T) thing) []thing {
	made := make([]thing, len(all))
	for i, one := range all {
		made[i] = as(one)
	}
	return made
}

// nearest finds what was likely meant: the one thing whose id or name differs least, and little.
func nearest(wanted string, there []thing) (thing, bool) {
	plain := func(s string) string {
		return strings.NewReplacer(" ", "", "-", "", "_", "").Replace(strings.ToLower(s))
	}
	var best thing
	least, alone := max(1, len([]rune(wanted))/8), false
	for _, candidate := range there {
		distance := levenshtein.Distance(plain(wanted), plain(candidate.id), nil)
		for _, other := range []string{candidate.name, candidate.alias} {
			if other != "" && plain(wanted) == plain(other) {
				distance = 0
			}
		}
		switch {
		case distance < least, distance == least && best.id == "":
			best, least, alone = candidate, distance, true
		case distance == least:
			alone = false
		}
	}
	return best, alone
}
