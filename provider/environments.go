package provider

import (
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
)

// environments are some of the cluster's, in its order.
type environments []fermi.DevEnvironment

// running are those that tasks can start in.
func (e environments) running() environments {
	return slices.DeleteFunc(slices.Clone(e), func(one fermi.DevEnvironment) bool { return one.Status != fermi.EnvironmentRunning })
}

// things are the environments for a message, which says of each that doesn't run what it does.
func (e environments) things() []thing {
	return things(e, func(one fermi.DevEnvironment) thing {
		if one.Status != fermi.EnvironmentRunning {
			return thing{id: one.ID, name: one.Name + ", " + one.Status}
		}
		return thing{id: one.ID, name: one.Name}
	})
}

// decided ends a message about what only the creation decides.
const decided = " That is decided when the task is created, and is in its state from then on; set launch_mode to be sure."

// smartSwitch says which mode the API would choose now; none when it would refuse the task. Terraform shows warnings of one
// title once and counts the others, so titles name no task. It may show them after the creation too, so they are about the plan.
func (p *preview) smartSwitch(running environments) fermi.LaunchMode {
	at, title := path.Root("launch_mode"), "launch_mode is left to smart switching"
	switch {
	case p.task.EnvironmentID.IsUnknown(), p.task.EnvironmentID.ValueString() != "":
		p.diags.AddAttributeWarning(at, title, fmt.Sprintf("Since an environment is configured, the %s is to share it.", p.called)+decided)
		return fermi.Existing
	case len(running) > 0:
		p.diags.AddAttributeWarning(at, title, fmt.Sprintf("When this was planned, %d development environments were running, so the %s would "+
			"share the first, %s.",
			len(running), p.called, running.things()[0])+decided)
		return fermi.Existing
	case p.task.ResourceConfig.IsNull():
		p.diags.AddAttributeWarning(at, p.say(noneRuns), fmt.Sprintf("When this was planned none was, and without a resource_config the %s "+
			"can't have GPUs of its own. "+
			"Start an environment before applying, or add a resource_config.", p.called))
		return ""
	}
	p.diags.AddAttributeWarning(at, title, fmt.Sprintf("When this was planned, no development environment was running, so the %s would "+
		"have GPUs of its own, as resource_config says.",
		p.called)+decided)
	return fermi.Dynamic
}

// cantShare warns where the creation would be refused now because its environment doesn't run, which it may by then.
func (p *preview) cantShare(known environments) {
	const until = " Unless that changes before the %s is created, the creation is refused. Environments that are running: %s."
	running, id := known.running(), p.task.EnvironmentID.ValueString()
	chosen := slices.IndexFunc(known, func(e fermi.DevEnvironment) bool { return sameText(e.ID, id) })
	switch {
	case p.task.EnvironmentID.IsUnknown():
	case chosen >= 0 && known[chosen].Status != fermi.EnvironmentRunning:
		p.diags.AddAttributeWarning(p.at(path.Root("environment_id")), "Development environment isn't running",
			fmt.Sprintf("Environment %s was %s when this was planned."+until, thing{id: id, name: known[chosen].Name}, known[chosen].Status, p.called,
				p.facts.voice.some(running.things())))
	case id == "" && len(running) == 0:
		p.diags.AddAttributeWarning(path.Root("launch_mode"), p.say(noneRuns),
			fmt.Sprintf("When this was planned, none was running."+until, p.called, inEnglish.say(none)))
	}
}
