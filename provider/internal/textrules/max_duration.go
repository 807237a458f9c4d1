package textrules

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/durations"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

// The most time that a task may be given is between a minute and ten years.
const (
	leastDuration = 60
	mostDuration  = 10 * 365 * 24 * 3600
)

// Seconds returns the seconds of a text that MaxDuration accepts. The error says what is wrong with another one.
func Seconds(text string) (int64, error) { return durations.Whole(text, leastDuration, mostDuration) }

// A durationRule refuses a task's limit of time that the API would refuse, or that isn't a duration.
type durationRule struct{ speaker *language.Speaker }

// MaxDuration are the rules for a task's limit of time.
func MaxDuration(speaker *language.Speaker, _ language.Phrase) []validator.String {
	return []validator.String{durationRule{speaker}}
}

func (durationRule) Description(context.Context) string {
	return "a duration of whole seconds, from 1m to 3650d, such as 90m, 12h or 2d"
}

func (r durationRule) MarkdownDescription(ctx context.Context) string { return r.Description(ctx) }

func (r durationRule) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if !tfvalues.IsSet(req.ConfigValue) {
		return
	}
	text := req.ConfigValue.ValueString()
	if _, err := Seconds(text); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, r.speaker.Say(language.BadDuration), r.speaker.Say(language.DurationIs, req.Path, text, err))
	}
}
