package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// Record is a value identified by a kind and an id. In a commit, nil Data removes the record.
type Record struct {
	Kind, ID string
	Data     []byte
}

// ErrClosed is returned by calls after Close.
var ErrClosed = errors.New("the data folder is closed")

// InUseError reports that another server has the folder open.
type InUseError struct{ Dir string }

func (e *InUseError) Error() string {
	return fmt.Sprintf("data folder %s is in use by another fermi-simulator; stop that one, or give this one a folder of its own", e.Dir)
}

// NewerError reports a file in a newer format than this version supports.
type NewerError struct {
	Path    string
	Version int
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("%s has format %d, and this fermi-simulator knows formats up to %d: use a newer version; the file is left as it is",
		e.Path, e.Version, formatVersion)
}

// DamagedError reports a file that is not as it was written.
type DamagedError struct {
	Path   string
	Offset int64 // of the damage
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
	index map[key]span // location of the current value of each record
	live  int64        // total size of the current values

	reserved   int64 // size of the reserve
	compacting bool
	compacted  *sync.Cond // on mu, signalled when compacting becomes false
	closed     bool
	torn       bool  // the file may have remains of a failed commit after its log
	broken     error // set when the file's name may not be durable: only a restart can tell which file is there
}

type key struct{ kind, id string }

// span is the location of a record in the file.
type span struct {
	offset int64
	length int
}

const (
	stateFile = "state"
	newFile   = "state.new" // a state being written; it counts once it is renamed to stateFile
	lockFile  = "lock"
	// reserveFile holds the space that a compaction needs, for when the disk is full.
	reserveFile = "reserve"
)

// Open opens a folder, which it creates if necessary, and returns its records in no particular order. The error is an
// *InUseError, a *NewerError, a *DamagedError or an error of the file system. It leaves the folder's state unchanged.
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
	// A compaction that was interrupted: the current log has everything.
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
	log, noted, err := parse(data, s.take)
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
	// The last commit is complete but was not acknowledged. It is shown from now on, so make it durable.
	if !noted {
		if err := s.syncLog(log); err != nil {
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

// take updates the index with a record, or clears it for a frame that clears all records.
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

// Load returns the records of all successful commits, as Open does.
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

// Commit makes changes durable, all or none. With clears, the records replace the whole state. If Commit returns an
// error, none of the changes is made, except when the disk also refuses to undo the write. Undoing is then tried again
// by the next Commit or Probe, and no other commit is made before it succeeds.
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
		// The disk may be full. A compacted log is smaller.
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

// ready makes sure that there is a file to write to. The error says why there is none.
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

// append adds a frame to the log and makes it durable. If that fails, it undoes the write.
func (s *Store) append(f *frame) error {
	next := s.log.after(f)
	s.torn = true
	err := write(s.file, f.bytes, s.log.end)
	if err == nil {
		err = s.syncLog(next)
	}
	if err == nil {
		// Check last: the folder may have been removed during the write.
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

// mend removes the remains of a failed commit. It removes the note of the log's end first, because a note beyond the end
// of the log would count as damage.
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

// probeSize is the free space that a disk must have to be considered writable again.
const probeSize = 64 << 10

// Probe writes and syncs some zeros and removes them again. The error is the one that a commit would return now.
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

// syncLog makes everything written durable and then notes the log's new end. The note itself becomes durable with the
// next commit. Until then it survives the end of the process, but not a crash of the machine; Open finds the end without
// it.
func (s *Store) syncLog(to position) error {
	if err := s.file.Sync(); err != nil {
		return fmt.Errorf("sync the data folder: %w", err)
	}
	if err := to.write(s.file); err != nil {
		return fmt.Errorf("write to the data folder: %w", err)
	}
	return nil
}

// create makes an empty state. The file is complete before it gets its name.
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

// adopt renames a written file to stateFile, replacing the previous one. If the rename fails, the previous file stays in
// use.
func (s *Store) adopt(file *os.File) error {
	path := filepath.Join(s.dir, stateFile)
	err := file.Sync()
	// Some systems can't rename open files.
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
	} else if err == nil || !errors.Is(opened, fs.ErrNotExist) { // otherwise there was no file before
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

// Close waits for a running compaction and lets others open the folder.
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
		// This also makes the note of the log's end durable.
		err = errors.Join(s.file.Sync(), s.file.Close())
		s.file = nil
	}
	return errors.Join(err, s.lock.Close())
}
