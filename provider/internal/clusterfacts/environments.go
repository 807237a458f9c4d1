package clusterfacts

import (
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
)

// Environments are development environments in the cluster's order.
type Environments []fermi.DevEnvironment

// Running returns those that tasks can start in.
func (e Environments) Running() Environments {
	return slices.DeleteFunc(slices.Clone(e), func(one fermi.DevEnvironment) bool { return one.Status != fermi.EnvironmentStatusRunning })
}

// Items lists the environments for messages. The status of those that don't run is added to their name.
func (e Environments) Items() []language.Item {
	return language.Items(e, func(one fermi.DevEnvironment) language.Item {
		if one.Status != fermi.EnvironmentStatusRunning {
			return language.Item{ID: one.ID, Name: one.Name + ", " + string(one.Status)}
		}
		return language.Item{ID: one.ID, Name: one.Name}
	})
}
