package textrules

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

// A labelRule refuses labels that the API would refuse.
type labelRule struct{ speaker *language.Speaker }

// Labels are the rules for labels.
func Labels(speaker *language.Speaker) []validator.Map { return []validator.Map{labelRule{speaker}} }

func (labelRule) Description(context.Context) string {
	return fmt.Sprintf("at most %d labels, with keys and values of at most %d bytes", maxLabels, maxLabelBytes)
}

func (r labelRule) MarkdownDescription(ctx context.Context) string { return r.Description(ctx) }

func (r labelRule) ValidateMap(_ context.Context, req validator.MapRequest, resp *validator.MapResponse) {
	if !tfvalues.IsSet(req.ConfigValue) {
		return
	}
	labels := req.ConfigValue.Elements()
	if len(labels) > maxLabels {
		resp.Diagnostics.AddAttributeError(req.Path, r.speaker.Say(language.InvalidLabels),
			r.speaker.Say(language.TooManyLabels, req.Path, len(labels), maxLabels))
	}
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		value, _ := labels[key].(types.String)
		resp.Diagnostics.Append(r.check(req.Path, key, value)...)
	}
}

func (r labelRule) check(labels path.Path, key string, value types.String) diag.Diagnostics {
	var diags diag.Diagnostics
	at, text := labels.AtMapKey(key), value.ValueString()
	title := r.speaker.Say(language.InvalidLabels)
	switch {
	case key == "":
		diags.AddAttributeError(labels, title, r.speaker.Say(language.EmptyKey, labels, maxLabelBytes))
	case len(key) > maxLabelBytes:
		start := string([]rune(key)[:min(20, utf8.RuneCountInString(key))])
		diags.AddAttributeError(labels, title, r.speaker.Say(language.LongKey, labels, len(key), utf8.RuneCountInString(key),
			maxLabelBytes, start))
	case value.IsNull():
		diags.AddAttributeError(at, title, r.speaker.Say(language.NullLabel, key, labels))
	case len(text) > maxLabelBytes:
		diags.AddAttributeError(at, title, r.speaker.Say(language.LongValue, key, labels, len(text), utf8.RuneCountInString(text), maxLabelBytes))
	}
	diags.Append(refuseCharacter(r.speaker, labels, labels.String(), key, false)...)
	diags.Append(refuseCharacter(r.speaker, at, fmt.Sprintf("%s[%q]", labels, key), text, false)...)
	return diags
}
