// Package taskrules has the rules about launch modes that tasks and task templates share.
package taskrules

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

// CheckEnvironment refuses an environment for a task that has GPUs of its own. at is the path of the environment.
func CheckEnvironment(speaker *language.Speaker, at path.Path, mode fermi.LaunchMode, environment attr.Value) diag.Diagnostics {
	if mode != fermi.LaunchModeDynamic || !tfvalues.IsSet(environment) {
		return nil
	}
	return diag.Diagnostics{
		diag.NewAttributeErrorDiagnostic(at, speaker.Say(language.DynamicTakesNone), speaker.Say(language.DropEnvironment)),
	}
}

// CheckResources refuses resources for a task that shares an environment's. at is the path of the resources.
func CheckResources(speaker *language.Speaker, at path.Path, mode fermi.LaunchMode, resources attr.Value) diag.Diagnostics {
	if mode != fermi.LaunchModeExisting || !tfvalues.IsSet(resources) {
		return nil
	}
	return diag.Diagnostics{
		diag.NewAttributeErrorDiagnostic(at, speaker.Say(language.ExistingTakesNone), speaker.Say(language.DropResources)),
	}
}

// RequireResources refuses a task that is to have GPUs of its own and doesn't say which. at is the path of the resources.
func RequireResources(speaker *language.Speaker, at path.Path, mode fermi.LaunchMode, resources attr.Value) diag.Diagnostics {
	if mode != fermi.LaunchModeDynamic || !resources.IsNull() {
		return nil
	}
	return diag.Diagnostics{
		diag.NewAttributeErrorDiagnostic(at, speaker.Say(language.ChooseZone), speaker.Say(language.DynamicNeedsOne)),
	}
}
