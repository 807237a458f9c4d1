package history_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/history"
)

var names = []history.Pool{{Zone: "a", GPUType: "A100"}, {Zone: "a", GPUType: "T4"}}

const (
	second = des.Time(time.Second)
	minute = des.Time(time.Minute)
	hour   = des.Time(time.Hour)
	day    = 24 * hour
)

// held returns the GPU-seconds held in the first pool, and the lengths of the steps.
func held(s history.Series) (sums, seconds []int64) {
	for i, sum := range s.Pools[0] {
		sums = append(sums, sum[history.Held]/1e6)
		seconds = append(seconds, int64((s.Bounds[i+1]-s.Bounds[i])/second))
	}
	return sums, seconds
}

func TestIntegrals(t *testing.T) {
	// Time 0 is 30 s after a full minute.
	r := history.New(names, 30*second, 0)
	if s := r.Read(0, 0); len(s.Bounds) != 0 || len(s.Pools[0]) != 0 {
		t.Errorf("at the start there is %v", s)
	}
	r.Add(10*second, 0, history.Held, 4)
	r.Add(100*second, 0, history.Held, -1) // 10 s into the third step
	sums, seconds := held(r.Read(0, 110*second))
	if want := []int64{80, 240, 10*4 + 10*3}; !slices.Equal(sums, want) {
		t.Errorf("integrals %v, want %v", sums, want)
	}
	if want := []int64{30, 60, 20}; !slices.Equal(seconds, want) {
		t.Errorf("steps of %v, want %v", seconds, want)
	}
	// A step that has just begun is not shown.
	if _, seconds := held(r.Read(0, 90*second)); !slices.Equal(seconds, []int64{30, 60}) {
		t.Errorf("steps of %v", seconds)
	}
	sums, _ = held(r.Read(2, 110*second))
	if want := []int64{80 + 240 + 70}; !slices.Equal(sums, want) {
		t.Errorf("in the window of 7 days: %v, want %v", sums, want)
	}
}

// However long nothing happens, each window has its number of steps.
func TestLongTimes(t *testing.T) {
	for _, length := range []des.Time{2 * hour, 30 * hour, 8 * day, 365 * day} {
		r := history.New(names, 0, 0)
		r.Add(0, 0, history.Held, 2)
		r.Add(length, 0, history.Held, -1)
		for i, w := range history.Windows {
			sums, _ := held(r.Read(i, length+w.Step/2))
			steps := min(w.Steps, int(length/w.Step))
			if len(sums) != steps+1 || sums[steps] != int64(w.Step/2/second) || slices.ContainsFunc(sums[:steps], func(s int64) bool {
				return s != 2*int64(w.Step/second)
			}) {
				t.Errorf("%s after %s: %d steps, %v", w.Name, length.Duration(), len(sums), sums)
			}
		}
		if records := len(r.Records()); records > 3+60+96+168 {
			t.Errorf("after %s there are %d records", length.Duration(), records)
		}
	}
}

// The history equals a count second by second, and a restored one continues as if it had never been saved.
func TestAgainstCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		offset := des.Time(rapid.IntRange(0, 3599).Draw(t, "offset")) * second
		r := history.New(names, offset, 0)
		disk := map[string][]byte{}
		var levels []int64 // by second
		level, now := int64(0), des.Time(0)
		for range rapid.IntRange(1, 12).Draw(t, "changes") {
			pause := rapid.IntRange(0, 20_000).Draw(t, "pause")
			if rapid.IntRange(0, 5).Draw(t, "long") == 0 {
				pause *= 30
			}
			for range pause {
				levels = append(levels, level)
			}
			now += des.Time(pause) * second
			change := int64(rapid.IntRange(0, 9).Draw(t, "level")) - level
			level += change
			r.Add(now, 0, history.Held, change)
			if rapid.Bool().Draw(t, "save") {
				for _, record := range r.Changes() {
					if disk[record.ID] = record.Data; record.Data == nil {
						delete(disk, record.ID)
					}
				}
				var saved []history.Record
				for id, data := range disk {
					saved = append(saved, history.Record{ID: id, Data: data})
				}
				restored, err := history.Restore(saved, names, offset, now)
				if err != nil {
					t.Fatal(err)
				}
				sorted := func(r *history.Recorder) []history.Record {
					return slices.SortedFunc(slices.Values(r.Records()), func(a, b history.Record) int { return strings.Compare(a.ID, b.ID) })
				}
				if diff := cmp.Diff(sorted(r), sorted(restored)); diff != "" {
					t.Fatal(diff)
				}
				r = restored
			}
		}
		for i, w := range history.Windows {
			s := r.Read(i, now)
			sums, _ := held(s)
			for n := range sums {
				want := int64(0)
				for _, l := range levels[s.Bounds[n]/second : s.Bounds[n+1]/second] {
					want += l
				}
				if sums[n] != want {
					t.Fatalf("%s, step %d from %s: %d, want %d", w.Name, n, s.Bounds[n].Duration(), sums[n], want)
				}
			}
			if len(sums) > 0 && (s.Bounds[0] > max(0, now-des.Time(w.Steps)*w.Step) || s.Bounds[len(sums)] != now) {
				t.Fatalf("%s at %s is from %s to %s", w.Name, now.Duration(), s.Bounds[0].Duration(), s.Bounds[len(sums)].Duration())
			}
		}
	})
}

// Only the last node changes are kept.
func TestNodes(t *testing.T) {
	r := history.New(names, 0, 0)
	var disk []history.Record
	for i := range history.MostNodeChanges + 5 {
		r.NoteNode(history.NodeChange{At: des.Time(i) * second, Node: fmt.Sprint(i), State: "failed"})
	}
	disk = r.Changes()
	restored, err := history.Restore(disk, names, 0, hour)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []*history.Recorder{r, restored} {
		kept := r.Nodes(0)
		if len(kept) != history.MostNodeChanges || kept[0].Node != "5" {
			t.Errorf("%d are kept from node %s on", len(kept), kept[0].Node)
		}
		if late := r.Nodes(2003 * second); len(late) != 2 || late[0].Node != "2003" {
			t.Errorf("since then: %v", late)
		}
	}
	if left := restored.Changes(); len(left) != 0 {
		t.Errorf("a restored history has %d records to save", len(left))
	}
}

func TestDamagedRecordsAreRefused(t *testing.T) {
	whole := func() map[string]string {
		r := history.New(names, 0, 0)
		r.Add(0, 0, history.Held, 2)
		r.Add(90*second, 0, history.Held, 2)
		r.NoteNode(history.NodeChange{At: second, Node: "n", State: "failed"})
		records := map[string]string{}
		for _, record := range r.Records() {
			records[record.ID] = string(record.Data)
		}
		return records
	}
	pool := whole()["pool/0"]
	for _, c := range []struct{ id, data, want string }{
		{"began", `{"version":2,"began":0}`, "newer"},
		{"began", `{"version":0,"began":0}`, "range"},
		{"began", `{"version":1,"began":-1}`, "range"},
		{"began", `{"version":1,"began":0,"nodes":9}`, "node/1: it is missing"},
		{"began", `{"version":1,"began":0,"x":9}`, "unknown field"},
		{"began", "", "began: it is missing"},
		{"pool/1", "", "pool/1: it is missing"},
		{"pool/2", pool, "belongs to nothing"},
		{"pool/0", strings.Replace(pool, "A100", "T4", 1), "is of T4"},
		{"pool/0", strings.Replace(pool, `"levels":[4`, `"levels":[-4`, 1), "range"},
		{"pool/0", strings.Replace(pool, `"at":90000000000`, `"at":9000000000000`, 1), "range"},
		{"pool/0", strings.Replace(pool, `"open":[[60`, `"open":[[-60`, 1), "range"},
		{"pool/0", pool + "1", "more follows"},
		{"pool/0/1h/0", "[-1,0,0,0]", "range"},
		{"pool/0/1h/1", "[1,0,0,0]", "belongs to nothing"},
		{"pool/0/2h/0", "[1,0,0,0]", "belongs to nothing"},
		{"node/0", `{"at":-1}`, "range"},
	} {
		records := whole()
		if records[c.id] == c.data {
			t.Fatalf("%s is not damaged", c.id)
		}
		records[c.id] = c.data
		var list []history.Record
		for id, data := range records {
			if data != "" {
				list = append(list, history.Record{ID: id, Data: []byte(data)})
			}
		}
		_, err := history.Restore(list, names, 0, hour)
		if err == nil || !strings.Contains(err.Error(), c.want) || (c.want == "newer") != errors.Is(err, history.ErrNewer) {
			t.Errorf("%s %s: %v, want %q", c.id, c.data, err, c.want)
		}
	}
}
