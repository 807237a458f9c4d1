package scenario

import (
	"bytes"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// Bounds of a file. Parsing, decoding and checking may take time and memory out of proportion to the text, so a file
// that exceeds a bound is refused before the costly step.
const (
	maxParts    = 50_000 // lines and indicators, see parts
	maxDepth    = 32     // nesting of lists and maps; a scenario needs eight levels
	maxFields   = 256    // per map; those of a scenario have up to twenty
	maxExpanded = 50_000 // values, counting each alias as a copy
	maxProblems = 100    // reported per file

	// The column of a syntax error is looked up only in texts within these bounds. The parser that knows it takes
	// quadratic time and memory.
	maxLocatable      = 2_000 // parts
	maxLocatableBytes = 64 << 10
)

// parts estimates the number of YAML nodes in a text without parsing it. It counts lines and indicators, at least one of
// which belongs to every node. It also counts those in quotes and block scalars, since only a parser could tell them
// apart. If the count exceeds most, parts stops and returns the line and column reached.
func parts(data []byte, most int) (count, line, column int) {
	line = 1
	start := 0 // offset of the line
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '\n', '\r':
			count++
			if data[i] == '\n' {
				line, start = line+1, i+1
			}
			i += commentLine(data[i+1:])
		case '[', '{', ',', '?', ':':
			count++
		case '-':
			if i+1 == len(data) || !inWord(data[i+1]) {
				count++
			}
		}
		if count > most {
			return count, line, max(1, i-start+1)
		}
	}
	return count, line, 1
}

// inWord reports whether a dash followed by b must be part of a word.
func inWord(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '_' || b == '.' || b == '/'
}

// commentLine returns the length of data's first line if it is a comment, else 0. A line with a quote doesn't count as a
// comment, because a quoted text of several lines may end in it. Neither does one with a line break that only YAML
// knows.
func commentLine(data []byte) int {
	line := data
	if end := bytes.IndexAny(data, "\r\n"); end >= 0 {
		line = data[:end]
	}
	if bytes.HasPrefix(bytes.TrimLeft(line, " \t"), []byte("#")) && !bytes.ContainsAny(line, "\"'\u0085\u2028\u2029") {
		return len(line)
	}
	return 0
}

// checkParts refuses a text that may be too costly to parse.
func checkParts(data []byte) Problems {
	if count, line, column := parts(data, maxParts); count > maxParts {
		return Problems{{line, column, "", fmt.Sprintf(
			"too much for a scenario: more than %d values (lines and the characters -?:,[{ are counted)", maxParts)}}
	}
	return nil
}

// checkWhole refuses a scenario whose full text, which is what is saved, would be too large to parse.
func (s *Scenario) checkWhole() Problems {
	text, err := s.Text()
	if err != nil {
		return Problems{{1, 1, "", err.Error()}}
	}
	if count, _, _ := parts([]byte(text), maxParts); count > maxParts {
		return Problems{{1, 1, "", fmt.Sprintf("too much for a scenario: more than %d values, including what it extends", maxParts)}}
	}
	return nil
}

// checkShape refuses a parsed file that would be too costly to decode and check. The parser limits the nesting itself,
// and up to that limit takes time and memory proportional to the text.
func checkShape(root *yaml.Node) Problems {
	values := 0
	var problem *Problem
	var walk func(n *yaml.Node, depth int, at *yaml.Node)
	walk = func(n *yaml.Node, depth int, at *yaml.Node) {
		refuse := func(format string, limit int) {
			problem = &Problem{max(at.Line, 1), max(at.Column, 1), "", fmt.Sprintf(format, limit)}
		}
		values++
		switch {
		case values > maxExpanded:
			refuse("too much for a scenario: more than %d values, counting each alias as a copy", maxExpanded)
		case depth > maxDepth:
			refuse("lists and maps are nested more than %d levels deep", maxDepth)
		case n.Kind == yaml.AliasNode:
			walk(n.Alias, depth+1, at)
		case n.Kind == yaml.MappingNode && len(n.Content) > 2*maxFields:
			refuse("a map has more than %d fields", maxFields)
		default:
			for _, child := range n.Content {
				if problem != nil {
					return
				}
				place := child
				if at != n {
					place = at // inside an alias, report the place of the alias
				}
				walk(child, depth+1, place)
			}
		}
	}
	walk(root, 0, root)
	if problem == nil {
		return nil
	}
	return Problems{*problem}
}
