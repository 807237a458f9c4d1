package fermi

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Printable returns text in a form that is safe to show on a terminal: on one line, and in stored order. It escapes control
// characters, line and paragraph separators, and characters that change the direction of text, as in
// , \u001b and \u202e, and bytes that aren't UTF-8, as in \xff. Other text is unchanged.
func Printable[S ~string](text S) string {
	s := string(text)
	if utf8.ValidString(s) && strings.IndexFunc(s, unprintable) < 0 {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case unprintable(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// unprintable reports characters that act on a terminal, or on the order of the text around them.
func unprintable(r rune) bool {
	switch {
	case r < 0x20, 0x7f <= r && r <= 0x9f: // C0, DEL, C1
		return true
	case r == 0x61c, r == 0x200e, r == 0x200f: // direction marks
		return true
	case 0x2028 <= r && r <= 0x202e: // line and paragraph separators, embeddings and overrides
		return true
	case 0x2066 <= r && r <= 0x2069: // isolates
		return true
	}
	return false
}
