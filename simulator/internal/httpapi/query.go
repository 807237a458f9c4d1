package httpapi

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/backend"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/text"
)

// query reads query parameters one by one and remembers the first error. A parameter that was never read is an error.
type query struct {
	values url.Values
	known  []string
	err    *badRequest
}

func parseQuery(r *http.Request) *query {
	values, err := url.ParseQuery(r.URL.RawQuery)
	q := &query{values: values, known: []string{}}
	if err != nil {
		q.err = bad(api.ErrorReasonInvalidParameter, "", map[string]any{"parameter": r.URL.RawQuery, "error": err.Error()})
	}
	return q
}

func (q *query) fail(name string, why text.Message) {
	if q.err == nil {
		q.err = bad(api.ErrorReasonInvalidParameter, name, map[string]any{"parameter": name, "error": why})
	}
}

// all returns every value of a parameter.
func (q *query) all(name string) []string {
	q.known = append(q.known, name)
	return q.values[name]
}

// text returns the one value of a parameter.
func (q *query) text(name string) (value string, present bool) {
	values := q.all(name)
	if len(values) > 1 {
		q.fail(name, text.GivenTwice)
	}
	if len(values) == 0 {
		return "", false
	}
	return values[0], true
}

// choice returns one of the allowed values; "" when it is absent.
func (q *query) choice(name string, allowed ...string) string {
	v, present := q.text(name)
	if present && !slices.Contains(allowed, v) {
		q.fail(name, text.NoneOf(v, allowed))
	}
	return v
}

func (q *query) integer(name string, otherwise, least, most int) int {
	value, present := q.text(name)
	if !present {
		return otherwise
	}
	v, err := strconv.Atoi(value)
	if err != nil || v < least || v > most {
		q.fail(name, text.WantInteger(least, most))
		return otherwise
	}
	return v
}

const (
	maxPageSize = 500
	maxPage     = 1 << 40 / maxPageSize
)

// window reads which part of a list is wanted, and in which order.
func (q *query) window(list string, sorts []string) backend.Window {
	var w backend.Window
	if len(sorts) > 0 {
		w.Sort = q.choice("sort", sorts...)
	}
	w.Descending = q.choice("order", "asc", "desc") == "desc"
	w.Number, w.Size = q.integer("page", 1, 1, maxPage), q.integer("pageSize", 50, 1, maxPageSize)
	value, present := q.text("cursor")
	if !present {
		return w
	}
	w.Number = 0
	for _, name := range []string{"page", "sort", "order"} {
		if q.values.Has(name) {
			q.fail(name, text.NotWithinCursor)
		}
	}
	c, wrong := parseCursor(value, list)
	if wrong != nil {
		q.fail("cursor", *wrong)
	}
	w.After = c.after
	return w
}

// done returns the first error, once all parameters are read.
func (q *query) done() error {
	if q.err == nil {
		for _, name := range sortedKeys(q.values) {
			if !slices.Contains(q.known, name) {
				q.err = bad(api.ErrorReasonUnknownParameter, name, map[string]any{"parameter": name, "known": q.known})
				break
			}
		}
	}
	if q.err == nil {
		return nil
	}
	return q.err
}

// partOfName reads the parameter name, for the names that contain it.
func (q *query) partOfName() backend.Matcher {
	part, _ := q.text("name")
	return backend.Contains(part)
}

// equal reads a parameter for the texts that equal it.
func (q *query) equal(name string) backend.Matcher {
	value, _ := q.text(name)
	return backend.Equals(value)
}

// boolean reads true or false; nil when it is absent.
func (q *query) boolean(name string) *bool {
	choice := q.choice(name, "true", "false")
	if choice == "" {
		return nil
	}
	value := choice == "true"
	return &value
}

// labels reads parameters of the form key=value, or key for any value.
func (q *query) labels(name string) (filters []backend.LabelFilter) {
	for _, label := range q.all(name) {
		f, ok := backend.NewLabelFilter(label)
		if !ok {
			q.fail(name, text.WantLabel)
		}
		filters = append(filters, f)
	}
	return filters
}
