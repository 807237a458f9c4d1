package scenario

import (
	"bytes"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// Bounds of a file. Parsing, decoding and checking take time and memory that grow faster than the text in some of these,
// so a file beyond them is refused before the costly step.
const (
	maxParts    = 50_000 // indicators and lines, see parts
	maxDepth    = 32     // lists and maps in each other; a scenario needs eight
	maxFields   = 256    // of one map; those of a scenario have up to twenty
	maxExpanded = 50_000 // values, with each alias standing for a copy
	maxProblems = 100    // that are told of one file

	// In a text beyond these, the column of a syntax error is not looked for: the parser that knows it takes time and memory
	// that grow with the square.
	maxLocatable      = 2_000 // parts
	maxLocatableBytes = 64 << 10
)

// parts estimates the number of YAML nodes in a text without parsing it: it counts lines and indicators, of which every node
// needs one. Those within quotes and block scalars are counted, too, since only a parser could tell. Where the count
// passes most, it returns the line and column there.
func parts(data []byte, most int) (count, line, column int) {
	line = 1
	start := 0 // of the line
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '\n', '\r':
			count++
			if data[i] == '\n' {
				line, start = line+1, i+1
			}
			i += remark(data[i+1:])
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

// inWord reports whether a dash before the byte can be nothing but a part of a word.
func inWord(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '_' || b == '.' || b == '/'
}

// remark returns the length of a line that is a comment, and 0 for any other. A line with a quote is no comment, since a
// quoted text of several lines may end in it. Nor is one with a line break that only YAML knows.
func remark(data []byte) int {
	line := data
	if end := bytes.IndexAny(data, "\r\n"); end >= 0 {
		line = data[:end]
	}
	if bytes.HasPrefix(bytes.TrimLeft(line, " \t"), []byte("#")) && !bytes.ContainsAny(line, "\"'\u0085\u2028\u2029") {
		return len(line)
	}
	return 0
}

// checkParts refuses a text that could cost the parser too much.
func checkParts(data []byte) Problems {
	if count, line, column := parts(data, maxParts); count > maxParts {
		return Problems{{line, column, "", fmt.Sprintf("too much for a scenario: more than %d values, as its lines and the signs -?:,[{ count them", maxParts)}}
	}
	return nil
}

// checkWhole refuses a scenario that could not be read again as it is kept, whole and in another layout.
func (s *Scenario) checkWhole() Problems {
	text, err := s.Text()
	if err != nil {
		return Problems{{1, 1, "", err.Error()}}
	}
	if count, _, _ := parts([]byte(text), maxParts); count > maxParts {
		return Problems{{1, 1, "", fmt.Sprintf("too much for a scenario: more than %d values, with what it extends", maxParts)}}
	}
	return nil
}

// checkShape refuses a parsed file that would cost too much to decode and to check. The parser has a limit of its own to
// the depth that it goes to, and takes time and memory in proportion to the text until there.
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
			refuse("too much for a scenario: more than %d values, with a copy for each alias", maxExpanded)
		case depth > maxDepth:
			refuse("lists and maps are more than %d deep in each other", maxDepth)
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
					place = at // inside an alias the place is where that stands
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
