package replay

import (
	"regexp"
	"strconv"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// dates lists the formats in which pandas, spreadsheets and schedulers write an instant. One without a zone is in UTC.
var dates = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04", "2006-01-02",
}

// clock matches a duration in days, hours, minutes and seconds as written by pandas ("2 days 03:04:05"), Slurm
// ("2-03:04:05") and spreadsheets ("51:04:05").
var clock = regexp.MustCompile(`^(?:([0-9]+)(?: days? |-))?([0-9]+):([0-9]{2}):([0-9]{2}(?:\.[0-9]+)?)$`)

// spelled parses a time or duration that is not a number of seconds: a date, in seconds since 1970, or a duration with
// units.
func spelled(s string) (seconds float64, ok bool) {
	if f := clock.FindStringSubmatch(s); f != nil {
		for i, unit := range []float64{86400, 3600, 60, 1} {
			n, _ := strconv.ParseFloat(f[i+1], 64) // an empty number of days gives 0
			seconds += float64(n * unit)
		}
		return seconds, true
	}
	if at, ok := date(s); ok {
		return float64(at.Unix()) + float64(at.Nanosecond())/1e9, true
	}
	d, err := des.ParseDuration(s)
	return d.Seconds(), err == nil
}

func date(s string) (time.Time, bool) {
	for _, layout := range dates {
		if at, err := time.Parse(layout, s); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}
