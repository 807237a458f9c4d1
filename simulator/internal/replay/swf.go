package replay

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/inflate"
)

// Log is the record of a machine whose processors form one pool.
type Log struct {
	Processors int      // number of processors of the machine
	Jobs       []LogJob // ordered by submission time, then by number
	LeftOut    int      // number of jobs that can't run: no processors, no run time, or too many processors
}

// LogJob is a job of a log. Times are in seconds.
type LogJob struct {
	Number     int64
	Submitted  int64
	Processors int64 // requested or, if unknown, used
	Run        int64 // run time, at most Limit
	Limit      int64 // requested walltime limit or, if unknown, Run
	Wait       int64 // wait recorded in the log, or -1
}

// The indices of the fields that are used.
const (
	swfNumber         = 0
	swfSubmitted      = 1
	swfWait           = 2
	swfRun            = 3
	swfProcessorsUsed = 4
	swfProcessors     = 7
	swfLimit          = 8
	swfFields         = 18
)

// maxLogLine is the longest line of a log in bytes. Comments have any length; a job takes a few hundred bytes.
const maxLogLine = 1 << 20

// maxLogTime is the largest time in a log, 100 years, so that sums of times don't overflow.
const maxLogTime = 100 * 365 * 24 * 3600

// ReadSWF reads a log in the Standard Workload Format (Chapin et al., "Benchmarks and standards for the evaluation of
// parallel job schedulers", 1999), uncompressed or in gzip. The header must state the number of processors as MaxProcs
// before the first job. Errors state the line and the field.
func ReadSWF(r io.Reader) (Log, error) {
	b := bufio.NewReaderSize(r, 1<<16)
	if magic, _ := b.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		b = bufio.NewReaderSize(inflate.NewReader(b), 1<<16)
	}
	var l Log
	lines := bufio.NewScanner(b)
	lines.Buffer(nil, maxLogLine)
	number := 0
	for lines.Scan() {
		number++
		line := bytes.TrimSpace(bytes.TrimPrefix(lines.Bytes(), []byte("\ufeff")))
		var err error
		switch {
		case len(line) == 0:
		case line[0] == ';':
			err = l.header(line[1:])
		case l.Processors == 0:
			err = errNoProcessors
		default:
			err = l.job(line)
		}
		if err != nil {
			// If reading failed, the last line may be incomplete, so that error takes precedence.
			return Log{}, fmt.Errorf("line %d: %w", number, cmp.Or(lines.Err(), err))
		}
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return Log{}, fmt.Errorf("line %d: it is longer than %d bytes; a log has a job on each line", number+1, maxLogLine)
	} else if err != nil {
		return Log{}, fmt.Errorf("line %d: %w", number+1, err)
	}
	if l.Processors == 0 {
		return Log{}, errNoProcessors
	}
	all := len(l.Jobs)
	l.Jobs = slices.DeleteFunc(l.Jobs, func(j LogJob) bool { return j.Processors > int64(l.Processors) })
	l.LeftOut += all - len(l.Jobs)
	slices.SortStableFunc(l.Jobs, func(a, b LogJob) int {
		return cmp.Or(cmp.Compare(a.Submitted, b.Submitted), cmp.Compare(a.Number, b.Number))
	})
	return l, nil
}

var errNoProcessors = errors.New("the header has no line \"; MaxProcs: N\", which names the machine's processors, before the first job")

func (l *Log) header(line []byte) error {
	name, value, _ := bytes.Cut(line, []byte(":"))
	if !bytes.EqualFold(bytes.TrimSpace(name), []byte("MaxProcs")) {
		return nil
	}
	n, err := strconv.Atoi(string(bytes.TrimSpace(value)))
	if err != nil || n < 1 || n > 1e9 {
		return fmt.Errorf("MaxProcs is %q, want a number of processors", bytes.TrimSpace(value))
	}
	l.Processors = n
	return nil
}

func (l *Log) job(line []byte) error {
	var fields [swfFields]int64
	n := 0
	for field := range bytes.FieldsSeq(line) {
		if n == swfFields {
			return fmt.Errorf("more than %d fields", swfFields)
		}
		x, err := swfNumberOf(field)
		if err != nil {
			return fmt.Errorf("field %d: %w", n+1, err)
		}
		fields[n] = x
		n++
	}
	if n < swfFields {
		return fmt.Errorf("%d fields, want %d", n, swfFields)
	}
	j := LogJob{
		Number: fields[swfNumber], Submitted: fields[swfSubmitted], Wait: fields[swfWait], Run: fields[swfRun],
		Processors: fields[swfProcessors], Limit: fields[swfLimit],
	}
	if j.Submitted < 0 {
		return errors.New("field 2: the job was never submitted")
	}
	if j.Processors <= 0 {
		j.Processors = fields[swfProcessorsUsed]
	}
	if j.Limit <= 0 {
		j.Limit = j.Run
	}
	if j.Processors <= 0 || j.Run < 0 {
		l.LeftOut++
		return nil
	}
	j.Run = min(j.Run, j.Limit)
	l.Jobs = append(l.Jobs, j)
	return nil
}

// swfNumberOf parses a field. Some logs have decimals in fields that aren't used here, such as averages; they are
// truncated.
func swfNumberOf(field []byte) (int64, error) {
	n := int64(0)
	digits := field
	if digits[0] == '-' {
		digits = digits[1:]
	}
	if len(digits) == 0 {
		return 0, fmt.Errorf("%q is no number", field)
	}
	for _, c := range digits {
		if c < '0' || c > '9' || n > maxLogTime || len(digits) < len(field) && (n > 0 || c != '1') {
			x, err := strconv.ParseFloat(string(field), 64)
			if err != nil {
				return 0, fmt.Errorf("%.40q is no number", field)
			}
			if !(x >= -1 && x <= maxLogTime) {
				return 0, fmt.Errorf("%.40q is not in -1–%d", field, int64(maxLogTime))
			}
			return int64(x), nil
		}
		n = 10*n + int64(c-'0')
	}
	if len(digits) < len(field) {
		n = -n
	}
	return n, nil
}
