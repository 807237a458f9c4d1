package text

import (
	"fmt"
	"strings"
)

// Language is a language that people read. The zero value is Chinese.
type Language string

// The languages.
const (
	Chinese Language = "zh"
	English Language = "en"
)

// Languages returns all languages, the default first.
func Languages() []Language { return []Language{Chinese, English} }

// Tag returns the language's tag for the header Content-Language.
func (l Language) Tag() string {
	if l == English {
		return "en"
	}
	return "zh-CN"
}

// Message is a text in both languages. Only this package makes messages.
type Message struct{ chinese, english string }

// In returns the text in a language.
func (m Message) In(l Language) string {
	if l == English {
		return m.english
	}
	return m.chinese
}

// MarshalText returns the English text, which the details of errors have in every language.
func (m Message) MarshalText() ([]byte, error) { return []byte(m.english), nil }

// with returns the message with arguments in place of its verbs, as fmt.Sprintf does.
func (m Message) with(args ...any) Message {
	return Message{fmt.Sprintf(m.chinese, args...), fmt.Sprintf(m.english, args...)}
}

var (
	colon     = Message{"：", ": "} // between what happened and why
	enumerate = Message{"、", ", "} // between the items of a list
	comma     = Message{"，", ", "} // between the clauses of a sentence
)

// maxQuoted is how many characters of a value a message quotes.
const maxQuoted = 200

// shortened returns the text, cut after maxQuoted characters.
func shortened(text string) string {
	places := 0
	for i := range text {
		if places++; places > maxQuoted {
			return text[:i] + "…"
		}
	}
	return text
}

func listed(items []string) string { return strings.Join(items, ", ") }
