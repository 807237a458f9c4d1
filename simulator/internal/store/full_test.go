//go:build linux

package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/store"
)

// alone runs the rest of the test in a process of its own, so that its limits don't affect other tests. It reports
// whether this is that process.
func alone(t *testing.T) bool {
	t.Helper()
	if os.Getenv("STORE_TEST_ALONE") != "" {
		return true
	}
	c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	c.Env = append(os.Environ(), "STORE_TEST_ALONE=1")
	if out, err := c.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("--- PASS: "+t.Name())) {
		t.Errorf("%v\n%s", err, out)
	}
	return false
}

// limit sets the largest size of a file that this process can write; 0 is no limit.
func limit(t *testing.T, bytes int64) {
	t.Helper()
	var l unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &l); err != nil {
		t.Fatal(err)
	}
	if l.Cur = l.Max; bytes > 0 {
		l.Cur = uint64(bytes)
	}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &l); err != nil {
		t.Fatal(err)
	}
}

func size(t *testing.T, dir, name string) int64 {
	t.Helper()
	info, err := os.Stat(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// A commit for which there is no space is undone, at whatever byte the space ends. A process that is killed afterwards
// does not leave it behind either. Later commits follow the last successful one.
func TestAFailedCommitLeavesNothing(t *testing.T) {
	if !alone(t) {
		return
	}
	dir := t.TempDir()
	s, _ := open(t, dir)
	commit(t, s, true, record("task", "1", "one"), record("task", "2", strings.Repeat("x", 1000)))
	want := map[id]string{{"task", "1"}: "one", {"task", "2"}: strings.Repeat("x", 1000)}
	for _, room := range []int64{0, 1, 7, 8, 9, 500, 1000} {
		before := size(t, dir, "state")
		limit(t, before+room)
		for range 3 {
			err := s.Commit(false, []store.Record{record("task", "3", strings.Repeat("y", 2000)), {Kind: "task", ID: "1"}})
			if !errors.Is(err, syscall.EFBIG) {
				t.Fatalf("with room for %d bytes: %v", room, err)
			}
		}
		if err := s.Probe(); !errors.Is(err, syscall.EFBIG) {
			t.Errorf("a probe with room for %d bytes: %v", room, err)
		}
		if after := size(t, dir, "state"); after != before {
			t.Errorf("with room for %d bytes the file went from %d to %d", room, before, after)
		}
		limit(t, 0)
		loaded, err := s.Load()
		if err != nil || !maps.Equal(contents(loaded), want) {
			t.Errorf("loaded %d records, %v", len(loaded), err)
		}
		if _, got := open(t, copyOf(t, dir)); !maps.Equal(got, want) {
			t.Errorf("with room for %d bytes a killed process leaves %v", room, got)
		}
		if err := s.Probe(); err != nil {
			t.Errorf("a probe with room again: %v", err)
		}
		k := fmt.Sprint("after ", room)
		commit(t, s, false, record("task", k, "x"))
		want[id{"task", k}] = "x"
		if _, got := open(t, copyOf(t, dir)); !maps.Equal(got, want) {
			t.Errorf("after a commit with room again: %v", got)
		}
	}
}

// If most of the log is waste, compacting it makes room for a commit.
func TestWasteMakesRoom(t *testing.T) {
	if !alone(t) {
		return
	}
	dir := t.TempDir()
	s, _ := open(t, dir)
	commit(t, s, true, record("task", "kept", strings.Repeat("k", 50_000)))
	limit(t, 400_000)
	want := map[id]string{{"task", "kept"}: strings.Repeat("k", 50_000)}
	for i := range 400 {
		data := strings.Repeat(string(rune('a'+i%26)), 10_000)
		commit(t, s, false, record("task", "changed", data))
		want[id{"task", "changed"}] = data
	}
	if err := s.Commit(false, []store.Record{record("task", "large", strings.Repeat("l", 400_000))}); !errors.Is(err, syscall.EFBIG) {
		t.Errorf("more than there is room for in all: %v", err)
	}
	if _, got := open(t, copyOf(t, dir)); !maps.Equal(got, want) {
		t.Errorf("%d records, want %d", len(got), len(want))
	}
	// The live state, and what a compaction needs, which is a little more than that.
	if total := size(t, dir, "state") + size(t, dir, "reserve"); total > 400_000+60_000*5/4+100_000 {
		t.Errorf("the folder has %d bytes", total)
	}
}

func TestFoldersThatGo(t *testing.T) {
	t.Parallel()
	for what, takeAway := range map[string]func(dir string) error{
		"removed":                    os.RemoveAll,
		"moved":                      func(dir string) error { return os.Rename(dir, dir+".away") },
		"the state alone is removed": func(dir string) error { return os.Remove(filepath.Join(dir, "state")) },
		"the state alone is replaced": func(dir string) error {
			return errors.Join(os.Remove(filepath.Join(dir, "state")), os.WriteFile(filepath.Join(dir, "state"), []byte("x"), 0o600))
		},
		"replaced by an empty one": func(dir string) error { return errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o700)) },
		"replaced by another": func(dir string) error {
			if err := os.Rename(dir, dir+".away"); err != nil {
				return err
			}
			other, _, err := store.Open(dir)
			if err != nil {
				return err
			}
			return errors.Join(other.Commit(true, nil), other.Close())
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "data")
			s, _ := open(t, dir)
			commit(t, s, true, record("task", "1", "one"))
			if err := takeAway(dir); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				var gone *store.GoneError
				err := s.Commit(false, []store.Record{record("task", "2", "two")})
				if !errors.As(err, &gone) || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "put the data folder back") {
					t.Fatalf("a commit: %v", err)
				}
				if err := s.Probe(); !errors.As(err, &gone) {
					t.Fatalf("a probe: %v", err)
				}
			}
			// Committed records can still be read.
			if loaded, err := s.Load(); err != nil || len(loaded) != 1 {
				t.Errorf("loaded %v, %v", loaded, err)
			}
			// Commits succeed again when the folder is back.
			if _, err := os.Stat(dir + ".away"); err != nil {
				return
			}
			if err := errors.Join(os.RemoveAll(dir), os.Rename(dir+".away", dir)); err != nil {
				t.Fatal(err)
			}
			if err := s.Probe(); err != nil {
				t.Errorf("with the folder back: %v", err)
			}
			commit(t, s, false, record("task", "3", "three"))
			if _, got := open(t, copyOf(t, dir)); !maps.Equal(got, map[id]string{{"task", "1"}: "one", {"task", "3"}: "three"}) {
				t.Errorf("with the folder back there is %v", got)
			}
		})
	}
}
