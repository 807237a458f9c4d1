package fermi

import (
	"context"
	"errors"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"strconv"
)

// maxPageSize is the longest page that the API returns.
const maxPageSize = 500

// list reads a whole collection. The result is never nil.
func list[T any](ctx context.Context, c *Client, collection call) ([]T, error) {
	all := []T{}
	for item, err := range each[T](ctx, c, collection, maxPageSize) {
		if err != nil {
			return nil, err
		}
		all = append(all, item)
	}
	return all, nil
}

// each reads a collection item by item, fetching pages as needed. An error ends the sequence.
//
// In the order of creation it reads by cursor, and misses nothing that exists all the while. A sorted collection, or an API
// without cursors, is read by page number: items may be missed or repeated if others come or go meanwhile.
func each[T any](ctx context.Context, c *Client, collection call, pageSize int) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		l := &listing[T]{ctx: ctx, c: c, call: collection, size: pageSize, yield: yield}
		l.call.query = url.Values{}
		maps.Copy(l.call.query, collection.query)
		l.call.anyCluster = collection.id == "" // a collection of the cluster, not one of an object
		if l.call.query.Has("sort") || l.call.query.Has("order") || !l.byCursor() {
			l.byNumber()
		}
	}
}

// A listing is one reading of a collection.
type listing[T any] struct {
	ctx   context.Context
	c     *Client
	call  call
	size  int // of a page
	seen  int // items passed on so far
	yield func(T, error) bool
}

// byCursor reads by cursor. It returns false if the API doesn't know cursors, and the rest is to be read by number.
func (l *listing[T]) byCursor() bool {
	defer l.call.query.Del("cursor")
	met := map[string]bool{"": true}
	for cursor, first := "", true; ; first = false {
		l.call.query.Set("cursor", cursor)
		items, got, err := l.page()
		if first && refusesCursors(err) {
			return false
		}
		if err != nil {
			l.fail(err)
			return true
		}
		if !l.pass(items) || got.page == nil {
			return true
		}
		cursor = got.page.NextCursor
		switch {
		case cursor == "":
			// Read by cursor, the only page has all items. If there are more, the API has ignored the parameter.
			return !first || len(items) == 0 || int64(l.seen) >= got.page.Total
		case met[cursor]:
			l.fail(l.broken(got, "the list goes on where it was before: its cursor repeats"))
			return true
		case len(items) == 0:
			l.fail(l.broken(got, "the list goes on after a page without items"))
			return true
		}
		met[cursor] = true
	}
}

// byNumber reads the rest by page number: everything, or everything but the first page.
func (l *listing[T]) byNumber() {
	number, skip := 1, 0
	if l.seen > 0 {
		number = 2
	}
	for {
		l.call.query.Set("page", strconv.Itoa(number))
		items, got, err := l.page()
		if size, ok := fittingSize(err); ok && size < l.size {
			// The next item is within a page of that size.
			l.size, number, skip = size, l.seen/size+1, l.seen%size
			continue
		}
		if err != nil {
			l.fail(err)
			return
		}
		if !l.pass(items[min(skip, len(items)):]) || len(items) == 0 || got.page == nil || int64(l.seen) >= got.page.Total {
			return
		}
		number, skip = number+1, 0
	}
}

func (l *listing[T]) page() (items []T, got answer, err error) {
	l.call.query.Set("pageSize", strconv.Itoa(l.size))
	got, err = l.c.do(l.ctx, l.call, &items)
	return items, got, err
}

// pass yields the items, and reports whether more are wanted.
func (l *listing[T]) pass(items []T) bool {
	for _, item := range items {
		if l.seen++; !l.yield(item, nil) {
			return false
		}
	}
	return true
}

func (l *listing[T]) fail(err error) {
	var none T
	l.yield(none, err)
}

func (l *listing[T]) broken(got answer, problem string) error {
	return l.c.failure(l.call, got, errors.New(problem))
}

// refusesCursors reports whether the API doesn't know the parameter.
func refusesCursors(err error) bool {
	var e *Error
	if reason := reasonOf(err, http.StatusBadRequest); reason != ErrorReasonUnknownParameter && reason != ErrorReasonInvalidParameter ||
		!errors.As(err, &e) {
		return false
	}
	parameter, _ := e.Details["parameter"].(string)
	return e.Field == "cursor" || parameter == "cursor"
}

// fittingSize returns the page size that the API suggests if a page would be too large.
func fittingSize(err error) (int, bool) {
	var e *Error
	if reasonOf(err, http.StatusBadRequest) != ErrorReasonPageTooLarge || !errors.As(err, &e) {
		return 0, false
	}
	size, _ := e.Details["pageSize"].(float64)
	return int(size), size >= 1
}
