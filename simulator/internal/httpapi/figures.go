package httpapi

import (
	"fmt"
	"strings"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
)

// durationText puts a duration into words as the pages do, in two units at most: 2 d 3 h, 4 min 10 s.
func durationText(d time.Duration, english bool) string {
	if d = d.Round(time.Second); d >= time.Hour {
		d = d.Round(time.Minute)
	}
	var parts []string
	for _, unit := range []struct {
		size time.Duration
		text message
	}{
		{24 * time.Hour, message{"%d 天", "%d d"}}, {time.Hour, message{"%d 小时", "%d h"}},
		{time.Minute, message{"%d 分", "%d min"}}, {time.Second, message{"%d 秒", "%d s"}},
	} {
		n := d / unit.size
		d -= n * unit.size
		if n > 0 && len(parts) < 2 {
			parts = append(parts, fmt.Sprintf(unit.text.in(english), n))
		}
	}
	if len(parts) == 0 {
		return message{"0 秒", "0 s"}.in(english)
	}
	return strings.Join(parts, " ")
}

// moneyText puts an amount into words as the pages do: CNY 1,234.50.
func moneyText(m api.Money) string {
	whole, fraction, _ := strings.Cut(m.Amount, ".")
	var groups []string
	for len(whole) > 3 {
		groups = append([]string{whole[len(whole)-3:]}, groups...)
		whole = whole[:len(whole)-3]
	}
	return m.Currency + " " + strings.Join(append([]string{whole}, groups...), ",") + "." + fraction
}
