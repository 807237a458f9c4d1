package textrules

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

// The API's limits.
const (
	maxName        = 256  // characters of a task's or template's name
	maxDescription = 4096 // characters
	maxID          = 256  // characters of an id that is referred to
	maxImage       = 512  // characters
	maxLabels      = 64
	maxLabelBytes  = 256 // of a key or a value

	maxArguments     = 1000
	maxArgumentBytes = 32 << 10 // of all of them
	maxVariableBytes = 64 << 10 // of all names and values
)

// A Rule refuses texts that the API would refuse.
type Rule struct {
	Speaker *language.Speaker
	// Blank is the message about a blank text; nil allows one.
	Blank *language.Phrase
	// instead says what to do in place of writing a blank text.
	instead language.Phrase
	// maxLength is in characters; 0 means no limit.
	maxLength int
	// allowLineBreaks allows line breaks and tabs.
	allowLineBreaks bool
}

// Name are the rules for the name of a task or template.
func Name(speaker *language.Speaker, blank language.Phrase) []validator.String {
	return []validator.String{Rule{Speaker: speaker, Blank: &blank, maxLength: maxName}}
}

// Description are the rules for a description.
func Description(speaker *language.Speaker) []validator.String {
	return []validator.String{Rule{Speaker: speaker, maxLength: maxDescription, allowLineBreaks: true}}
}

// ID are the rules for a reference by id. instead says what leaving it out means, if it may be left out.
func ID(speaker *language.Speaker, blank, instead language.Phrase) []validator.String {
	return []validator.String{Rule{Speaker: speaker, Blank: &blank, instead: instead, maxLength: maxID}}
}

// Image are the rules for an image reference.
func Image(speaker *language.Speaker, instead language.Phrase) []validator.String {
	return []validator.String{Rule{Speaker: speaker, Blank: &language.ChooseImage, instead: instead, maxLength: maxImage}, imageRule{speaker}}
}

// Filter are the rules for a search text. No text has a forbidden character, so a search for one would find nothing.
func Filter(speaker *language.Speaker) []validator.String {
	return []validator.String{Rule{Speaker: speaker}}
}

// Description says what is accepted.
func (r Rule) Description(context.Context) string {
	parts := []string{"no control characters or bidirectional marks"}
	if r.maxLength > 0 {
		parts = append([]string{fmt.Sprintf("at most %d characters", r.maxLength)}, parts...)
	}
	if r.Blank != nil {
		parts = append([]string{"not blank"}, parts...)
	}
	return strings.Join(parts, ", ")
}

// MarkdownDescription is Description.
func (r Rule) MarkdownDescription(ctx context.Context) string { return r.Description(ctx) }

// ValidateString refuses a text that breaks the rule.
func (r Rule) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if !tfvalues.IsSet(req.ConfigValue) {
		return
	}
	value := req.ConfigValue.ValueString()
	length := utf8.RuneCountInString(value)
	switch {
	case r.Blank != nil && strings.TrimSpace(value) == "":
		resp.Diagnostics.AddAttributeError(req.Path, r.Speaker.Say(*r.Blank), r.Speaker.Say(language.IsBlank, req.Path)+r.Speaker.Say(r.instead))
		return
	case r.maxLength > 0 && length > r.maxLength:
		resp.Diagnostics.AddAttributeError(req.Path, r.Speaker.Say(language.TooLong),
			r.Speaker.Say(language.TooManyChars, req.Path, length, r.maxLength))
	}
	resp.Diagnostics.Append(refuseCharacter(r.Speaker, req.Path, req.Path.String(), value, r.allowLineBreaks)...)
}

// refuseCharacter refuses a text with a character that would make a terminal show something else. name says which text.
func refuseCharacter(speaker *language.Speaker, at path.Path, name, text string, lines bool) diag.Diagnostics {
	place := 0
	for _, character := range text {
		place++
		if !isForbidden(character) || lines && strings.ContainsRune("\n\r\t", character) {
			continue
		}
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(at, speaker.Say(language.BadCharacter),
			speaker.Say(language.CharacterAt, name, fmt.Sprintf("U+%04X", character), place, speaker.Say(language.WhyNoControls)))}
	}
	return nil
}

// isForbidden reports whether r is a control character (C0, DEL, C1) or a bidirectional mark, override or isolate.
func isForbidden(r rune) bool {
	switch {
	case r < ' ', r >= 0x7f && r <= 0x9f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return true
	}
	return r == 0x200e || r == 0x200f || r == 0x061c
}
