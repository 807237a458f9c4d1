package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// GoneError reports that the folder was removed or replaced while the server had it open.
type GoneError struct {
	Path string
	Err  error // why the file can't be found; nil if another file is in its place
}

func (e *GoneError) Error() string {
	what := "is not the file that this server has open; someone replaced it"
	if e.Err != nil {
		what = "is gone: " + e.Err.Error()
	}
	return fmt.Sprintf("%s %s; put the data folder back as it was, or restart the server to begin with what is there now", e.Path, what)
}

func (e *GoneError) Unwrap() error { return e.Err }

// present returns an error if the files in the folder are no longer the open ones. What is written to the open ones
// would be lost.
func (s *Store) present() error {
	for name, file := range map[string]*os.File{lockFile: s.lock, stateFile: s.file} {
		if file == nil {
			continue
		}
		path := filepath.Join(s.dir, name)
		open, err := file.Stat()
		if err != nil {
			return fmt.Errorf("look at the data folder: %w", err)
		}
		there, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			return &GoneError{path, err}
		}
		if err != nil {
			return fmt.Errorf("look at the data folder: %w", err)
		}
		if !os.SameFile(open, there) {
			return &GoneError{Path: path}
		}
	}
	return nil
}

// syncFolder makes the names in a folder durable.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // names are durable on Windows, and folders can't be synced
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// newFile opens a file for a new log. If there is a reserve it becomes the new file, since its space on disk is already
// allocated.
func (s *Store) newFile() (*os.File, error) {
	path := filepath.Join(s.dir, newFile)
	if err := os.Rename(filepath.Join(s.dir, reserveFile), path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("write to the data folder: %w", err)
	}
	s.reserved = 0
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("write to the data folder: %w", err)
	}
	return file, nil
}

// discard removes a new log that is not used.
func (s *Store) discard(file *os.File) {
	_ = file.Close()
	_ = os.Remove(file.Name())
}

// slack is the size of a log without records. A reserve is larger than necessary by as much.
const slack = 8 << 10

// reserve keeps a file as large as a compaction would need now, so that there is space even when the disk is full. If
// the disk has too little space, there is no reserve.
func (s *Store) reserve() {
	least, size := s.live+slack, s.live+s.live/8+2*slack
	if s.compacting || s.reserved >= least && s.reserved <= 2*size+chunk || s.present() != nil {
		return
	}
	file, err := os.OpenFile(filepath.Join(s.dir, reserveFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return
	}
	defer func() { _ = file.Close() }()
	kept := min(s.reserved, size)
	if err := fill(file, kept, size); err != nil {
		size = kept
	}
	if file.Truncate(size) == nil {
		s.reserved = size
	}
}

// fill writes zeros. Truncate would make the file longer without allocating space on disk.
func fill(file *os.File, from, to int64) error {
	zeros := make([]byte, min(chunk, to-from))
	for from < to {
		n, err := file.WriteAt(zeros[:min(int64(len(zeros)), to-from)], from)
		if err != nil {
			return err
		}
		from += int64(n)
	}
	return nil
}
