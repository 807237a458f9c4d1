package trainingtask

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
)

// keepTemplate keeps the template that a task was made with if the configuration no longer names one. All of its values are in
// the state by then.
type keepTemplate struct{}

func (keepTemplate) Description(context.Context) string {
	return "Left out, it stays the one that the task was made with."
}

func (t keepTemplate) MarkdownDescription(ctx context.Context) string { return t.Description(ctx) }

func (keepTemplate) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if req.ConfigValue.IsNull() {
		resp.PlanValue = req.StateValue
	}
}
