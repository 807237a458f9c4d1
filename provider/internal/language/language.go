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

// languageVariable names the environment variable that chooses the language where the provider block doesn't.
const languageVariable = "FERMI_LANGUAGE"

// The languages of messages, as the provider block and the header Accept-Language call them.
const (
	english = "en"
	chinese = "zh"
)

var Languages = []string{english, chinese}

// A Phrase is what the provider says, in each language. Where the API says the same, the Chinese is the API's to the letter.
type Phrase struct{ en, zh string }

// A Speaker says phrases in the language that one instance of the provider was told to speak. Schemas, and the validators in
// them, are made before that is known, so they share the speaker and ask it when they speak. A nil speaker speaks English.
type Speaker struct{ chinese atomic.Bool }

// InEnglish speaks English. It is for parts of sentences that are always English.
var InEnglish *Speaker

// Say is the phrase in the language chosen, with its arguments filled in.
func (v *Speaker) Say(p Phrase, arguments ...any) string {
	text := p.en
	if v.Language() == chinese {
		text = p.zh
	}
	if len(arguments) == 0 {
		return text
	}
	return fmt.Sprintf(text, arguments...)
}

func (v *Speaker) Language() string {
	if v != nil && v.chinese.Load() {
		return chinese
	}
	return english
}

// parseLanguage is the language of messages for a tag such as zh-CN, or for a locale such as en_US.UTF-8; empty where there is none.
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

// Choose takes the language of the provider block, else of the environment, else English. A language that there isn't is an
// error that names where it comes from.
func (v *Speaker) Choose(configured types.String) diag.Diagnostics {
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
	v.chinese.Store(language == chinese)
	return diags
}
