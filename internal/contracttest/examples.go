package contracttest

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"
)

//go:embed prerequisites.json
var prerequisites []byte

// Prerequisites returns, by operation id, the operations that must be called before an operation's example request,
// because they create the objects that it names. Each is an operation id, followed by the name of the body's example
// unless that is the first one.
func Prerequisites() (map[string][]string, error) {
	var steps map[string][]string
	if err := json.Unmarshal(prerequisites, &steps); err != nil {
		return nil, fmt.Errorf("reading prerequisites.json: %w", err)
	}
	return steps, nil
}

// Examples checks the examples of a valid document. It returns an error for each parameter, header and body without an
// example, and for each example that violates its schema.
func Examples(document *openapi3.T) []error {
	var c exampleCheck
	for _, path := range document.Paths.InMatchingOrder() {
		item := document.Paths.Value(path)
		operations := item.Operations()
		for _, method := range slices.Sorted(maps.Keys(operations)) {
			c.operation(method+" "+path, item.Parameters, operations[method])
		}
	}
	return c.problems
}

// exampleCheck collects problems.
type exampleCheck struct{ problems []error }

func (c *exampleCheck) operation(where string, shared openapi3.Parameters, o *openapi3.Operation) {
	for _, p := range slices.Concat(shared, o.Parameters) {
		name := fmt.Sprintf("%s: %s parameter %s", where, p.Value.In, p.Value.Name)
		if p.Value.Schema != nil {
			c.value(name, p.Value.Example, p.Value.Examples, p.Value.Schema)
		}
		c.content(name, p.Value.Content)
	}
	if o.RequestBody != nil {
		c.content(where+": request", o.RequestBody.Value.Content, openapi3.VisitAsRequest())
	}
	responses := o.Responses.Map()
	for _, status := range slices.Sorted(maps.Keys(responses)) {
		name, r := where+": response "+status, responses[status].Value
		c.content(name, r.Content, openapi3.VisitAsResponse())
		for _, header := range slices.Sorted(maps.Keys(r.Headers)) {
			h := r.Headers[header].Value
			if h.Schema != nil {
				c.value(name+": header "+header, h.Example, h.Examples, h.Schema)
			}
			c.content(name+": header "+header, h.Content)
		}
	}
}

func (c *exampleCheck) content(where string, content openapi3.Content, options ...openapi3.SchemaValidationOption) {
	for _, mediaType := range slices.Sorted(maps.Keys(content)) {
		m := content[mediaType]
		c.value(where+" "+mediaType, m.Example, m.Examples, m.Schema, options...)
	}
}

// value checks the examples of one parameter, header or body, which has either a single one or several named ones.
func (c *exampleCheck) value(
	where string, single any, several openapi3.Examples, schema *openapi3.SchemaRef, options ...openapi3.SchemaValidationOption,
) {
	values := map[string]any{}
	for name, e := range several {
		values[" "+name] = e.Value.Value
	}
	if single != nil {
		values[""] = single
	}
	if len(values) == 0 {
		c.problems = append(c.problems, fmt.Errorf("%s has no example", where))
	}
	options = append(options, openapi3.MultiErrors(), openapi3.EnableFormatValidation(),
		openapi3.WithStringFormatValidator("uuid", uuidFormat))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		switch value := values[name]; {
		case value == nil:
			c.problems = append(c.problems, fmt.Errorf("%s: example%s has no value", where, name))
		case schema != nil:
			if err := schema.Value.VisitJSON(value, options...); err != nil {
				c.problems = append(c.problems, fmt.Errorf("%s: example%s: %w", where, name, err))
			}
		}
	}
}

// uuidFormat accepts only the canonical form. uuid.Parse also accepts braces and URNs.
var uuidFormat = openapi3.NewCallbackValidator(uuid.Validate)
