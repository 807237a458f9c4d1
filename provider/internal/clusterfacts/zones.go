package clusterfacts

import (
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

// Fits reports whether a zone could ever hold the task, and adds an error at the attribute at fault if not. It also returns
// false while too little is known.
func (l *Lookup) Fits(zones []fermi.AvailabilityZone, wanted *fermi.ResourceConfig) bool {
	zone := FindZone(zones, wanted.AvailabilityZone)
	if zone == nil || wanted.GPUType == "" {
		return false
	}
	resources := path.Root("resource_config")
	capacity := zone.GPUCapacity[wanted.GPUType]
	say := l.Facts.Speaker.Say
	could := ListZones(l.Facts.Speaker, zones, func(z fermi.AvailabilityZone) bool {
		return z.GPUCapacity[wanted.GPUType] >= max(wanted.GPUCount, 1)
	})
	switch {
	case capacity == 0:
		l.Diags.AddAttributeError(l.Attribute(resources.AtName("gpu_type")), say(language.NoSuchGPUs),
			say(language.ZoneLacksType, fermi.Printable(zone.ID), wanted.GPUType, could))
		return false
	case capacity < wanted.GPUCount:
		l.Diags.AddAttributeError(l.Attribute(resources.AtName("gpu_count")), say(language.NeverFits),
			say(language.ZoneTooSmall, fermi.Printable(zone.ID), capacity, wanted.GPUType, wanted.GPUCount, could))
		return false
	}
	return wanted.GPUCount > 0
}

// FindZone returns the zone with the id, or nil.
func FindZone(zones []fermi.AvailabilityZone, id string) *fermi.AvailabilityZone {
	for i := range zones {
		if tfvalues.SameText(zones[i].ID, id) {
			return &zones[i]
		}
	}
	return nil
}

// ListZones lists the zones that keep accepts, for a message.
func ListZones(speaker *language.Speaker, zones []fermi.AvailabilityZone, keep func(fermi.AvailabilityZone) bool) string {
	var kept []language.Item
	for _, zone := range zones {
		if keep(zone) {
			kept = append(kept, language.Item{ID: zone.ID})
		}
	}
	return speaker.List(kept)
}
