package textrules

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

// variableName is what POSIX lets programs rely on.
var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// A variableRule refuses environment variables that the API would refuse.
type variableRule struct{ speaker *language.Speaker }

// EnvironmentVariables are the rules for a program's environment variables.
func EnvironmentVariables(speaker *language.Speaker) []validator.Map {
	return []validator.Map{variableRule{speaker}}
}

func (variableRule) Description(context.Context) string {
	return fmt.Sprintf("names of letters, digits and underscores that begin with no digit, at most %d bytes in all", maxVariableBytes)
}

func (r variableRule) MarkdownDescription(ctx context.Context) string { return r.Description(ctx) }

func (r variableRule) ValidateMap(_ context.Context, req validator.MapRequest, resp *validator.MapResponse) {
	if !tfvalues.IsSet(req.ConfigValue) {
		return
	}
	variables, bytes := req.ConfigValue.Elements(), 0
	title := r.speaker.Say(language.InvalidVariables)
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		text, _ := variables[name].(types.String)
		bytes += len(name) + len(text.ValueString())
		at := req.Path.AtMapKey(name)
		if !variableName.MatchString(name) {
			resp.Diagnostics.AddAttributeError(req.Path, title, r.speaker.Say(language.BadVariableName, req.Path, name))
		}
		if text.IsNull() {
			resp.Diagnostics.AddAttributeError(at, title, r.speaker.Say(language.NullElement, at))
		}
		if before, _, found := strings.Cut(text.ValueString(), "\x00"); found {
			resp.Diagnostics.AddAttributeError(at, r.speaker.Say(language.BadCharacter),
				r.speaker.Say(language.CharacterAt, at, "U+0000", len([]rune(before))+1, r.speaker.Say(language.WhyNoNUL)))
		}
	}
	if bytes > maxVariableBytes {
		resp.Diagnostics.AddAttributeError(req.Path, title, r.speaker.Say(language.TooManyBytes, req.Path, bytes, maxVariableBytes))
	}
}
