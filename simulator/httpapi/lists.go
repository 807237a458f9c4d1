package httpapi

import (
	"net/http"
	"slices"
)

// sorting is the sort parameter's values, each with its comparison.
type sorting[T any] map[string]func(a, b *T) int

// answerList answers with a page of a list, sorted as the query asks; a mistake in the query is refused. The list
// must be the caller's own: it is put in order.
func answerList[T, W any](
	s *Server, w http.ResponseWriter, r *http.Request, q *query, list []T, sorts sorting[T], wire func(*T) W,
) {
	sort := ""
	if sorts != nil {
		sort = q.choice("sort", sortedKeys(sorts)...)
	}
	descending, p := q.descending(), q.page()
	if err := q.done(); err != nil {
		s.fail(w, r, err)
		return
	}
	order(list, descending, sorts[sort])
	start, end := p.of(len(list))
	wires := make([]W, 0, end-start)
	for i := start; i < end; i++ {
		wires = append(wires, wire(&list[i]))
	}
	writePage(w, r, p, wires, len(list))
}

func writePage[W any](w http.ResponseWriter, r *http.Request, p page, part []W, total int) {
	write(w, r, envelope{
		Code: http.StatusOK, Message: messageOK.in(of(r).english), Data: part,
		Page: &pageWire{Number: p.number, Size: p.size, Total: total},
	})
}

// order sorts stably by compare; without one the order stays, and descending turns it round.
func order[T any](list []T, descending bool, compare func(a, b *T) int) {
	switch {
	case compare == nil && descending:
		slices.Reverse(list)
	case compare != nil && descending:
		slices.SortStableFunc(list, func(a, b T) int { return compare(&b, &a) })
	case compare != nil:
		slices.SortStableFunc(list, func(a, b T) int { return compare(&a, &b) })
	}
}
