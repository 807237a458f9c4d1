package replay

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

func readLog(t testing.TB, name string) Log {
	dir := os.Getenv("FERMI_TRACE_DIR")
	if dir == "" {
		t.Skip("FERMI_TRACE_DIR is not set: its sibling folder swf has the logs")
	}
	f, err := os.Open(filepath.Join(dir, "..", "swf", name+".easy.swf.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	l, err := ReadSWF(f)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// All waits in the published logs are reproduced, and their slowdowns under each variant of EASY to the 15 digits that
// are published of most.
func TestPublishedLogs(t *testing.T) {
	for _, log := range PublishedLogs() {
		t.Run(log.Name, func(t *testing.T) {
			t.Parallel()
			l := readLog(t, log.Name)
			for i, published := range log.Slowdowns {
				v := PublishedVariants()[i]
				r, err := RunLog(l, v.LogOptions)
				if err != nil {
					t.Fatal(err)
				}
				if r.Jobs != log.Jobs {
					t.Errorf("%d jobs, want %d", r.Jobs, log.Jobs)
				}
				if i == 0 && (r.WaitsDiffer == nil || *r.WaitsDiffer != 0) {
					t.Errorf("%v waits differ", *r.WaitsDiffer)
				}
				if got, want := fifteenDigits(r.BoundedSlowdown), fifteenDigits(published.Printed-published.Misprint); got != want {
					t.Errorf("%s: the slowdown is %s, published %s", v.Name, got, want)
				}
			}
		})
	}
}

// Jobs that can't run are left out, and missing fields are taken from related ones.
func TestReadSWF(t *testing.T) {
	const tail = " -1 -1 -1 -1 -1 -1"
	text := "\ufeff; Version: 2\r\n;MaxProcs:  8\n\n" +
		"2 5 -1 30 2 -1 -1 4 60 -1 1 7" + tail + "\r\n" + // its limit is longer than its run time
		"3 5 1 30 2 -1 -1 -1 -1 -1 1 7" + tail + "\n" + // no requested processors and no limit: the used ones and the run time
		"1 5 0 90 2 12.5 -1 8 60 -1 1 7" + tail + "\n" + // runs longer than its limit
		"4 6 0 90 9 -1 -1 9 60 -1 1 7" + tail + "\n" + // more processors than there are
		"5 6 0 -1 1 -1 -1 1 60 -1 1 7" + tail + "\n" + // never ran
		"6 6 0 10 0 -1 -1 -1 60 -1 1 7" + tail + "\n" // no processors at all
	want := Log{8, []LogJob{{1, 5, 8, 60, 60, 0}, {2, 5, 4, 30, 60, -1}, {3, 5, 2, 30, 30, 1}}, 3}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write([]byte(text))
	_ = z.Close()
	for _, form := range []string{text, zipped.String()} {
		if got, err := ReadSWF(strings.NewReader(form)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%+v, %v, want %+v", got, err, want)
		}
	}
	const noProcessors = `the header has no line "; MaxProcs: N", which names the machine's processors, before the first job`
	for text, want := range map[string]string{
		"; UnixStartTime: 0\n":                                noProcessors,
		"1 5 0 90 2 -1 -1 8 60 -1 1 7" + tail + "\n1 x":       "line 1: " + noProcessors,
		";\n1 2\n; MaxProcs: 8\n":                             "line 2: " + noProcessors,
		"; MaxProcs: 8\n;" + strings.Repeat("-", 1<<20):       `line 2: it is longer than 1048576 bytes; a log has a job on each line`,
		strings.Repeat("1 ", 1<<19) + "\n":                    `line 1: it is longer than 1048576 bytes; a log has a job on each line`,
		"; MaxProcs: many":                                    `line 1: MaxProcs is "many", want a number of processors`,
		"; MaxProcs: 8\n1 2 3":                                `line 2: 3 fields, want 18`,
		"; MaxProcs: 8\n1 2 x":                                `line 2: field 3: "x" is no number`,
		"; MaxProcs: 8\n1 2 -7":                               `line 2: field 3: "-7" is not in -1–3153600000`,
		"; MaxProcs: 8\n1 99999999999999":                     `line 2: field 2: "99999999999999" is not in -1–3153600000`,
		"; MaxProcs: 8\n" + strings.Repeat("1 ", 19):          `line 2: more than 18 fields`,
		"; MaxProcs: 8\n1 -1 0 90 2 -1 -1 8 60 -1 1 7" + tail: `line 2: field 2: the job was never submitted`,
		"\x1f\x8b": `line 1: unexpected EOF`,
	} {
		if _, err := ReadSWF(strings.NewReader(text)); err == nil || err.Error() != want {
			t.Errorf("%.80q: %v, want %s", text, err, want)
		}
	}
}

func fifteenDigits(x float64) string { return strings.TrimSpace(strconv.FormatFloat(x, 'g', 15, 64)) }

// A log that compresses too well is refused: a mebibyte could hold 28 million jobs.
func TestALogThatInflatesWithoutEnd(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte("; MaxProcs: 10\n" + strings.Repeat("1 0 -1 0 -1 -1 -1 1 1 -1 1 -1 -1 -1 -1 -1 -1 -1\n",
		100_000))); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	l, err := ReadSWF(&b)
	if err == nil || !strings.HasSuffix(err.Error(), ": it inflates to more than 50 times its size; send it plain") || len(l.Jobs) > 0 {
		t.Errorf("%d jobs, %v", len(l.Jobs), err)
	}
}
