package taskconfig

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/durations"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/textrules"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

// seconds returns the seconds of a duration; nil if it is null or unknown.
func seconds(name string, duration types.String) (*int64, diag.Diagnostics) {
	if !tfvalues.IsSet(duration) {
		return nil, nil
	}
	n, err := textrules.Seconds(duration.ValueString())
	if err != nil {
		return nil, diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root(name), "Not a duration that a task may have",
			fmt.Sprintf("%s is %q: %s.", name, duration.ValueString(), err))}
	}
	return &n, nil
}

// keepDuration returns the API's duration, as it is configured if that is as long.
func keepDuration(configured types.String, told *int64) types.String {
	switch {
	case told == nil:
		return types.StringNull()
	case isAsLong(configured, types.StringValue(durations.Format(*told))):
		return configured
	}
	return types.StringValue(durations.Format(*told))
}

// isAsLong reports whether two durations are the same to the API.
func isAsLong(a, b types.String) bool {
	if !tfvalues.IsSet(a) || !tfvalues.IsSet(b) {
		return false
	}
	first, err := durations.Parse(a.ValueString())
	second, otherErr := durations.Parse(b.ValueString())
	return err == nil && otherErr == nil && first == second
}

// keepForm plans no difference between forms of the same duration.
type keepForm struct{}

func (keepForm) Description(context.Context) string {
	return "Another form of the same duration is no difference."
}

func (k keepForm) MarkdownDescription(ctx context.Context) string { return k.Description(ctx) }

func (keepForm) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if isAsLong(req.PlanValue, req.StateValue) {
		resp.PlanValue = req.StateValue
	}
}
