package replay

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// table reads CSV by column name and keeps the first error. It accepts what spreadsheets and pandas write: a byte order
// mark, UTF-16, semicolons or tabs as separators, a first line sep=;, any line ends, blank rows, integers with a
// fraction of zero, and various words for a missing value.
type table struct {
	csv     *csv.Reader
	skipped int      // number of lines before the header
	header  []string // as written
	names   []string // normalized, for comparison
	row     []string
	err     error

	clock *clockOf // nil before the first instant
}

// clockOf says whether the instants of a file are dates or seconds, and where the first one is.
type clockOf struct {
	dates  bool
	line   int
	column string
}

func newTable(r io.Reader) (*table, error) {
	in := bufio.NewReader(transform.NewReader(r, unicode.BOMOverride(encoding.Nop.NewDecoder())))
	start, err := in.Peek(4096)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("line 1: %w", err)
	}
	if i := bytes.IndexAny(start, "\r\n"); i >= 0 && start[i] == '\r' && i+1 < len(start) && start[i+1] != '\n' {
		in = bufio.NewReader(transform.NewReader(in, carriageReturns{}))
		start, _ = in.Peek(4096)
	}
	t := &table{}
	first, _, _ := bytes.Cut(start, []byte("\n"))
	separator := separatorOf(first)
	if mark, ok := bytes.CutPrefix(bytes.Trim(first, "\"\r"), []byte("sep=")); ok && len(mark) == 1 {
		separator = rune(mark[0])
		if _, err := in.Discard(min(len(first)+1, len(start))); err != nil {
			return nil, fmt.Errorf("line 1: %w", err)
		}
		t.skipped = 1
	}
	if !slices.Contains([]rune{',', ';', '\t'}, separator) {
		return nil, fmt.Errorf("line 1: %q separates no fields; want a comma, a semicolon or a tab", separator)
	}
	t.csv = csv.NewReader(in)
	t.csv.Comma, t.csv.ReuseRecord, t.csv.FieldsPerRecord = separator, true, -1
	header, err := t.csv.Read()
	if errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("line %d: there is no header", t.skipped+1)
	}
	if err != nil {
		return nil, t.place(err)
	}
	for _, h := range header {
		h = strings.TrimSpace(h)
		t.header = append(t.header, h)
		t.names = append(t.names, strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(h)))
	}
	return t, nil
}

// separatorOf guesses the separator from the header line.
func separatorOf(header []byte) rune {
	best, most := ',', bytes.Count(header, []byte(","))
	for _, c := range []rune{';', '\t'} {
		if n := bytes.Count(header, []byte(string(c))); n > most {
			best, most = c, n
		}
	}
	return best
}

// carriageReturns converts line ends of old Macs to newlines.
type carriageReturns struct{ transform.NopResetter }

func (carriageReturns) Transform(dst, src []byte, _ bool) (int, int, error) {
	n := copy(dst, src)
	for i, b := range dst[:n] {
		if b == '\r' {
			dst[i] = '\n'
		}
	}
	if n < len(src) {
		return n, n, transform.ErrShortDst
	}
	return n, n, nil
}

// place adds the lines before the header to the line numbers in an error of the CSV reader.
func (t *table) place(err error) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		parse.StartLine += t.skipped
		parse.Line += t.skipped
	}
	return err
}

// optional returns the index of the column with one of the names, or -1. Two columns with the same name are an error.
func (t *table) optional(names ...string) int {
	first := -1
	for i, name := range t.names {
		switch {
		case !slices.Contains(names, name):
		case first < 0:
			first = i
		case name == t.names[first] && t.err == nil:
			t.err = fmt.Errorf("line %d: columns %d and %d are both named %s; rename or remove one", t.skipped+1, first+1, i+1, name)
		}
	}
	return first
}

func (t *table) column(names ...string) int {
	i := t.optional(names...)
	if i < 0 && t.err == nil {
		t.err = fmt.Errorf("line %d: there is no column %s, only %s", t.skipped+1, strings.Join(names, " or "), strings.Join(t.header, ", "))
	}
	return i
}

// next reads the next row. Missing fields at the end count as empty; additional ones must be blank.
func (t *table) next() bool {
	for t.err == nil {
		row, err := t.csv.Read()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				t.err = t.place(err)
			}
			return false
		}
		blank := func(s string) bool { return strings.TrimSpace(s) == "" }
		if !slices.ContainsFunc(row, func(s string) bool { return !blank(s) }) {
			continue
		}
		if len(row) > len(t.header) && slices.ContainsFunc(row[len(t.header):], func(s string) bool { return !blank(s) }) {
			t.err = fmt.Errorf("line %d: %d fields, the header has %d", t.line(0), len(row), len(t.header))
			return false
		}
		t.row = row
		return true
	}
	return false
}

func (t *table) line(column int) int {
	line, _ := t.csv.FieldPos(min(column, max(0, len(t.row)-1)))
	return line + t.skipped
}

func (t *table) fail(column int, what string) {
	if t.err != nil {
		return
	}
	if column >= len(t.row) {
		t.err = fmt.Errorf("line %d, column %s: the row ends before it", t.line(column), t.header[column])
		return
	}
	t.err = fmt.Errorf("line %d, column %s: %q %s", t.line(column), t.header[column], t.row[column], what)
}

// text returns a field. A missing column is empty.
func (t *table) text(column int) string {
	if column < 0 || column >= len(t.row) {
		return ""
	}
	// Clone the field so that it doesn't keep its whole line in memory.
	return strings.Clone(strings.TrimSpace(t.row[column]))
}

// missing lists the words for a missing value: those that pandas recognizes, and those that schedulers and spreadsheets
// write.
var missing = []string{"nan", "na", "n/a", "<na>", "#n/a", "nat", "none", "null", "unknown", "-"}

// value is like text, but returns "" for a missing value.
func (t *table) value(column int) string {
	s := t.text(column)
	if slices.Contains(missing, strings.ToLower(s)) {
		return ""
	}
	return s
}

// known reports whether a field has a time. Some logs have -1 for what never happened.
func (t *table) known(column int) bool {
	s := t.value(column)
	return s != "" && s != "-1" && s != "-1.0"
}

// grouped matches a number with commas between groups of three digits, as spreadsheets show it.
var grouped = regexp.MustCompile(`^-?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?$`)

// number parses a number. In a file whose fields are separated by commas, commas in a number group digits. In other
// files a comma is the decimal point, and a number such as 64,000 is refused because it could be either.
func (t *table) number(s string) (n float64, ok bool) {
	switch {
	case t.csv.Comma == ',' && grouped.MatchString(s):
		s = strings.ReplaceAll(s, ",", "")
	case t.csv.Comma != ',' && grouped.MatchString(s):
		return 0, false // ambiguous
	case t.csv.Comma != ',' && !strings.Contains(s, "."):
		s = strings.Replace(s, ",", ".", 1)
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil && !math.IsInf(n, 0) && !math.IsNaN(n)
}

func (t *table) whole(column int, most int64) int64 {
	s := t.value(column)
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		f, ok := t.number(s)
		if !ok || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
			t.fail(column, "is no whole number")
			return 0
		}
		n = int64(f)
	}
	if n < 0 || n > most {
		t.fail(column, fmt.Sprintf("is not in 0–%d", most))
		return 0
	}
	return n
}

// maxSeconds keeps the sum of two times within the range of virtual time.
const maxSeconds = 4e9

// instant parses a point in time. Dates count from 1970 and seconds from any origin, so all instants of a file must be
// of the same kind. A missing column and an empty field mean second 0; any other missing value is an error.
func (t *table) instant(column int) time.Duration {
	s := t.text(column)
	if s != "" && t.value(column) == "" {
		t.fail(column, "is no number of seconds")
	}
	if column < 0 || t.err != nil {
		return 0
	}
	_, dates := date(s)
	switch {
	case t.clock == nil:
		t.clock = &clockOf{dates, t.line(column), t.header[column]}
	case t.clock.dates && !dates:
		t.fail(column, fmt.Sprintf("is no date, and line %d, column %s, has one; want dates or seconds throughout",
			t.clock.line, t.clock.column))
	case !t.clock.dates && dates:
		t.fail(column, fmt.Sprintf("is a date, and line %d, column %s, has seconds; want dates or seconds throughout",
			t.clock.line, t.clock.column))
	}
	return t.seconds(column)
}

// seconds parses a time or duration: a number of seconds, a duration with units, or a date. A missing value is 0.
func (t *table) seconds(column int) time.Duration {
	s := t.value(column)
	if s == "" {
		return 0
	}
	n, ok := t.number(s)
	if !ok {
		if n, ok = spelled(s); !ok {
			t.fail(column, "is no number of seconds")
			return 0
		}
	}
	if !(n >= 0 && n <= maxSeconds) {
		t.fail(column, fmt.Sprintf("is not in 0–%.0f seconds", float64(maxSeconds)))
		return 0
	}
	return time.Duration(n * float64(time.Second))
}
