package language

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	xlanguage "golang.org/x/text/language"
)

// languageVariable is the environment variable that chooses the language if the provider block doesn't.
const languageVariable = "FERMI_LANGUAGE"

// The languages, as in the provider block and in the header Accept-Language.
const (
	english = "en"
	chinese = "zh"
)

// Languages are the languages that can be chosen.
var Languages = []string{english, chinese}

// A Phrase is a text in each language. If the API has the same text, the Chinese is the API's, character by character.
type Phrase struct{ en, zh string }

// A Speaker says phrases in the language of one provider instance. Schemas and validators are made before the language is known,
// so they keep the Speaker and ask it when they need a text. A nil Speaker speaks English.
type Speaker struct{ chinese atomic.Bool }

// InEnglish speaks English, for texts that are never translated.
var InEnglish *Speaker

// Say returns the phrase in the chosen language, formatted with the arguments.
func (s *Speaker) Say(p Phrase, arguments ...any) string {
	text := p.en
	if s.Language() == chinese {
		text = p.zh
	}
	if len(arguments) == 0 {
		return text
	}
	return fmt.Sprintf(text, arguments...)
}

// Language returns the chosen language.
func (s *Speaker) Language() string {
	if s != nil && s.chinese.Load() {
		return chinese
	}
	return english
}

// parseLanguage returns the language of a tag such as zh-CN or a locale such as en_US.UTF-8, or "" if it is none of Languages.
func parseLanguage(asked string) string {
	tag, _, _ := strings.Cut(asked, ".")
	parsed, err := xlanguage.Parse(tag)
	if err != nil {
		return ""
	}
	if base, _ := parsed.Base(); slices.Contains(Languages, base.String()) {
		return base.String()
	}
	return ""
}

// Choose sets the language: that of the provider block, else of the environment, else English. An unknown language is an error
// that names where it comes from.
func (s *Speaker) Choose(configured types.String) diag.Diagnostics {
	var diags diag.Diagnostics
	language := configured.ValueString()
	if configured.IsNull() || configured.IsUnknown() {
		asked := strings.TrimSpace(os.Getenv(languageVariable))
		language = english
		if asked != "" {
			language = parseLanguage(asked)
		}
		if language == "" {
			diags.AddAttributeError(path.Root("language"), "No such language", fmt.Sprintf("The environment variable %s is %q. "+
				"Set it to one of %s, or set the provider's language.", languageVariable, asked, strings.Join(Languages, ", ")))
		}
	}
	s.chinese.Store(language == chinese)
	return diags
}
