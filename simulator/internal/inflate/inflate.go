// Package inflate reads gzip whose plain text stays in proportion to what was sent: a thousand to one is a bomb, not a text.
package inflate

import (
	"compress/gzip"
	"fmt"
	"io"
)

// A text may be Times as long as its gzip, and always allowance bytes. Logs of supercomputers are 5 times as long, snapshots 16 times.
const (
	Times     = 50
	allowance = 2 << 20
)

// TooMuchError is a text that grows out of proportion.
type TooMuchError struct{}

func (*TooMuchError) Error() string {
	return fmt.Sprintf("it inflates to more than %d times its size; send it plain", Times)
}

// Reader reads the plain text of what it is given in gzip. It reads nothing before its first Read.
type Reader struct {
	in    counter
	plain *gzip.Reader
	given int64
	err   error
}

// NewReader returns a reader of the text that r has in gzip. A text out of proportion is a *TooMuchError.
func NewReader(r io.Reader) *Reader { return &Reader{in: counter{r: r}} }

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
	if r.given += int64(n); r.given > allowance && r.given > Times*r.in.n {
		err = &TooMuchError{}
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
