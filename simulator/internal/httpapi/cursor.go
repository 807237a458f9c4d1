package httpapi

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/text"
)

// cursor is a place in a list, behind one of its items. It names no item, so the item may be deleted.
type cursor struct {
	list  string // which list it is of: the cluster's id and the list's path
	after int    // the place of the last item that was given; 0 is before the first
}

// String returns the cursor as clients see it, which goes into a query as it is.
func (c cursor) String() string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(c.after) + " " + c.list))
}

// parseCursor reads a cursor of a list; an empty value is the list's beginning. wrong says what is wrong with the value.
func parseCursor(value, list string) (c cursor, wrong *text.Message) {
	c.list = list
	if value == "" {
		return c, nil
	}
	decoded, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil {
		return c, &text.WantCursor
	}
	place, of, _ := strings.Cut(string(decoded), " ")
	c.after, err = strconv.Atoi(place)
	if err != nil || c.after < 1 || (cursor{of, c.after}).String() != value {
		return c, &text.WantCursor
	}
	if of != list {
		return c, &text.OtherCursor
	}
	return c, nil
}
