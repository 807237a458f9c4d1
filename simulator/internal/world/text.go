package world

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Limits of texts, in characters (Unicode code points).
const (
	MaxName        = 256 // of a task or a template
	MaxDescription = 4096
	MaxID          = 256 // of a thing that a request refers to
	MaxImage       = 512
)

// textField is a text of a command.
type textField struct {
	name      string  // of the field, in the API's words
	text      *string // nil if it is left out
	maximum   int     // characters; 0 for any number
	multiline bool    // it may have line breaks and tabs
	label     string  // the key of the label that it belongs to
}

func idText(name string, id *string) textField {
	return textField{name: name, text: id, maximum: MaxID}
}

func descriptionText(text *string) textField {
	return textField{name: "description", text: text, maximum: MaxDescription, multiline: true}
}

// labelTexts returns the keys and values of labels. checkLabels checks their lengths.
func labelTexts(labels map[string]string) []textField {
	fields := make([]textField, 0, 2*len(labels))
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		value := labels[key]
		fields = append(fields, textField{name: "labels", text: &key, label: key}, textField{name: "labels", text: &value, label: key})
	}
	return fields
}

// checkTexts returns an error for the first text that is too long or has a forbidden character. Only the texts of commands
// are checked: a restored state may have others, from before there were limits.
func checkTexts(fields ...textField) *Error {
	for _, f := range fields {
		if f.text == nil {
			continue
		}
		if length := utf8.RuneCountInString(*f.text); f.maximum > 0 && length > f.maximum {
			return invalid(ReasonTooLong, f.name).with("maximum", f.maximum).with("length", length)
		}
		for _, c := range *f.text {
			if !Forbidden(c) || f.multiline && strings.ContainsRune("\t\n\r", c) {
				continue
			}
			err := invalid(ReasonForbiddenCharacter, f.name).with("character", fmt.Sprintf("U+%04X", c))
			if f.label != "" {
				err = err.with("key", f.label)
			}
			return err
		}
	}
	return nil
}

// Forbidden reports whether a character is a control character or changes the direction of the text around it. Either could
// make a terminal or a page show something that the text does not say.
func Forbidden(c rune) bool {
	return unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c)
}

// sameName reports whether two names are equal in Unicode normal form C and without blanks around them.
func sameName(a, b string) bool {
	return norm.NFC.String(strings.TrimSpace(a)) == norm.NFC.String(strings.TrimSpace(b))
}

// Limits of labels. They keep a page of tasks readable.
const (
	MaxLabels     = 64
	MaxLabelValue = 256 // bytes, of a key or a value
)

// checkLabels returns an error if there are too many labels, or one has no key or is too long.
func checkLabels(labels map[string]string) *Error {
	if len(labels) > MaxLabels {
		return invalid(ReasonLabels, "labels").with("count", len(labels)).with("maximum", MaxLabels)
	}
	for _, k := range slices.Sorted(maps.Keys(labels)) {
		if k == "" || len(k) > MaxLabelValue || len(labels[k]) > MaxLabelValue {
			return invalid(ReasonLabels, "labels").with("key", k).with("maximumBytes", MaxLabelValue)
		}
	}
	return nil
}

func blank(s *string) bool { return s != nil && strings.TrimSpace(*s) == "" }
