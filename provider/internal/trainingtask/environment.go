package trainingtask

import (
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/clusterfacts"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

// decidedAtCreation ends a message about what only the creation decides.
const decidedAtCreation = " That is decided when the task is created, and is in its state from then on; set launch_mode to be sure."

// warnOfSmartSwitch returns the mode that the API would choose now, or "" if it would refuse the task. Terraform shows warnings
// of one title once and counts the others, so titles name no task. It may show them after the creation too, so they speak of the
// time of the plan.
func (p *preview) warnOfSmartSwitch(running clusterfacts.Environments) fermi.LaunchMode {
	at, title := path.Root("launch_mode"), "launch_mode is left to smart switching"
	switch {
	case p.task.EnvironmentID.IsUnknown(), p.task.EnvironmentID.ValueString() != "":
		p.Diags.AddAttributeWarning(at, title, fmt.Sprintf("Since an environment is configured, the %s is to share it.",
			p.displayName)+decidedAtCreation)
		return fermi.LaunchModeExisting
	case len(running) > 0:
		p.Diags.AddAttributeWarning(at, title, fmt.Sprintf("When this was planned, %d development environments were running, so the %s would "+
			"share the first, %s.",
			len(running), p.displayName, running.Items()[0])+decidedAtCreation)
		return fermi.LaunchModeExisting
	case p.task.ResourceConfig.IsNull():
		p.Diags.AddAttributeWarning(at, p.say(language.NoneRuns), fmt.Sprintf("When this was planned none was, and without a "+
			"resource_config the %s "+
			"can't have GPUs of its own. "+
			"Start an environment before applying, or add a resource_config.", p.displayName))
		return ""
	}
	p.Diags.AddAttributeWarning(at, title, fmt.Sprintf("When this was planned, no development environment was running, so the %s would "+
		"have GPUs of its own, as resource_config says.",
		p.displayName)+decidedAtCreation)
	return fermi.LaunchModeDynamic
}

// warnOfStoppedEnvironment warns if the environment doesn't run now: unless that changes, the creation will be refused.
func (p *preview) warnOfStoppedEnvironment(known clusterfacts.Environments) {
	const until = " Unless that changes before the %s is created, the creation is refused. Environments that are running: %s."
	running, id := known.Running(), p.task.EnvironmentID.ValueString()
	chosen := slices.IndexFunc(known, func(e fermi.DevEnvironment) bool { return tfvalues.SameText(e.ID, id) })
	switch {
	case p.task.EnvironmentID.IsUnknown():
	case chosen >= 0 && known[chosen].Status != fermi.EnvironmentStatusRunning:
		p.Diags.AddAttributeWarning(p.Attribute(path.Root("environment_id")), "Development environment isn't running",
			fmt.Sprintf("Environment %s was %s when this was planned."+until, language.Item{ID: id, Name: known[chosen].Name}, known[chosen].Status,
				p.displayName,
				p.Facts.Speaker.List(running.Items())))
	case id == "" && len(running) == 0:
		p.Diags.AddAttributeWarning(path.Root("launch_mode"), p.say(language.NoneRuns),
			fmt.Sprintf("When this was planned, none was running."+until, p.displayName, language.InEnglish.Say(language.None)))
	}
}
