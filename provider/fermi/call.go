package fermi

import (
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"time"
)

// A call is one operation of the API, however many attempts it takes. calls.gen.go describes the operations.
type call struct {
	method string
	path   string // %s stands for the id
	id     string
	query  url.Values
	header http.Header
	body   any // sent as JSON unless nil

	// wait is how long the API may take beyond the request timeout.
	wait time.Duration
	// anyCluster is set for calls that any cluster may answer.
	anyCluster bool
	// patient is set for calls that are retried three times as often, and even if the API asks for a long pause.
	patient bool
}

// addQuery adds a query parameter: one for each element of a slice, none for a zero value.
func (c *call) addQuery(name string, value any) {
	v := reflect.ValueOf(value)
	if v.Kind() != reflect.Slice {
		if !v.IsZero() {
			c.setQuery(name, fmt.Sprint(reflect.Indirect(v)))
		}
		return
	}
	for i := range v.Len() {
		c.setQuery(name, fmt.Sprint(v.Index(i)))
	}
}

func (c *call) setQuery(name, value string) {
	if c.query == nil {
		c.query = url.Values{}
	}
	c.query.Add(name, value)
}

// addHeader adds a header, unless its value is empty.
func (c *call) addHeader(name, value string) {
	if value == "" {
		return
	}
	if c.header == nil {
		c.header = http.Header{}
	}
	c.header.Set(name, value)
}

// target returns the call's URL at an endpoint.
func (c *call) target(endpoint string) string {
	target := endpoint + strings.Replace(c.path, "%s", url.PathEscape(c.id), 1)
	if len(c.query) > 0 {
		target += "?" + c.query.Encode()
	}
	return target
}
