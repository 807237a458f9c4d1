package clusterfacts

import (
	"context"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/resourceconfig"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

// A Lookup compares the ids in a configuration with what the cluster has. An id that doesn't exist is an error at its attribute,
// since the API would refuse it. Unknown values are skipped one by one.
type Lookup struct {
	Facts *Facts
	// Tried begins error messages: what the configuration is for.
	Tried string
	// Attribute maps a path in the configuration to the attribute that is at fault.
	Attribute func(path.Path) path.Path

	Diags diag.Diagnostics
	// Unreachable is set once the API could not answer. Nothing more is looked up then.
	Unreachable bool
}

// IDs are the ids in a configuration.
type IDs struct {
	Dataset, Version, Model, Environment types.String
	Resources                            types.Object
}

// Reach makes the first request, for a list that every version of the API has: a foreign answer to it means a wrong endpoint,
// where another list might just be missing. It returns false if the API can't be reached.
func (l *Lookup) Reach(ctx context.Context, environments bool) bool {
	var err error
	if environments {
		_, err = l.Facts.Environments(ctx)
	} else {
		_, err = l.Facts.Zones(ctx)
	}
	if err != nil {
		l.Unreachable = true
		l.Diags.Append(l.Facts.Failure(l.Tried, err, true)...)
	}
	return !l.Unreachable
}

// Failed records a failed read, and reports whether there was one.
func (l *Lookup) Failed(err error) bool {
	if err == nil {
		return false
	}
	l.Unreachable = true
	l.Diags.Append(l.Facts.Failure(l.Tried, err, false)...)
	return true
}

// FindAll looks up all known ids, and reports whether the cluster has all of them.
func (l *Lookup) FindAll(ctx context.Context, c IDs) bool {
	l.findDataset(ctx, c)
	if isNamed(c.Model) && !l.Unreachable {
		models, err := l.Facts.Models(ctx)
		if !l.Failed(err) {
			l.find(path.Root("model_id"), c.Model, language.NoModel, language.Items(models,
				func(m fermi.Model) language.Item { return language.Item{ID: m.ID, Name: m.Name} }))
		}
	}
	if isNamed(c.Environment) && !l.Unreachable {
		all, err := l.Facts.Environments(ctx)
		if !l.Failed(err) {
			l.find(path.Root("environment_id"), c.Environment, language.NoEnvironment, all.Items())
		}
	}
	l.findResources(ctx, c.Resources)
	return !l.Unreachable && !l.Diags.HasError()
}

func (l *Lookup) findDataset(ctx context.Context, c IDs) {
	if !isNamed(c.Dataset) || l.Unreachable {
		return
	}
	datasets, err := l.Facts.Datasets(ctx)
	if l.Failed(err) {
		return
	}
	found := l.find(path.Root("dataset_id"), c.Dataset, language.NoDataset, language.Items(datasets,
		func(d fermi.Dataset) language.Item { return language.Item{ID: d.ID, Name: d.Name} }))
	if found >= 0 && isNamed(c.Version) {
		l.find(path.Root("dataset_version_id"), c.Version, language.NoVersion, language.Items(datasets[found].Versions,
			func(v string) language.Item { return language.Item{ID: v} }))
	}
}

func (l *Lookup) findResources(ctx context.Context, object types.Object) {
	resources := resourceconfig.Known(object)
	if resources == nil {
		return
	}
	within := path.Root("resource_config")
	if resources.AvailabilityZone != "" && !l.Unreachable {
		zones, err := l.Facts.Zones(ctx)
		if !l.Failed(err) {
			l.find(within.AtName("availability_zone"), types.StringValue(resources.AvailabilityZone), language.NoZone,
				language.Items(zones, func(z fermi.AvailabilityZone) language.Item { return language.Item{ID: z.ID, Alias: z.Name} }))
		}
	}
	if resources.GPUType != "" && !l.Unreachable {
		kinds, err := l.Facts.GPUTypes(ctx)
		if !l.Failed(err) {
			l.find(within.AtName("gpu_type"), types.StringValue(resources.GPUType), language.NoGPUType,
				language.Items(kinds, func(t fermi.GPUType) language.Item { return language.Item{ID: t.Name} }))
		}
	}
}

// find returns the index of the item that a value names, or -1 after adding an error.
func (l *Lookup) find(attribute path.Path, value types.String, title language.Phrase, there []language.Item) int {
	wanted := value.ValueString()
	found := slices.IndexFunc(there, func(t language.Item) bool { return tfvalues.SameText(t.ID, wanted) })
	if found < 0 {
		say := l.Facts.Speaker.Say
		detail := say(language.ThereAre, wanted, l.Facts.Speaker.List(there))
		if near, ok := Nearest(wanted, there); ok {
			detail += say(language.DidYouMean, fermi.Printable(near.ID))
		}
		l.Diags.AddAttributeError(l.Attribute(attribute), say(title), detail)
	}
	return found
}

// isNamed reports whether an id is known and not blank.
func isNamed(id types.String) bool {
	return tfvalues.IsSet(id) && strings.TrimSpace(id.ValueString()) != ""
}

// Nearest returns the item that was most likely meant: the only one whose id or name is closest to the wanted one, if it is
// close at all.
func Nearest(wanted string, there []language.Item) (language.Item, bool) {
	simplify := func(s string) string {
		return strings.NewReplacer(" ", "", "-", "", "_", "").Replace(strings.ToLower(s))
	}
	var best language.Item
	least, alone := max(1, len([]rune(wanted))/8), false
	for _, candidate := range there {
		distance := levenshtein.Distance(simplify(wanted), simplify(candidate.ID), nil)
		for _, other := range []string{candidate.Name, candidate.Alias} {
			if other != "" && simplify(wanted) == simplify(other) {
				distance = 0
			}
		}
		switch {
		case distance < least, distance == least && best.ID == "":
			best, least, alone = candidate, distance, true
		case distance == least:
			alone = false
		}
	}
	return best, alone
}
