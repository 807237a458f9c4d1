package contracttest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/contracttest"
)

func TestEverythingInTheContractHasAnExample(t *testing.T) {
	document, err := contracttest.Document()
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range contracttest.Examples(document) {
		t.Error(problem)
	}
}

// whole is a document in which everything that can have an example has one.
const whole = `
openapi: 3.0.3
info: {title: t, version: '1'}
paths:
  /things/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: string}, example: a}]
    put:
      parameters:
        - {name: since, in: query, schema: {type: string, format: date-time}, example: '2024-12-08T10:00:00Z'}
        - {name: filter, in: query, content: {application/json: {schema: {type: object}, example: {a: 1}}}}
        - {name: Key, in: header, schema: {type: string, format: uuid}, example: 5b1e2f0a-8c7d-4e36-9f41-2a6d0c9b7e58}
      requestBody: {$ref: '#/components/requestBodies/Thing'}
      responses:
        '200':
          description: d
          headers: {Tag: {schema: {type: string, enum: [x]}, example: x}}
          content:
            application/json: {schema: {$ref: '#/components/schemas/Thing'}, examples: {thing: {$ref: '#/components/examples/Thing'}}}
            text/plain: {schema: {type: string}, example: text}
        '304': {description: d}
        default: {$ref: '#/components/responses/Failure'}
components:
  examples: {Thing: {value: {id: a, size: 1}}}
  requestBodies:
    Thing: {content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}, example: {id: b, size: 2}}}}
  responses:
    Failure: {description: d, content: {application/json: {schema: {type: object, required: [code]}, example: {code: 400}}}}
  schemas:
    Thing:
      type: object
      additionalProperties: false
      required: [id, size]
      properties: {id: {type: string}, size: {type: integer, maximum: 9}}
`

// All missing and invalid examples are reported, and nothing else.
func TestExamplesSeesWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		name, old, replacement string
		want                   []string // parts of the only problem; nil if there is none
	}{
		{"nothing", "openapi", "openapi", nil},
		{"a path parameter without", ", example: a}", "}", []string{"path parameter id has no example"}},
		{"a query parameter without", ", example: '2024-12-08T10:00:00Z'", "", []string{"query parameter since has no example"}},
		{"a query parameter's content without", ", example: {a: 1}", "", []string{"query parameter filter application/json has no example"}},
		{"a header parameter without", ", example: 5b1e2f0a-8c7d-4e36-9f41-2a6d0c9b7e58", "", []string{"header parameter Key has no example"}},
		{"a request without", ", example: {id: b, size: 2}", "", []string{"request application/json has no example"}},
		{"a response without", ", examples: {thing: {$ref: '#/components/examples/Thing'}}", "",
			[]string{"response 200 application/json has no example"}},
		{"a response's other type without", ", example: text", "", []string{"response 200 text/plain has no example"}},
		{"a header without", ", example: x", "", []string{"header Tag has no example"}},
		{"a failure without", ", example: {code: 400}", "", []string{"response default application/json has no example"}},
		{"an example without a value", "value: {id: a, size: 1}", "summary: s", []string{"example thing has no value"}},

		{"not a time", "2024-12-08T10:00:00Z", "2024-12-08", []string{"since: example", "date-time"}},
		{"not a UUID", "5b1e2f0a-8c7d-4e36-9f41-2a6d0c9b7e58", "5b1e2f0a", []string{"Key: example", "uuid"}},
		{"not one of the enumeration", "example: x", "example: y", []string{"Tag: example", "allowed values"}},
		{"a missing property in a request", "example: {id: b, size: 2}", "example: {id: b}",
			[]string{"request application/json: example", `"size" is missing`}},
		{"a missing property in a response", "value: {id: a, size: 1}", "value: {id: a}", []string{"example thing", `"size" is missing`}},
		{"a property too many", "value: {id: a, size: 1}", "value: {id: a, size: 1, color: red}",
			[]string{"example thing", `"color" is unsupported`}},
		{"a wrong type", "value: {id: a, size: 1}", "value: {id: a, size: one}", []string{"example thing", "integer"}},
		{"too large", "value: {id: a, size: 1}", "value: {id: a, size: 10}", []string{"example thing", "at most 9"}},
		{"a wrong failure", "example: {code: 400}", "example: {status: 400}", []string{"response default", `"code" is missing`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if strings.Count(whole, c.old) != 1 {
				t.Fatalf("%q is %d times in the document", c.old, strings.Count(whole, c.old))
			}
			document, err := openapi3.NewLoader().LoadFromData([]byte(strings.Replace(whole, c.old, c.replacement, 1)))
			if err != nil {
				t.Fatal(err)
			}
			problems := contracttest.Examples(document)
			if len(problems) != min(1, len(c.want)) {
				t.Fatalf("problems %v, want %d", problems, min(1, len(c.want)))
			}
			for _, part := range c.want {
				if !strings.Contains(fmt.Sprint(problems), part) {
					t.Errorf("problem %v, want %q in it", problems, part)
				}
			}
		})
	}
}
