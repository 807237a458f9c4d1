package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"os"
)

// The log is compacted when it is larger than wasteful times its live records plus smallest.
const (
	wasteful = 4
	smallest = 16 << 20
	// chunk is the approximate size of a frame in a new log.
	chunk = 1 << 20
)

// compact writes the live records to a new log, which replaces the old one. Commits continue meanwhile; replace carries
// over what they add. If compact fails, the old log stays in use, and a later commit tries again.
func (s *Store) compact() {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() {
		s.compacting = false
		s.reserve()
		s.compacted.Broadcast()
	}()
	if s.present() != nil {
		return // the new log would be in another folder
	}
	index, old, until := maps.Clone(s.index), s.file, s.log
	file, err := s.newFile()
	if err != nil {
		return
	}
	s.mu.Unlock()
	log, err := copyLive(file, old, index)
	if err == nil {
		err = file.Sync() // takes longest, so don't hold the lock
	}
	s.mu.Lock()
	if err == nil {
		err = s.replace(file, log, until)
	}
	if err != nil {
		s.discard(file)
	}
}

// makeRoom compacts the log after a failed write if enough of it is waste. Nothing else is written meanwhile. The
// reserve provides the space for the new log.
func (s *Store) makeRoom() error {
	for s.compacting {
		s.compacted.Wait() // the running compaction makes room, unless it fails
	}
	if err := s.ready(); err != nil {
		return err
	}
	if s.log.end-logStart <= s.live+s.live/4 {
		return errors.New("the log has little waste")
	}
	if err := s.present(); err != nil {
		return err
	}
	file, err := s.newFile()
	if err != nil {
		return err
	}
	log, err := copyLive(file, s.file, s.index)
	if err == nil {
		err = s.replace(file, log, s.log)
	}
	if err != nil {
		s.discard(file)
	}
	return err
}

// copyLive writes the records of an index to a new log. Its first frame clears all records, as that of a new state does.
func copyLive(to, from *os.File, index map[key]span) (position, error) {
	log, err := startState(to)
	if err != nil {
		return log, err
	}
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

// replace appends to a new log the commits made since until, and then puts it in the place of the old one.
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
	if err := file.Truncate(log.end); err != nil { // the file may have been a larger reserve
		return err
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
	// Build the index from what was written, so that a mistake shows now and not at the next start.
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
