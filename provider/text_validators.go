package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
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

// A textRule refuses the text that the API would refuse.
type textRule struct {
	voice *voice
	// blank says that the text must not be blank; nil allows it.
	blank *phrase
	// instead is what else to do about a blank one.
	instead phrase
	// most is how many characters it may have; 0 is no limit.
	most int
	// lines allows line breaks and tabs.
	lines bool
}

// name are the rules of a task's or template's name.
func (v *voice) name(blank phrase) []validator.String {
	return []validator.String{textRule{voice: v, blank: &blank, most: maxName}}
}

// description are the rules of a description.
func (v *voice) description() []validator.String {
	return []validator.String{textRule{voice: v, most: maxDescription, lines: true}}
}

// id are the rules of what is chosen by its id; instead, where it may be left out, says what for.
func (v *voice) id(blank, instead phrase) []validator.String {
	return []validator.String{textRule{voice: v, blank: &blank, instead: instead, most: maxID}}
}

// image are the rules of an image's name.
func (v *voice) image(instead phrase) []validator.String {
	return []validator.String{textRule{voice: v, blank: &chooseImage, instead: instead, most: maxImage}, imageRule{v}}
}

// filter are the rules of what is looked for: there is no text with a forbidden character to be found.
func (v *voice) filter() []validator.String { return []validator.String{textRule{voice: v}} }

func (r textRule) Description(context.Context) string {
	parts := []string{"no control characters or bidirectional marks"}
	if r.most > 0 {
		parts = append([]string{fmt.Sprintf("at most %d characters", r.most)}, parts...)
	}
	if r.blank != nil {
		parts = append([]string{"not blank"}, parts...)
	}
	return strings.Join(parts, ", ")
}

func (r textRule) MarkdownDescription(ctx context.Context) string { return r.Description(ctx) }

func (r textRule) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if !isGiven(req.ConfigValue) {
		return
	}
	value := req.ConfigValue.ValueString()
	length := utf8.RuneCountInString(value)
	switch {
	case r.blank != nil && strings.TrimSpace(value) == "":
		resp.Diagnostics.AddAttributeError(req.Path, r.voice.say(*r.blank), r.voice.say(isBlank, req.Path)+r.voice.say(r.instead))
		return
	case r.most > 0 && length > r.most:
		resp.Diagnostics.AddAttributeError(req.Path, r.voice.say(tooLong), r.voice.say(tooManyChars, req.Path, length, r.most))
	}
	resp.Diagnostics.Append(r.voice.forbidden(req.Path, req.Path.String(), value, r.lines)...)
}

// forbidden refuses the first character of a text that would make a terminal show something else; called names the text.
func (v *voice) forbidden(at path.Path, called, text string, lines bool) diag.Diagnostics {
	place := 0
	for _, character := range text {
		place++
		if !isForbidden(character) || lines && strings.ContainsRune("\n\r\t", character) {
			continue
		}
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(at, v.say(badCharacter),
			v.say(characterAt, called, fmt.Sprintf("U+%04X", character), place, v.say(whyNoControls)))}
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

// A labelRule refuses the labels that the API would refuse.
type labelRule struct{ voice *voice }

func (v *voice) labels() []validator.Map { return []validator.Map{labelRule{v}} }

func (labelRule) Description(context.Context) string {
	return fmt.Sprintf("at most %d labels, with keys and values of at most %d bytes", maxLabels, maxLabelBytes)
}

func (r labelRule) MarkdownDescription(ctx context.Context) string { return r.Description(ctx) }

func (r labelRule) ValidateMap(_ context.Context, req validator.MapRequest, resp *validator.MapResponse) {
	if !isGiven(req.ConfigValue) {
		return
	}
	labels := req.ConfigValue.Elements()
	if len(labels) > maxLabels {
		resp.Diagnostics.AddAttributeError(req.Path, r.voice.say(invalidLabels), r.voice.say(tooManyLabels, req.Path, len(labels), maxLabels))
	}
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		value, _ := labels[key].(types.String)
		resp.Diagnostics.Append(r.check(req.Path, key, value)...)
	}
}

func (r labelRule) check(labels path.Path, key string, value types.String) diag.Diagnostics {
	var diags diag.Diagnostics
	at, text := labels.AtMapKey(key), value.ValueString()
	title := r.voice.say(invalidLabels)
	switch {
	case key == "":
		diags.AddAttributeError(labels, title, r.voice.say(emptyKey, labels, maxLabelBytes))
	case len(key) > maxLabelBytes:
		start := string([]rune(key)[:min(20, utf8.RuneCountInString(key))])
		diags.AddAttributeError(labels, title, r.voice.say(longKey, labels, len(key), utf8.RuneCountInString(key), maxLabelBytes, start))
	case value.IsNull():
		diags.AddAttributeError(at, title, r.voice.say(nullLabel, key, labels))
	case len(text) > maxLabelBytes:
		diags.AddAttributeError(at, title, r.voice.say(longValue, key, labels, len(text), utf8.RuneCountInString(text), maxLabelBytes))
	}
	diags.Append(r.voice.forbidden(labels, labels.String(), key, false)...)
	diags.Append(r.voice.forbidden(at, fmt.Sprintf("%s[%q]", labels, key), text, false)...)
	return diags
}
