package store

import (
	"encoding/binary"
	"fmt"
	"maps"
	"os"
	"path/filepath"
)

// The log is written anew when it is this many times as large as what it says, and larger than smallest.
const (
	wasteful = 4
	smallest = 16 << 20
	// chunk is how much of the new log is one frame.
	chunk = 1 << 20
)

// compact writes the present records to a new log, which takes the old one's place. Commits go on meanwhile; what they
// add is carried over at the end. A failure leaves the old log in use; the next commit tries again.
func (s *Store) compact() {
	defer s.compactions.Done()
	s.mu.Lock()
	index, old, until := maps.Clone(s.index), s.file, s.log
	s.mu.Unlock()

	file, log, err := newState(filepath.Join(s.dir, newFile))
	if err == nil {
		log, err = copyLive(file, log, old, index)
	}
	if err == nil {
		err = file.Sync() // outside the lock, for it is the most
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.compacting = false
	if err == nil {
		err = s.replace(file, log, until)
	}
	if err != nil && file != nil {
		_ = file.Close()
		_ = os.Remove(file.Name())
	}
}

// copyLive writes the records of an index to a new log. The first frame clears, as a new state does.
func copyLive(to *os.File, log position, from *os.File, index map[key]span) (position, error) {
	var records []Record
	size, clears := 0, true
	flush := func() error {
		f, err := newFrame(clears, records)
		if err != nil {
			return err
		}
		next := log.after(f)
		if _, err := to.WriteAt(f.bytes, log.end); err != nil {
			return err
		}
		log, records, size, clears = next, records[:0], 0, false
		return nil
	}
	for _, at := range index {
		b := make([]byte, at.length)
		if _, err := from.ReadAt(b, at.offset); err != nil {
			return log, err
		}
		r, _, err := readRecord(b)
		if err != nil {
			return log, err
		}
		records = append(records, r)
		if size += at.length; size >= chunk {
			if err := flush(); err != nil {
				return log, err
			}
		}
	}
	return log, flush()
}

// replace adds to a new log what was committed since it was begun, and puts it in the old one's place.
func (s *Store) replace(file *os.File, log, until position) error {
	for until.end < s.log.end {
		header := make([]byte, frameHeader)
		if _, err := s.file.ReadAt(header, until.end); err != nil {
			return err
		}
		f := &frame{bytes: make([]byte, frameHeader+int(binary.BigEndian.Uint32(header)))}
		if _, err := s.file.ReadAt(f.bytes, until.end); err != nil {
			return err
		}
		until = until.after(f)
		next := log.after(f)
		if _, err := file.WriteAt(f.bytes, log.end); err != nil {
			return err
		}
		log = next
	}
	if err := file.Sync(); err != nil {
		return err
	}
	if err := log.write(file); err != nil {
		return err
	}
	data, err := os.ReadFile(file.Name())
	if err != nil {
		return err
	}
	// The index is read from what was written: a mistake in it would show here, and not at the next start.
	fresh := &Store{index: map[key]span{}}
	if _, _, err := parse(data, fresh.take); err != nil {
		return fmt.Errorf("check the new log: %w", err)
	}
	if err := s.adopt(file); err != nil {
		return err
	}
	s.log, s.index, s.live = log, fresh.index, fresh.live
	return nil
}
