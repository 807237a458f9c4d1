package backend

import (
	"iter"
	"math"
	"slices"
)

// Sorting has a comparison for each name that a list can be sorted by; nil is the order of creation.
type Sorting[T any] map[string]func(a, b T) int

// Window is the part of a list that is asked for: a page by its number, or what follows a place in the order of creation.
type Window struct {
	Number     int // of the page, from 1; 0 for what follows a place
	Size       int // items at most
	After      int // the place; 0 is before the first item
	Sort       string
	Descending bool
}

// Page is what a window shows of a list.
type Page[T any] struct {
	Items []Item[T]
	Total int // of the whole list
	// More says that the items are in the order of creation and more follow them there.
	More bool
}

// Item is an item of a list with its place in the order of creation. Places count from 1 and grow; an item keeps its place
// whatever comes and goes around it.
type Item[T any] struct {
	Place int
	Value T
}

// Convert returns a page with each of its values converted.
func Convert[T, U any](p Page[T], f func(T) U) Page[U] {
	converted := Page[U]{Items: make([]Item[U], len(p.Items)), Total: p.Total, More: p.More}
	for i, item := range p.Items {
		converted.Items[i] = Item[U]{item.Place, f(item.Value)}
	}
	return converted
}

// Pick returns what a window shows of a list that is given in the order of creation. Of a list that is not to be sorted it
// keeps no more than that.
func Pick[T any](w Window, list iter.Seq2[int, T], sorts Sorting[T]) Page[T] {
	skipped := max(0, w.Number-1) * w.Size // 0 behind a place
	compare := sorts[w.Sort]
	if compare == nil && !w.Descending {
		return take(list, w.After, skipped, w.Size)
	}
	if compare == nil {
		total := take(list, 0, 0, 0).Total
		end := max(0, total-skipped)
		last := take(list, 0, max(0, end-w.Size), min(end, w.Size)).Items
		slices.Reverse(last)
		return Page[T]{Items: last, Total: total}
	}
	all := take(list, 0, 0, math.MaxInt).Items
	slices.SortStableFunc(all, func(a, b Item[T]) int {
		if w.Descending {
			a, b = b, a
		}
		return compare(a.Value, b.Value)
	})
	start := min(skipped, len(all))
	return Page[T]{Items: all[start : start+min(w.Size, len(all)-start)], Total: len(all)}
}

// take returns the items of a list behind a place and a number of items, most at most.
func take[T any](list iter.Seq2[int, T], after, skipped, most int) Page[T] {
	p := Page[T]{Items: []Item[T]{}}
	for place, value := range list {
		switch {
		case place <= after || p.Total < skipped:
		case len(p.Items) < most:
			p.Items = append(p.Items, Item[T]{place, value})
		default:
			p.More = true
		}
		p.Total++
	}
	return p
}

// InOrder yields the wanted items of a list, placed by their index.
func InOrder[T any](list []T, wanted func(*T) bool) iter.Seq2[int, *T] {
	return func(yield func(int, *T) bool) {
		for i := range list {
			if wanted(&list[i]) && !yield(i+1, &list[i]) {
				return
			}
		}
	}
}

// PlacedBy yields all items of a list, placed by a number of their own.
func PlacedBy[T any](list []T, place func(*T) int) iter.Seq2[int, *T] {
	return func(yield func(int, *T) bool) {
		for i := range list {
			if !yield(place(&list[i]), &list[i]) {
				return
			}
		}
	}
}
