package text

import (
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// units are those of durations, the largest first.
var units = []struct {
	size time.Duration
	text Message
}{
	{24 * time.Hour, Message{"%d 天", "%d d"}}, {time.Hour, Message{"%d 小时", "%d h"}},
	{time.Minute, Message{"%d 分", "%d min"}}, {time.Second, Message{"%d 秒", "%d s"}},
}

// Duration puts a duration into words as the pages do, in two units at most: 2 d 3 h, 4 min 10 s.
func Duration(l Language, d time.Duration) string {
	if d = d.Round(time.Second); d >= time.Hour {
		d = d.Round(time.Minute)
	}
	var parts []string
	for _, unit := range units {
		n := d / unit.size
		d -= n * unit.size
		if n > 0 && len(parts) < 2 {
			parts = append(parts, unit.text.with(n).In(l))
		}
	}
	if len(parts) == 0 {
		return Message{"0 秒", "0 s"}.In(l)
	}
	return strings.Join(parts, " ")
}

// Money puts an amount into words as the pages do: CNY 1,234.50.
func Money(amount decimal.Decimal, currency string) string {
	whole, fraction, _ := strings.Cut(amount.StringFixed(2), ".")
	var groups []string
	for len(whole) > 3 {
		groups = append([]string{whole[len(whole)-3:]}, groups...)
		whole = whole[:len(whole)-3]
	}
	return currency + " " + strings.Join(append([]string{whole}, groups...), ",") + "." + fraction
}
