package httpapi

import (
	"bufio"
	"bytes"
	"encoding/json"
	"iter"
	"net/http"
	"sync"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/backend"
)

const (
	// maxPageBytes is how long the answer with a page may be.
	maxPageBytes = 8 << 20
	// maxItemsBytes leaves room for what surrounds the items.
	maxItemsBytes = maxPageBytes - 1<<10
	// roomyItemsBytes is what a suggested page size goes by: items grow as they live.
	roomyItemsBytes = maxItemsBytes / 8 * 7
	// keptBytes is how much of an encoded page is kept at most. A longer one is encoded again while it is sent.
	keptBytes = 256 << 10
)

// answerList answers with the part of a list that the query asks for; a mistake in the query is refused. The list must
// hold still.
func answerList[T, W any](
	s *Server, w http.ResponseWriter, r *http.Request, q *query, list iter.Seq2[int, T], sorts backend.Sorting[T], convert func(T) W,
) {
	answerPage(s, w, r, q, sortedKeys(sorts), func(win backend.Window) (backend.Page[T], error) {
		return backend.Pick(win, list, sorts), nil
	}, convert)
}

// answerPage answers with the part of a list that the query asks for, as read returns it; a mistake in the query is
// refused. A page that is too long ends early where a cursor can go on from there, and is refused otherwise.
func answerPage[T, W any](
	s *Server, w http.ResponseWriter, r *http.Request, q *query, sorts []string, read func(backend.Window) (backend.Page[T], error),
	convert func(T) W,
) {
	s.answerWindow(w, r, q, sorts, func(win backend.Window) (backend.Page[any], error) {
		page, err := read(win)
		return backend.Convert(page, func(value T) any { return convert(value) }), err
	})
}

func (s *Server) answerWindow(
	w http.ResponseWriter, r *http.Request, q *query, sorts []string, read func(backend.Window) (backend.Page[any], error),
) {
	list := s.cluster.Info().ID + r.URL.Path
	win := q.window(list, sorts)
	if err := q.done(); err != nil {
		s.fail(w, r, err)
		return
	}
	part, err := read(win)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	kept := pageBuffers.Get().(*bytes.Buffer)
	kept.Reset()
	defer pageBuffers.Put(kept)
	fit, encoded := fitting(part.Items, kept)
	if fit < len(part.Items) {
		if win.Number > 0 {
			size, err := fittingSize(read)
			if err == nil {
				err = bad(api.ErrorReasonPageTooLarge, "pageSize", map[string]any{"mebibytes": maxPageBytes >> 20, "pageSize": size})
			}
			s.fail(w, r, err)
			return
		}
		part.Items, part.More = part.Items[:fit], true
	}
	page := api.Page{Number: win.Number, Size: win.Size, Total: part.Total}
	if part.More {
		page.NextCursor = cursor{list, part.Items[fit-1].Place}.String()
	}
	writePage(w, r, page, part.Items, encoded)
}

// pageBuffers and pageWriters are for pages after each other: a new one each time is most of what a page takes of the memory.
var (
	pageBuffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}
	pageWriters = sync.Pool{New: func() any { return bufio.NewWriterSize(nil, 32<<10) }}
)

// fitting returns how many of the items fit on a page, one at least, and, if they are short, all of them encoded, in the memory of
// a buffer.
func fitting(items []backend.Item[any], kept *bytes.Buffer) (fit int, encoded []byte) {
	e := newItemEncoder()
	length := 0
	for i := range items {
		item := e.encode(items[i].Value)
		if length += len(item) + 1; length > maxItemsBytes && i > 0 {
			return i, nil
		}
		if length > keptBytes {
			continue
		}
		if i > 0 {
			kept.WriteByte(',')
		}
		kept.Write(item)
	}
	if length > keptBytes {
		return len(items), nil
	}
	return len(items), kept.Bytes()
}

// fittingSize returns a page size of which no page of the list is too long, in whatever order and whatever is deleted
// meanwhile. It reads the whole list, a part at a time.
func fittingSize(read func(backend.Window) (backend.Page[any], error)) (int, error) {
	e := newItemEncoder()
	longest := 1
	win := backend.Window{Size: maxPageSize}
	for {
		part, err := read(win)
		if err != nil {
			return 0, err
		}
		for i := range part.Items {
			longest = max(longest, len(e.encode(part.Items[i].Value))+1)
			win.After = part.Items[i].Place
		}
		if !part.More {
			return min(max(1, roomyItemsBytes/longest), maxPageSize), nil
		}
	}
}

// writePage writes the envelope of a page around its items, which are encoded one by one unless they are already: an
// answer to a slow client takes no memory for what it has still to be sent.
func writePage(w http.ResponseWriter, r *http.Request, page api.Page, items []backend.Item[any], encoded []byte) {
	head := encode(envelope{Code: http.StatusOK, Message: messageOK.in(exchangeOf(r).english)})
	setContentHeaders(w, r)
	w.WriteHeader(http.StatusOK)
	out := pageWriters.Get().(*bufio.Writer)
	out.Reset(w)
	defer func() {
		_ = out.Flush()
		out.Reset(nil)
		pageWriters.Put(out)
	}()
	_, _ = out.Write(bytes.TrimSuffix(head, []byte("}")))
	_, _ = out.WriteString(`,"data":[`)
	if encoded != nil {
		_, _ = out.Write(encoded)
	} else {
		e := newItemEncoder()
		for i := range items {
			if i > 0 {
				_ = out.WriteByte(',')
			}
			if _, err := out.Write(e.encode(items[i].Value)); err != nil {
				return // the client has gone
			}
		}
	}
	_, _ = out.WriteString(`],"page":`)
	_, _ = out.Write(encode(page))
	_, _ = out.WriteString("}\n")
}

// itemEncoder encodes one item after the other into the same memory.
type itemEncoder struct {
	buffer  bytes.Buffer
	encoder *json.Encoder
}

func newItemEncoder() *itemEncoder {
	e := &itemEncoder{}
	e.encoder = json.NewEncoder(&e.buffer)
	return e
}

// encode returns the item in JSON, which is good until the next call.
func (e *itemEncoder) encode(item any) []byte {
	e.buffer.Reset()
	if err := e.encoder.Encode(item); err != nil {
		panic(err) // as in encode
	}
	return bytes.TrimSuffix(e.buffer.Bytes(), []byte("\n"))
}
