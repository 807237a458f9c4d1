package httpapi

import (
	"iter"
	"math"
	"net/http"
	"slices"
)

// sorting is the sort parameter's values, each with its comparison; nil is the order of creation.
type sorting[T any] map[string]func(a, b T) int

// window is the part of a list that a request asks for: a page by its number, or what follows a cursor.
type window struct {
	number     int // of the page, from 1; 0 with a cursor
	size       int
	cursor     cursor
	sort       string
	descending bool
}

// selection is what a window shows of a list.
type selection[T any] struct {
	shown []placed[T]
	total int
	// next says that shown is in the order of creation and more follows it there.
	next bool
}

// placed is an item of a list with its place in the order of creation. Places count from 1 and grow; an item keeps its
// place whatever comes and goes around it.
type placed[T any] struct {
	place int
	item  T
}

// pick returns what a window shows of a list that is given in the order of creation. Of a list that is not to be sorted it
// keeps no more than that.
func pick[T any](win window, list iter.Seq2[int, T], sorts sorting[T]) selection[T] {
	skipped := max(0, win.number-1) * win.size // 0 with a cursor
	compare := sorts[win.sort]
	if compare == nil && !win.descending {
		return take(list, win.cursor.after, skipped, win.size)
	}
	if compare == nil {
		total := take(list, 0, 0, 0).total
		end := max(0, total-skipped)
		last := take(list, 0, max(0, end-win.size), min(end, win.size)).shown
		slices.Reverse(last)
		return selection[T]{shown: last, total: total}
	}
	all := take(list, 0, 0, math.MaxInt).shown
	slices.SortStableFunc(all, func(a, b placed[T]) int {
		if win.descending {
			a, b = b, a
		}
		return compare(a.item, b.item)
	})
	start := min(skipped, len(all))
	return selection[T]{shown: all[start : start+min(win.size, len(all)-start)], total: len(all)}
}

// take returns the items of a list behind a place and a number of items, so many at most.
func take[T any](list iter.Seq2[int, T], after, skipped, most int) selection[T] {
	s := selection[T]{shown: []placed[T]{}}
	for place, item := range list {
		switch {
		case place <= after || s.total < skipped:
		case len(s.shown) < most:
			s.shown = append(s.shown, placed[T]{place, item})
		default:
			s.next = true
		}
		s.total++
	}
	return s
}

// inOrder yields the wanted items of a list, placed by their index.
func inOrder[T any](list []T, wanted func(*T) bool) iter.Seq2[int, *T] {
	return func(yield func(int, *T) bool) {
		for i := range list {
			if wanted(&list[i]) && !yield(i+1, &list[i]) {
				return
			}
		}
	}
}

// placedBy yields all items of a list, placed by a number of their own.
func placedBy[T any](list []T, place func(*T) int) iter.Seq2[int, *T] {
	return func(yield func(int, *T) bool) {
		for i := range list {
			if !yield(place(&list[i]), &list[i]) {
				return
			}
		}
	}
}

// inJSON turns each item of a selection into what clients see.
func inJSON[T, W any](s selection[T], wire func(T) W) selection[any] {
	wires := selection[any]{shown: make([]placed[any], len(s.shown)), total: s.total, next: s.next}
	for i, p := range s.shown {
		wires.shown[i] = placed[any]{p.place, wire(p.item)}
	}
	return wires
}

// answerList answers with the part of a list that the query asks for; a mistake in the query is refused. The list must
// hold still.
func answerList[T, W any](
	s *Server, w http.ResponseWriter, r *http.Request, q *query, list iter.Seq2[int, T], sorts sorting[T], wire func(T) W,
) {
	s.answerWindow(w, r, q, sortedKeys(sorts), func(win window) selection[any] { return inJSON(pick(win, list, sorts), wire) })
}
