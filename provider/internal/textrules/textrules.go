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

// The API's limits for texts.
const (
	maxName        = 256  // characters of a task's or template's name
	maxDescription = 4096 // characters
	maxID          = 256  // characters of what is chosen by its id
	maxImage       = 512  // characters
	maxLabels      = 64
	maxLabelBytes  = 256 // of a key or a value
)

// A Rule refuses the text that the API would refuse.
type Rule struct {
	Speaker *language.Speaker
	// blank says that the text must not be blank; nil allows it.
	Blank *language.Phrase
	// instead is what else to do about a blank one.
	instead language.Phrase
	// most is how many characters it may have; 0 is no limit.
	maxLength int
	// lines allows line breaks and tabs.
	allowLineBreaks bool
}

// Name are the rules of a task's or template's name.
func Name(speaker *language.Speaker, blank language.Phrase) []validator.String {
	return []validator.String{Rule{Speaker: speaker, Blank: &blank, maxLength: maxName}}
}

// Description are the rules of a description.
func Description(speaker *language.Speaker) []validator.String {
	return []validator.String{Rule{Speaker: speaker, maxLength: maxDescription, allowLineBreaks: true}}
}

// ID are the rules of what is chosen by its id; instead, where it may be left out, says what for.
func ID(speaker *language.Speaker, blank, instead language.Phrase) []validator.String {
	return []validator.String{Rule{Speaker: speaker, Blank: &blank, instead: instead, maxLength: maxID}}
}

// Image are the rules of an image's name.
func Image(speaker *language.Speaker, instead language.Phrase) []validator.String {
	return []validator.String{Rule{Speaker: speaker, Blank: &language.ChooseImage, instead: instead, maxLength: maxImage}, imageRule{speaker}}
}

// Filter are the rules of what is looked for: there is no text with a forbidden character to be found.
func Filter(speaker *language.Speaker) []validator.String {
	return []validator.String{Rule{Speaker: speaker}}
}

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

func (r Rule) MarkdownDescription(ctx context.Context) string { return r.Description(ctx) }

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
		resp.Diagnostics.AddAttributeError(req.Path, r.Speaker.Say(language.TooLong), r.Speaker.Say(language.TooManyChars, req.Path, length, r.maxLength))
	}
	resp.Diagnostics.Append(refuseCharacter(r.Speaker, req.Path, req.Path.String(), value, r.allowLineBreaks)...)
}

// refuseCharacter refuses the first character of a text that would make a terminal show something else; called names the text.
func refuseCharacter(speaker *language.Speaker, at path.Path, called, text string, lines bool) diag.Diagnostics {
	place := 0
	for _, character := range text {
		place++
		if !isForbidden(character) || lines && strings.ContainsRune("\n\r\t", character) {
			continue
		}
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(at, speaker.Say(language.BadCharacter),
			speaker.Say(language.CharacterAt, called, fmt.Sprintf("U+%04X", character), place, speaker.Say(language.WhyNoControls)))}
	}
	return nil
}

// isForbidden tells of control characters (C0, DEL, C1) and of bidirectional marks, overrides and isolates.
func isForbidden(r rune) bool {
	switch {
	case r < ' ', r >= 0x7f && r <= 0x9f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return true
	}
	return r == 0x200e || r == 0x200f || r == 0x061c
}
