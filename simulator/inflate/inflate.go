// Package inflate reads gzip whose plain text stays in proportion to what was sent: a thousand to one is a bomb, not a text.
package inflate

import (
	"compress/gzip"
	"fmt"
	"io"
)

// free is how much a text may have whatever was sent, in bytes.
const free = 2 << 20

// TooMuchError is a text that grows out of proportion.
type TooMuchError struct{ Times int64 }

func (e *TooMuchError) Error() string {
	return fmt.Sprintf("it inflates to more than %d times its size; send it plain", e.Times)
}

// Reader reads the plain text of what it is given in gzip. It reads nothing before its first Read.
type Reader struct {
	in    counter
	times int64
	plain *gzip.Reader
	given int64
	err   error
}

// Times is how much longer than its gzip a text may be: logs of supercomputers are 5 times as long, snapshots 16 times.
const Times = 50

// NewReader returns a reader of a text that has at most so many times the bytes of its gzip, or two mebibytes.
func NewReader(r io.Reader, times int64) *Reader { return &Reader{in: counter{r: r}, times: times} }

func (r *Reader) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	if r.plain == nil {
		if r.plain, r.err = gzip.NewReader(&r.in); r.err != nil {
			return 0, r.err
		}
	}
	n, err := r.plain.Read(p)
	if r.given += int64(n); r.given > free && r.given > r.times*r.in.n {
		err = &TooMuchError{r.times}
		n = 0
	}
	r.err = err
	return n, err
}

// counter counts what is read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
