package httpapi

import (
	"encoding/base64"
	"strconv"
	"strings"
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

var (
	notACursor   = message{"应为上一页 page.nextCursor 的值，或留空从头开始", "want page.nextCursor of the page before, or nothing to begin"}
	otherCursor  = message{"此游标属于另一个列表或集群，请从头开始", "this cursor is of another list or cluster; begin anew, with an empty one"}
	withoutOrder = message{
		"不能与 cursor 同时使用，游标按创建顺序读取", "can't be used together with cursor, which reads in the order of creation",
	}
)

// parseCursor reads a cursor of a list; an empty text is the list's beginning. wrong says what is wrong with the text.
func parseCursor(text, list string) (c cursor, wrong *message) {
	c.list = list
	if text == "" {
		return c, nil
	}
	decoded, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return c, &notACursor
	}
	place, of, _ := strings.Cut(string(decoded), " ")
	c.after, err = strconv.Atoi(place)
	if err != nil || c.after < 1 || (cursor{of, c.after}).String() != text {
		return c, &notACursor
	}
	if of != list {
		return c, &otherCursor
	}
	return c, nil
}
