package trainingtask

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/apierror"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

// isReplacedByTemplate reports whether a newly configured template fills in other values than the task has, which only a new
// task can get. Templates whose id isn't known yet, and those that this run creates or changes, replace nothing.
//
// A run that has read no object replaces nothing either. An apply is such a run: it plans again and must come to the same
// result, even if somebody has edited the template meanwhile. A plan without a refresh is one too.
func (r *taskResource) isReplacedByTemplate(ctx context.Context, config, state taskModel) (bool, diag.Diagnostics) {
	if r.session == nil || !tfvalues.IsSet(config.TemplateID) || config.TemplateID.Equal(state.TemplateID) {
		return false, nil
	}
	at, id := path.Root("template_id"), config.TemplateID.ValueString()
	if _, made := r.session.CreatedTemplates.Load(id); made || r.facts.ChangesTemplate(id) {
		return false, nil
	}
	template, err := r.facts.Template(ctx, id)
	refreshed := r.session.Cluster.Refreshed.Load()
	switch {
	case fermi.IsNotFound(err) && refreshed:
		return false, diag.Diagnostics{diag.NewAttributeErrorDiagnostic(at, "No such task template",
			fmt.Sprintf("The cluster has no task template %q. Choose one that exists, or leave template_id as it was: "+
				"the task keeps what its template gave it.", id))}
	case err != nil:
		return false, diag.Diagnostics{diag.NewAttributeWarningDiagnostic(at, "Template could not be looked at",
			fmt.Sprintf("Whether template %q fills in something else than training task %s has is not known, so the task stays as it is "+
				"and only notes the template. The API could not answer: %s", id, state.ID.ValueString(), err))}
	case !config.DiffersFromTemplate(state.Model, template.Config):
		return false, nil
	case !refreshed:
		return false, diag.Diagnostics{diag.NewAttributeWarningDiagnostic(at, "Template fills in something else than the task has",
			fmt.Sprintf("Template %q differs from what training task %s has, and the plan didn't know that, or was made without a refresh. "+
				"The task stays as it is and only notes the template. For a new run with what the template fills in, apply with -replace.",
				id, state.ID.ValueString()))}
	}
	return true, nil
}

// planRefill plans what another template may change in place.
func (m *taskModel) planRefill(config, state taskModel) {
	if !config.TemplateID.IsNull() && !config.TemplateID.Equal(state.TemplateID) {
		m.PlanRefill(config.Model, fermi.TaskStatus(state.Status.ValueString()).Live())
	}
}

// fillFromTemplate sets the values that the plan leaves to the new template. Those that the template doesn't have stay as they
// are.
func (m *taskModel) fillFromTemplate(ctx context.Context, client *fermi.Client, state taskModel) diag.Diagnostics {
	template, err := client.GetTaskTemplate(ctx, m.TemplateID.ValueString())
	if err != nil && !fermi.IsNotFound(err) {
		return diag.Diagnostics{apierror.Diagnostic("Reading task template "+m.TemplateID.ValueString(), err)}
	}
	m.Refill(state.Model, template.Config)
	return nil
}
