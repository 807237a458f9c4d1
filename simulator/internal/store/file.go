package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
)

// See the package comment for the format of the file.
const (
	formatVersion = 1
	title         = "fermi-simulator data, format "
	block         = 512 // a block is written atomically by the disk
	logStart      = 3 * block
	frameHeader   = 8
	largestFrame  = 1 << 30
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// position is the end of a log.
type position struct {
	commits uint64
	end     int64
	sum     uint32 // checksum of all frames
}

func titleBlock() []byte {
	b := make([]byte, block)
	copy(b, fmt.Sprintf("%s%d\n", title, formatVersion))
	return b
}

// startState writes an empty log to a file. It keeps the file's size, so that space that is already allocated can be
// used.
func startState(file *os.File) (position, error) {
	first := position{end: logStart}
	_, err := file.WriteAt(append(titleBlock(), make([]byte, 2*block)...), 0)
	if err == nil {
		err = first.write(file)
	}
	if err != nil {
		return position{}, fmt.Errorf("write to the data folder: %w", err)
	}
	return first, nil
}

// write stores the position in one of two blocks, alternating, so that the previous position is intact until this one is
// written.
func (p position) write(w io.WriterAt) error {
	b := binary.BigEndian.AppendUint64(nil, p.commits)
	b = binary.BigEndian.AppendUint64(b, uint64(p.end))
	b = binary.BigEndian.AppendUint32(b, p.sum)
	b = binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	_, err := w.WriteAt(b, p.offset())
	return err
}

// offset is the offset in the file at which write stores the position.
func (p position) offset() int64 { return block * (1 + int64(p.commits%2)) }

func readPosition(b []byte) (p position, ok bool) {
	p = position{binary.BigEndian.Uint64(b), int64(binary.BigEndian.Uint64(b[8:])), binary.BigEndian.Uint32(b[16:])}
	return p, binary.BigEndian.Uint32(b[20:]) == crc32.Checksum(b[:20], castagnoli) && p.end >= logStart
}

// after returns the position after a frame and sets the frame's checksum.
func (p position) after(f *frame) position {
	length := binary.BigEndian.Uint32(f.bytes)
	sum := frameSum(p.sum, f.bytes[:4], f.bytes[frameHeader:])
	binary.BigEndian.PutUint32(f.bytes[4:], sum)
	return position{p.commits + 1, p.end + frameHeader + int64(length), sum}
}

func frameSum(before uint32, length, payload []byte) uint32 {
	return crc32.Update(crc32.Update(before, castagnoli, length), castagnoli, payload)
}

// frame is the encoding of one commit.
type frame struct {
	bytes  []byte
	clears bool
	places []place
}

// place is the location of a record in a frame.
type place struct {
	record Record
	span
}

// newFrame encodes records. Method position.after sets the checksum.
func newFrame(clears bool, records []Record) (*frame, error) {
	size := frameHeader + 1
	for i := range records {
		size += sizeOf(&records[i])
	}
	f := &frame{bytes: make([]byte, frameHeader+1, size), clears: clears, places: make([]place, len(records))}
	if clears {
		f.bytes[frameHeader] = 1
	}
	for i, r := range records {
		start := len(f.bytes)
		f.bytes = appendRecord(f.bytes, r)
		if r.Data != nil {
			r.Data = kept // the frame has the data: don't keep a second copy of a whole world
		}
		f.places[i] = place{r, span{int64(start), len(f.bytes) - start}}
	}
	if len(f.bytes) > largestFrame {
		return nil, fmt.Errorf("a commit of %d bytes is larger than the %d that the format allows", len(f.bytes), largestFrame)
	}
	binary.BigEndian.PutUint32(f.bytes, uint32(len(f.bytes)-frameHeader))
	return f, nil
}

func (f *frame) each(offset int64, take func(clears bool, r Record, at span)) {
	if f.clears {
		take(true, Record{}, span{})
	}
	for _, p := range f.places {
		p.offset += offset
		take(false, p.record, p.span)
	}
}

// kept replaces the data of a record that is in a frame.
var kept = []byte{}

// sizeOf returns an upper bound of the record's size in a frame.
func sizeOf(r *Record) int {
	return 3*binary.MaxVarintLen32 + len(r.Kind) + len(r.ID) + len(r.Data)
}

func appendRecord(b []byte, r Record) []byte {
	b = binary.AppendUvarint(b, uint64(len(r.Kind)))
	b = append(b, r.Kind...)
	b = binary.AppendUvarint(b, uint64(len(r.ID)))
	b = append(b, r.ID...)
	if r.Data == nil {
		return binary.AppendUvarint(b, 0)
	}
	b = binary.AppendUvarint(b, uint64(len(r.Data))+1)
	return append(b, r.Data...)
}

var errMalformed = errors.New("a record is malformed")

// readRecord decodes the first record of b and returns its length. Its data is a slice of b.
func readRecord(b []byte) (r Record, length int, err error) {
	field := func(extra uint64) []byte {
		n, k := binary.Uvarint(b[length:])
		if err != nil || k <= 0 || n > uint64(len(b)) {
			err = errMalformed
			return nil
		}
		length += k
		if n < extra {
			return nil
		}
		if n -= extra; n > uint64(len(b)-length) {
			err = errMalformed
			return nil
		}
		length += int(n)
		return b[length-int(n) : length : length]
	}
	kind, id := field(0), field(0)
	r = Record{string(kind), string(id), field(1)}
	return r, length, err
}

// parse reads a whole file and passes its contents to take, in order. It returns the end of the log, and whether the
// file notes that position.
func parse(data []byte, take func(clears bool, r Record, at span)) (position, bool, error) {
	if err := checkTitle(data); err != nil {
		return position{}, false, err
	}
	noted, ok := readPosition(data[block:])
	if other, valid := readPosition(data[2*block:]); valid && (!ok || other.commits > noted.commits) {
		noted, ok = other, true
	}
	switch {
	case !ok:
		return position{}, false, &DamagedError{Offset: block, Why: "how far its log goes can't be read"}
	case noted.end > int64(len(data)):
		return position{}, false, &DamagedError{
			Offset: int64(len(data)), Why: fmt.Sprintf("it was truncated: %d bytes are there of %d", len(data), noted.end),
		}
	}
	at := position{end: logStart}
	for {
		next, err := parseFrame(data, at, take)
		if at.end >= noted.end && err != nil {
			break // an incomplete commit, never acknowledged
		}
		if err != nil {
			return position{}, false, &DamagedError{Offset: at.end, Why: err.Error()}
		}
		if at.end < noted.end && next.end >= noted.end && next != noted {
			return position{}, false, &DamagedError{Offset: at.end, Why: "its log does not end where it should"}
		}
		at = next
	}
	return at, at == noted, nil
}

func checkTitle(data []byte) error {
	version := 0
	if len(data) < logStart {
		return &DamagedError{Offset: int64(len(data)), Why: fmt.Sprintf("it was truncated: only %d bytes are there", len(data))}
	}
	if _, err := fmt.Sscanf(string(data[:block]), title+"%d\n", &version); err == nil && version > formatVersion {
		return &NewerError{Version: version}
	}
	if !bytes.Equal(data[:block], titleBlock()) {
		return &DamagedError{Offset: 0, Why: "it does not begin as a data file does"}
	}
	return nil
}

// parseFrame reads the frame at a position and returns the position after it. It calls take only after the whole frame
// has been checked.
func parseFrame(data []byte, at position, take func(clears bool, r Record, at span)) (position, error) {
	rest := data[at.end:]
	if len(rest) < frameHeader {
		return at, errors.New("the log ends within a commit")
	}
	length := int64(binary.BigEndian.Uint32(rest))
	if length < 1 || length > int64(len(rest)-frameHeader) {
		return at, errors.New("a commit is longer than the file")
	}
	payload := rest[frameHeader : frameHeader+length]
	sum := frameSum(at.sum, rest[:4], payload)
	if sum != binary.BigEndian.Uint32(rest[4:]) {
		return at, errors.New("a checksum does not match")
	}
	f := frame{clears: payload[0] == 1}
	for i := 1; i < len(payload); {
		r, n, err := readRecord(payload[i:])
		if err != nil {
			return at, err
		}
		f.places = append(f.places, place{r, span{int64(frameHeader + i), n}})
		i += n
	}
	f.each(at.end, take)
	return position{at.commits + 1, at.end + frameHeader + length, sum}, nil
}
