package textrules

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

// An argumentRule refuses arguments of a program that the API would refuse. Any text may be one, even an empty one, except for the
// NUL character, which ends a text for the operating system.
type argumentRule struct{ speaker *language.Speaker }

// Arguments are the rules for a program and its arguments.
func Arguments(speaker *language.Speaker) []validator.List {
	return []validator.List{argumentRule{speaker}}
}

func (argumentRule) Description(context.Context) string {
	return fmt.Sprintf("at most %d elements, with at most %d bytes in all", maxArguments, maxArgumentBytes)
}

func (r argumentRule) MarkdownDescription(ctx context.Context) string { return r.Description(ctx) }

func (r argumentRule) ValidateList(_ context.Context, req validator.ListRequest, resp *validator.ListResponse) {
	if !tfvalues.IsSet(req.ConfigValue) {
		return
	}
	elements, bytes := req.ConfigValue.Elements(), 0
	title := r.speaker.Say(language.InvalidArguments)
	for i, element := range elements {
		text, _ := element.(types.String)
		bytes += len(text.ValueString())
		at := req.Path.AtListIndex(i)
		if text.IsNull() {
			resp.Diagnostics.AddAttributeError(at, title, r.speaker.Say(language.NullElement, at))
		}
		if before, _, found := strings.Cut(text.ValueString(), "\x00"); found {
			resp.Diagnostics.AddAttributeError(at, r.speaker.Say(language.BadCharacter),
				r.speaker.Say(language.CharacterAt, at, "U+0000", len([]rune(before))+1, r.speaker.Say(language.WhyNoNUL)))
		}
	}
	if len(elements) > maxArguments {
		resp.Diagnostics.AddAttributeError(req.Path, title, r.speaker.Say(language.TooManyArguments, req.Path, len(elements), maxArguments))
	}
	if bytes > maxArgumentBytes {
		resp.Diagnostics.AddAttributeError(req.Path, title, r.speaker.Say(language.TooManyBytes, req.Path, bytes, maxArgumentBytes))
	}
}
