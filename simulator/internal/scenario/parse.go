package scenario

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	goccy "github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/parser"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"go.yaml.in/yaml/v3"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

//go:embed default.yaml busy.yaml flaky.yaml large.yaml
var bundled embed.FS

// Schema is the JSON Schema of scenarios.
//
//go:embed schema.json
var Schema []byte

// Names returns the names of the bundled scenarios.
func Names() []string { return []string{"default", "busy", "flaky", "large"} }

// Named returns a bundled scenario.
func Named(name string) (*Scenario, error) {
	if !slices.Contains(Names(), name) {
		return nil, fmt.Errorf("no bundled scenario is named %q; there are %s", name, strings.Join(Names(), ", "))
	}
	data, err := bundled.ReadFile(name + ".yaml")
	if err != nil {
		return nil, err
	}
	return Parse(data)
}

// Default returns the bundled scenario "default".
func Default() *Scenario {
	s, err := Named("default")
	if err != nil {
		panic("the bundled scenario is broken: " + err.Error()) // a test parses it
	}
	return s
}

// Problem is an error in a scenario. The API lists it as it is.
type Problem struct {
	Line    int    `json:"line"`   // from 1
	Column  int    `json:"column"` // from 1
	Path    string `json:"path,omitempty"`
	Message string `json:"message"`
}

func (p Problem) String() string {
	path := ""
	if p.Path != "" {
		path = p.Path + ": "
	}
	return fmt.Sprintf("%d:%d: %s%s", p.Line, p.Column, path, p.Message)
}

// Problems lists all errors in a scenario, in order of the file.
type Problems []Problem

func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i := range p {
		lines[i] = p[i].String()
	}
	return strings.Join(lines, "\n")
}

// Parse parses and checks a scenario. The error is of type Problems.
func Parse(data []byte) (*Scenario, error) {
	if problems := checkParts(data); problems != nil {
		return nil, problems
	}
	var root yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	if err := decoder.Decode(&root); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, Problems{{1, 1, "", "the file is empty"}}
		}
		return nil, syntaxProblem(data, err)
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, Problems{{1, 1, "", "want one YAML document, not several"}}
	}
	if problems := checkShape(&root); problems != nil {
		return nil, problems
	}
	var instance any
	if err := root.Decode(&instance); err != nil {
		return nil, syntaxProblem(data, err)
	}
	if problems := checkSchema(&root, instance); len(problems) > 0 {
		return nil, problems
	}
	s := &Scenario{}
	if name, ok := instance.(map[string]any)["extends"].(string); ok {
		base, err := Named(name)
		if err != nil {
			return nil, Problems{{1, 1, "extends", err.Error()}}
		}
		s = base
	}
	if err := root.Decode(s); err != nil {
		return nil, syntaxProblem(data, err)
	}
	var problems Problems
	for _, m := range s.inconsistencies() {
		line, column := position(&root, m.path)
		problems = append(problems, Problem{line, column, pathText(m.path), m.message})
	}
	if len(problems) > 0 {
		return nil, problems.sorted()
	}
	if problems := s.checkWhole(); problems != nil {
		return nil, problems
	}
	return s, nil
}

// syntaxProblem locates a YAML syntax error. The library that decodes knows only lines, so the column comes from another
// library. An error that only the first library reports is located at the start of its line.
func syntaxProblem(data []byte, err error) Problems {
	if count, _, _ := parts(data, maxLocatable); count <= maxLocatable && len(data) <= maxLocatableBytes {
		var syntax *goccy.SyntaxError
		if _, parseErr := parser.ParseBytes(data, 0); errors.As(parseErr, &syntax) && syntax.Token != nil {
			return Problems{{syntax.Token.Position.Line, syntax.Token.Position.Column, "", syntax.Message}}
		}
	}
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	text = strings.TrimPrefix(text, "unmarshal errors:\n  ")
	line := 1
	if rest, ok := strings.CutPrefix(text, "line "); ok {
		digits, message, _ := strings.Cut(rest, ": ")
		if n, err := strconv.Atoi(digits); err == nil {
			line, text = n, message
		}
	}
	return Problems{{line, 1, "", text}}
}

// sorted sorts the problems by their position in the file and omits those beyond maxProblems.
func (p Problems) sorted() Problems {
	slices.SortStableFunc(p, func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	if len(p) <= maxProblems {
		return p
	}
	last := p[maxProblems]
	last.Path, last.Message = "", fmt.Sprintf("and %d more", len(p)-maxProblems)
	return append(p[:maxProblems:maxProblems], last)
}

var compiled = sync.OnceValues(func() (*jsonschema.Schema, error) {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema))
	if err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("schema.json", document); err != nil {
		return nil, err
	}
	return compiler.Compile("schema.json")
})

func checkSchema(root *yaml.Node, instance any) Problems {
	schema, err := compiled()
	if err != nil {
		panic("the bundled schema is broken: " + err.Error()) // every test that parses a scenario would find it
	}
	err = schema.Validate(jsonValue(instance))
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return nil
	}
	printer := message.NewPrinter(language.English)
	var problems Problems
	var leaves func(*jsonschema.ValidationError)
	leaves = func(e *jsonschema.ValidationError) {
		for _, cause := range e.Causes {
			leaves(cause)
		}
		if unknown, ok := e.ErrorKind.(*kind.AdditionalProperties); ok {
			for _, name := range unknown.Properties {
				line, column := keyPosition(root, e.InstanceLocation, name)
				problems = append(problems, Problem{line, column, pathText(append(slices.Clone(e.InstanceLocation), name)), "unknown field"})
			}
			return
		}
		if len(e.Causes) == 0 {
			line, column := position(root, e.InstanceLocation)
			problems = append(problems, Problem{line, column, pathText(e.InstanceLocation), inWords(e, printer)})
		}
	}
	leaves(invalid)
	return problems.sorted()
}

// wanted describes the patterns of the schema in words, by their location in the schema.
var wanted = map[string]string{
	"/$defs/duration": "a duration such as 90s, 15m, 2h30m or 5d3h",
	"/properties/gpu_types/items/properties/price": `a price in quotes such as "12.5", with up to 6 digits after the point`,
}

// inWords returns the message for a schema error. For a pattern it says in words what is expected.
func inWords(e *jsonschema.ValidationError, printer *message.Printer) string {
	_, place, _ := strings.Cut(e.SchemaURL, "#")
	want, ok := wanted[place]
	if !ok {
		return e.ErrorKind.LocalizedString(printer)
	}
	switch k := e.ErrorKind.(type) {
	case *kind.Pattern:
		return fmt.Sprintf("want %s, got %.60q", want, k.Got)
	case *kind.Type:
		return fmt.Sprintf("want %s, got the type %s", want, k.Got)
	}
	return e.ErrorKind.LocalizedString(printer)
}

// jsonValue converts a decoded YAML value to what decoding JSON would give. Map keys become strings; the schema refuses
// those that are no field names.
func jsonValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			v[k] = jsonValue(e)
		}
	case []any:
		for i, e := range v {
			v[i] = jsonValue(e)
		}
	case map[any]any:
		m := map[string]any{}
		for k, e := range v {
			m[fmt.Sprint(k)] = jsonValue(e)
		}
		return m
	case int:
		return json.Number(strconv.Itoa(v))
	}
	return v
}

// position returns the line and column of a path or, if the file doesn't have it, of its nearest ancestor.
func position(root *yaml.Node, path []string) (line, column int) {
	n := find(root, path)
	return max(n.Line, 1), max(n.Column, 1)
}

// keyPosition returns the line and column of a field's name.
func keyPosition(root *yaml.Node, path []string, name string) (line, column int) {
	n := find(root, path)
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			n = n.Content[i]
		}
	}
	return max(n.Line, 1), max(n.Column, 1)
}

func find(n *yaml.Node, path []string) *yaml.Node {
	if n.Kind == yaml.DocumentNode && len(n.Content) > 0 {
		n = n.Content[0]
	}
	for _, step := range path {
		next := (*yaml.Node)(nil)
		switch n.Kind {
		case yaml.MappingNode:
			for i := 0; i+1 < len(n.Content); i += 2 {
				if n.Content[i].Value == step {
					next = n.Content[i+1]
				}
			}
		case yaml.SequenceNode:
			if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(n.Content) {
				next = n.Content[i]
			}
		}
		if next == nil {
			break
		}
		if n = next; n.Kind == yaml.AliasNode {
			n = n.Alias
		}
	}
	return n
}

// pathText formats a path: node_pools[3].zone.
func pathText(path []string) string {
	var b strings.Builder
	for _, step := range path {
		if _, err := strconv.Atoi(step); err == nil {
			fmt.Fprintf(&b, "[%s]", step)
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(step)
	}
	return b.String()
}
