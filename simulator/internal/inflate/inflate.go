// Package inflate reads gzip and refuses text that is out of proportion to its compressed size, as in a decompression
// bomb.
package inflate

import (
	"compress/gzip"
	"fmt"
	"io"
)

// Text may be Times as long as its gzip, and always as long as allowance. Logs of supercomputers are 5 times as long,
// snapshots 16 times.
const (
	Times     = 50
	allowance = 2 << 20
)

// TooMuchError reports that the text is larger than Times its gzip.
type TooMuchError struct{}

func (*TooMuchError) Error() string {
	return fmt.Sprintf("it inflates to more than %d times its size; send it plain", Times)
}

// Reader decompresses gzip. It reads nothing before its first Read.
type Reader struct {
	in   counter
	gzip *gzip.Reader
	out  int64 // bytes decompressed
	err  error
}

// NewReader returns a reader that decompresses r. Read returns a *TooMuchError if the text is out of proportion.
func NewReader(r io.Reader) *Reader { return &Reader{in: counter{r: r}} }

func (r *Reader) Read(p []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	if r.gzip == nil {
		if r.gzip, r.err = gzip.NewReader(&r.in); r.err != nil {
			return 0, r.err
		}
	}
	n, err := r.gzip.Read(p)
	if r.out += int64(n); r.out > allowance && r.out > Times*r.in.n {
		err = &TooMuchError{}
		n = 0
	}
	r.err = err
	return n, err
}

// counter counts the bytes read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
