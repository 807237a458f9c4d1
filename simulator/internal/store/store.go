// Package store keeps records on disk: a commit that returned survives whatever happens to the process.
//
// The records are a world's whole state, which is in memory anyway, so the disk is only read at a start. That asks for a
// log and no more: one write and one sync make a commit, where a B+tree such as bbolt's syncs twice. bbolt also maps its
// file, so that a damaged page ends the process with a fault or with a panic in a goroutine of its own, and its pages
// carry no checksum. Here every byte that was committed is covered by one, all the way from the start of the file, so
// damage is found before anything is made of it.
//
// What records say is their owner's matter.
package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// Record is a value under a kind and an id. In a commit, nil Data removes the record.
type Record struct {
	Kind, ID string
	Data     []byte
}

// ErrClosed is a commit after Close.
var ErrClosed = errors.New("the data folder is closed")

// InUseError is a folder that another server has open.
type InUseError struct{ Dir string }

func (e *InUseError) Error() string {
	return fmt.Sprintf("data folder %s is in use by another fermi-simulator; stop that one, or give this one a folder of its own", e.Dir)
}

// NewerError is a file of a format that this version doesn't know.
type NewerError struct {
	Path    string
	Version int
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("%s has format %d, and this fermi-simulator knows formats up to %d: use a newer version; the file is left as it is",
		e.Path, e.Version, formatVersion)
}

// DamagedError is a file that is not as it was written.
type DamagedError struct {
	Path   string
	Offset int64 // of what is wrong, in bytes
	Why    string
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("%s is damaged: %s, at byte %d; restore a copy of it, or move the file away to start anew; it is left as it is",
		e.Path, e.Why, e.Offset)
}

// Store is an open data folder. Its methods are safe for concurrent use.
type Store struct {
	dir  string
	lock *os.File

	mu    sync.Mutex
	file  *os.File // nil before the first commit, and after Close
	log   position
	index map[key]span // where the present value of each record is
	live  int64        // bytes of all present values

	reserved   int64 // bytes of the reserve
	compacting bool
	compacted  *sync.Cond // of mu: compacting has become false
	closed     bool
	torn       bool  // the file has, behind its log, what is left of a commit that failed
	broken     error // of a file whose name may not last; only a new start can tell what is there
}

type key struct{ kind, id string }

// span is a record's place in the file, of all its bytes.
type span struct {
	offset int64
	length int
}

const (
	stateFile = "state"
	newFile   = "state.new" // a state that is being written; it counts once it has the other name
	lockFile  = "lock"
	// reserveFile has the room that a compaction takes, so that there is some when the disk is full.
	reserveFile = "reserve"
)

// Open opens a folder, which it makes where there is none, and returns the records in it, in no particular order. The
// error is an *InUseError, a *NewerError, a *DamagedError or what the file system said; the folder's state is then as it
// was.
func Open(dir string) (*Store, []Record, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, nil, fmt.Errorf("make the data folder: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("lock the data folder: %w", err)
	}
	s := &Store{dir: dir, lock: lock, index: map[key]span{}}
	s.compacted = sync.NewCond(&s.mu)
	records, err := s.open()
	if err != nil {
		_ = lock.Close()
		return nil, nil, err
	}
	return s, records, nil
}

func (s *Store) open() ([]Record, error) {
	if free, err := tryLock(s.lock); err != nil {
		return nil, fmt.Errorf("lock the data folder %s: %w", s.dir, err)
	} else if !free {
		return nil, &InUseError{s.dir}
	}
	// A compaction that was cut off; its log is no better than the one there is.
	if err := os.Remove(filepath.Join(s.dir, newFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("tidy the data folder: %w", err)
	}
	if info, err := os.Stat(filepath.Join(s.dir, reserveFile)); err == nil {
		s.reserved = info.Size()
	}
	path := filepath.Join(s.dir, stateFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the data folder: %w", err)
	}
	log, settled, err := parse(data, s.take)
	if err != nil {
		return nil, located(err, path)
	}
	records := make([]Record, 0, len(s.index))
	for k, at := range s.index {
		r, _, err := readRecord(data[at.offset : at.offset+int64(at.length)])
		if err != nil {
			return nil, located(&DamagedError{Offset: at.offset, Why: err.Error()}, path)
		}
		records = append(records, Record{k.kind, k.id, r.Data})
	}
	if s.file, err = os.OpenFile(path, os.O_RDWR, 0); err != nil {
		return nil, fmt.Errorf("open the data folder: %w", err)
	}
	s.log = log
	// A commit that was not answered, but is whole: what is shown from now on must not be lost.
	if !settled {
		if err := s.settle(log); err != nil {
			_ = s.file.Close()
			return nil, err
		}
	}
	return records, nil
}

func located(err error, path string) error {
	var damaged *DamagedError
	var newer *NewerError
	if errors.As(err, &damaged) {
		damaged.Path = path
	} else if errors.As(err, &newer) {
		newer.Path = path
	}
	return err
}

// take keeps the index up to date with a record, or with a frame that clears all before it.
func (s *Store) take(clears bool, r Record, at span) {
	if clears {
		clear(s.index)
		s.live = 0
		return
	}
	k := key{r.Kind, r.ID}
	s.live -= int64(s.index[k].length)
	if r.Data == nil {
		delete(s.index, k)
		return
	}
	s.index[k] = at
	s.live += int64(at.length)
}

// Load returns what Open would: the records of all commits that succeeded.
func (s *Store) Load() ([]Record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	records := make([]Record, 0, len(s.index))
	for k, at := range s.index {
		b := make([]byte, at.length)
		if _, err := s.file.ReadAt(b, at.offset); err != nil {
			return nil, fmt.Errorf("read the data folder: %w", err)
		}
		r, _, err := readRecord(b)
		if err != nil {
			return nil, &DamagedError{filepath.Join(s.dir, stateFile), at.offset, err.Error()}
		}
		records = append(records, Record{k.kind, k.id, r.Data})
	}
	return records, nil
}

// Commit makes changes durable, all or none; with clears the records are the whole state, and all others are gone. When
// it returns an error, none of them is there, unless the disk also refuses to take back what was written: that is tried
// again with the next Commit or Probe, and no other commit is made before.
func (s *Store) Commit(clears bool, records []Record) error {
	frame, err := newFrame(clears, records)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.ready(); err != nil {
		return err
	}
	defer s.reserve()
	if err := s.append(frame); err != nil {
		// For want of room it may fail. A compacted log takes less.
		if s.makeRoom() != nil || s.append(frame) != nil {
			return err
		}
	}
	if !s.compacting && s.log.end >= smallest+wasteful*s.live {
		s.compacting = true
		go s.compact()
	}
	return nil
}

// ready makes a file that can be written to; the error is why it can't.
func (s *Store) ready() error {
	if s.closed {
		return ErrClosed
	}
	if s.broken != nil {
		return s.broken
	}
	if s.file == nil {
		if err := s.present(); err != nil {
			return err
		}
		return s.create()
	}
	return s.mend()
}

// append adds a frame to the log and makes it durable. Where that fails, it takes back what was written.
func (s *Store) append(f *frame) error {
	next := s.log.after(f)
	s.torn = true
	err := write(s.file, f.bytes, s.log.end)
	if err == nil {
		err = s.settle(next)
	}
	if err == nil {
		// Last: a folder that was there before the write may be gone after it.
		err = s.present()
	}
	if err != nil {
		return errors.Join(err, s.mend())
	}
	s.torn = false
	f.each(s.log.end, s.take)
	s.log = next
	return nil
}

// mend removes what a failed commit may have left. The note of how far the log goes is removed first: a note that goes beyond
// the log would count as damage.
func (s *Store) mend() error {
	if !s.torn {
		return nil
	}
	next := position{commits: s.log.commits + 1}
	_, err := s.file.WriteAt(make([]byte, block), next.offset())
	if err == nil {
		err = s.file.Truncate(s.log.end)
	}
	if err == nil {
		err = s.file.Sync()
	}
	if err != nil {
		return fmt.Errorf("take back a failed write to the data folder: %w", err)
	}
	s.torn = false
	return nil
}

// probeSize is how much room there must be for a disk to count as one that takes writes again.
const probeSize = 64 << 10

// Probe writes and syncs some zeros and removes them again. The error is why a commit would fail now.
func (s *Store) Probe() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.ready(); err != nil {
		return err
	}
	if err := s.present(); err != nil {
		return err
	}
	defer s.reserve()
	try := func() error {
		s.torn = true
		err := write(s.file, make([]byte, probeSize), s.log.end)
		if err == nil {
			err = s.file.Sync()
		}
		return errors.Join(err, s.mend())
	}
	err := try()
	if err != nil && s.makeRoom() == nil {
		err = try()
	}
	return err
}

func write(f *os.File, b []byte, at int64) error {
	if _, err := f.WriteAt(b, at); err != nil {
		return fmt.Errorf("write to the data folder: %w", err)
	}
	return nil
}

// settle makes all that was written durable, and then notes how far that is. The note itself becomes durable with the
// next commit; until then it is for a process that ends, not for a machine that does.
func (s *Store) settle(to position) error {
	if err := s.file.Sync(); err != nil {
		return fmt.Errorf("sync the data folder: %w", err)
	}
	if err := to.write(s.file); err != nil {
		return fmt.Errorf("write to the data folder: %w", err)
	}
	return nil
}

// create makes an empty state under its name. It is whole when it gets the name.
func (s *Store) create() error {
	file, err := s.newFile()
	if err != nil {
		return err
	}
	log, err := startState(file)
	if err != nil {
		s.discard(file)
		return err
	}
	s.log = log
	if err := s.adopt(file); err != nil {
		s.discard(file)
		return err
	}
	return nil
}

// adopt gives a written file the name of the state, in place of the one before, which stays in use if that fails.
func (s *Store) adopt(file *os.File) error {
	path := filepath.Join(s.dir, stateFile)
	err := file.Sync()
	// Not every system renames open files.
	if s.file != nil {
		err = errors.Join(err, s.file.Close())
		s.file = nil
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	var after error
	if err == nil {
		after = syncFolder(s.dir)
	}
	present, opened := os.OpenFile(path, os.O_RDWR, 0)
	if opened == nil {
		s.file = present
	} else if err == nil || !errors.Is(opened, fs.ErrNotExist) { // else there was none before
		after = errors.Join(after, opened)
	}
	if after != nil {
		s.broken = fmt.Errorf("replace the state in the data folder: %w", after)
		return s.broken
	}
	if err != nil {
		return fmt.Errorf("replace the state in the data folder: %w", err)
	}
	return nil
}

// Close ends a compaction in progress and lets others open the folder.
func (s *Store) Close() error {
	s.mu.Lock()
	closed := s.closed
	s.closed = true
	s.mu.Unlock()
	if closed {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.compacting {
		s.compacted.Wait()
	}
	var err error
	if s.file != nil {
		// With it, how far the log goes.
		err = errors.Join(s.file.Sync(), s.file.Close())
		s.file = nil
	}
	return errors.Join(err, s.lock.Close())
}
