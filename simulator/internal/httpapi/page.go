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
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/text"
)

const (
	// maxPageBytes is how long the answer with a page may be.
	maxPageBytes = 8 << 20
	// maxItemsBytes leaves room for what surrounds the items.
	maxItemsBytes = maxPageBytes - 1<<10
	// roomyItemsBytes is what a suggested page size is computed from, with room for items that grow.
	roomyItemsBytes = maxItemsBytes / 8 * 7
	// keptBytes is how much of an encoded page is kept at most. A longer one is encoded again while it is sent.
	keptBytes = 256 << 10
)

// answerList answers with the part of a list that the query asks for, and refuses a wrong query. The list must not change.
func answerList[T, W any](
	s *Server, w http.ResponseWriter, r *http.Request, q *query, list iter.Seq2[int, T], sorts backend.Sorting[T], convert func(T) W,
) {
	answerPage(s, w, r, q, sortedKeys(sorts), func(win backend.Window) (backend.Page[T], error) {
		return backend.Pick(win, list, sorts), nil
	}, convert)
}

// answerPage answers with the part of a list that the query asks for, which read returns, and refuses a wrong query. With a
// cursor, a page that is too long ends early. By number it is refused, with a size that fits.
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

// pageBuffers and pageWriters are reused, since they are most of the memory that a page takes.
var (
	pageBuffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}
	pageWriters = sync.Pool{New: func() any { return bufio.NewWriterSize(nil, 32<<10) }}
)

// fitting returns how many of the items fit on a page, at least one. If all of them fit into keptBytes, it also returns their JSON,
// which is in the buffer's memory.
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

// fittingSize returns a page size with which every page of the list fits, in any order. It reads the whole list, in parts.
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

// writePage writes the envelope of a page around its items. It encodes them one by one, unless they are encoded already, so that
// an answer to a slow client takes little memory.
func writePage(w http.ResponseWriter, r *http.Request, page api.Page, items []backend.Item[any], encoded []byte) {
	head := encode(envelope{Code: http.StatusOK, Message: text.OK.In(exchangeOf(r).language)})
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

// itemEncoder encodes items, reusing its memory.
type itemEncoder struct {
	buffer  bytes.Buffer
	encoder *json.Encoder
}

func newItemEncoder() *itemEncoder {
	e := &itemEncoder{}
	e.encoder = json.NewEncoder(&e.buffer)
	return e
}

// encode returns the item in JSON. The result is valid until the next call.
func (e *itemEncoder) encode(item any) []byte {
	e.buffer.Reset()
	if err := e.encoder.Encode(item); err != nil {
		panic(err) // no type of an answer fails to encode
	}
	return bytes.TrimSuffix(e.buffer.Bytes(), []byte("\n"))
}
