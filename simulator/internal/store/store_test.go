package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/store"
)

type id struct{ kind, id string }

func contents(records []store.Record) map[id]string {
	all := map[id]string{}
	for _, r := range records {
		all[id{r.Kind, r.ID}] = string(r.Data)
	}
	return all
}

func open(t testing.TB, dir string) (*store.Store, map[id]string) {
	t.Helper()
	s, records, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, contents(records)
}

func commit(t testing.TB, s *store.Store, clears bool, records ...store.Record) {
	t.Helper()
	if err := s.Commit(clears, records); err != nil {
		t.Fatal(err)
	}
}

func record(kind, id, data string) store.Record {
	return store.Record{Kind: kind, ID: id, Data: []byte(data)}
}

func TestCommitsLast(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "made")
	s, empty := open(t, dir)
	if len(empty) != 0 {
		t.Errorf("a new folder has %v", empty)
	}
	commit(t, s, true, record("task", "1", "one"), record("task", "2", "two"), record("key", "1", ""))
	commit(t, s, false, record("task", "2", "zwei"), store.Record{Kind: "task", ID: "1"})
	commit(t, s, false)
	want := map[id]string{{"task", "2"}: "zwei", {"key", "1"}: ""}
	// A copy has what a killed process would leave.
	killed := copyOf(t, dir)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{dir, killed} {
		s, got := open(t, dir)
		if !maps.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		commit(t, s, true, record("task", "3", "three"))
		_ = s.Close()
		if _, got := open(t, dir); !maps.Equal(got, map[id]string{{"task", "3"}: "three"}) {
			t.Errorf("after a commit that clears: %v", got)
		}
	}
	if err := s.Commit(false, nil); !errors.Is(err, store.ErrClosed) {
		t.Errorf("a commit after the end: %v", err)
	}
}

func copyOf(t testing.TB, dir string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "state"))
	if err != nil {
		t.Fatal(err)
	}
	return folderWith(t, data)
}

func folderWith(t testing.TB, state []byte) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "state"), state, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// small returns the file of a closed state of a few commits, and its records.
func small(t testing.TB) ([]byte, map[id]string) {
	t.Helper()
	dir := t.TempDir()
	s, _ := open(t, dir)
	commit(t, s, true, record("world", "", "{}"), record("task", "1", "one"))
	for i := range 5 {
		commit(t, s, false, record("task", fmt.Sprint(i), strings.Repeat("x", 40*i)), record("world", "", fmt.Sprint(i)))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, want := open(t, dir)
	data, err := os.ReadFile(filepath.Join(dir, "state"))
	if err != nil {
		t.Fatal(err)
	}
	return data, want
}

// refuse opens a folder with this state. Open must fail, say what to do, and leave the file unchanged.
func refuse(t *testing.T, state []byte, says string) {
	t.Helper()
	dir := folderWith(t, state)
	s, _, err := store.Open(dir)
	if err == nil {
		_ = s.Close()
		t.Errorf("%s: it opened", says)
		return
	}
	text := err.Error()
	if !strings.Contains(text, says) || !strings.Contains(text, filepath.Join(dir, "state")) || !strings.Contains(text, "left as it is") {
		t.Errorf("the error says %q, want %q, the path and that the file is left alone", text, says)
	}
	if after, err := os.ReadFile(filepath.Join(dir, "state")); err != nil || !bytes.Equal(after, state) {
		t.Errorf("%s: the file was changed", says)
	}
}

func TestTruncated(t *testing.T) {
	t.Parallel()
	state, _ := small(t)
	for size := range state {
		refuse(t, state[:size], "truncated")
	}
}

// One damaged byte is an error, unless it is in an unused place or in one that is there twice.
func TestDamagedBytes(t *testing.T) {
	t.Parallel()
	state, want := small(t)
	refused := 0
	for i := range state {
		damaged := bytes.Clone(state)
		damaged[i] ^= byte(1 + i%255)
		dir := folderWith(t, damaged)
		s, records, err := store.Open(dir)
		if err == nil {
			_ = s.Close()
			if got := contents(records); !maps.Equal(got, want) {
				t.Fatalf("byte %d: %v", i, got)
			}
			continue
		}
		refused++
		if after, _ := os.ReadFile(filepath.Join(dir, "state")); !bytes.Equal(after, damaged) {
			t.Fatalf("byte %d: the file was changed", i)
		}
	}
	if log := len(state) - 3*512; refused < log+512 {
		t.Errorf("%d damaged bytes were refused, and the title and the log have %d", refused, log+512)
	}
	// Disks may leave pages of zeros, or of an older state of the file.
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		torn := bytes.Clone(state)
		from := 3*512 + r.IntN(len(torn)-3*512)
		clear(torn[from:min(len(torn), from+64)])
		if !bytes.Equal(torn, state) {
			refuse(t, torn, "damaged")
		}
	}
	refuse(t, append(bytes.Clone(state[:512]), make([]byte, 1024)...), "damaged")
	refuse(t, bytes.Repeat([]byte("#!/bin/sh\n"), 1000), "does not begin as a data file")
}

func TestNewerFormat(t *testing.T) {
	t.Parallel()
	state, _ := small(t)
	refuse(t, bytes.Replace(state, []byte("format 1\n"), []byte("format 2\n"), 1), "format 2, and this fermi-simulator knows formats up to 1")
}

// After a power failure there may be nothing, a part or all of a commit after the noted end.
func TestUnansweredCommits(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, _ := open(t, dir)
	commit(t, s, true, record("task", "1", "one"))
	before, err := os.ReadFile(filepath.Join(dir, "state"))
	if err != nil {
		t.Fatal(err)
	}
	commit(t, s, false, record("task", "2", "two"))
	after, err := os.ReadFile(filepath.Join(dir, "state"))
	if err != nil {
		t.Fatal(err)
	}
	for size := len(before); size <= len(after); size++ {
		dir := folderWith(t, append(bytes.Clone(before), after[len(before):size]...))
		s, got := open(t, dir)
		want := map[id]string{{"task", "1"}: "one"}
		if size == len(after) {
			want[id{"task", "2"}] = "two"
		}
		if !maps.Equal(got, want) {
			t.Fatalf("with %d of %d bytes: %v", size, len(after), got)
		}
		commit(t, s, false, record("task", "3", "3"))
		want[id{"task", "3"}] = "3"
		_ = s.Close()
		if _, got := open(t, dir); !maps.Equal(got, want) {
			t.Fatalf("with %d of %d bytes and a commit: %v", size, len(after), got)
		}
	}
}

func TestOneServerAFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, _ := open(t, dir)
	_, _, err := store.Open(dir)
	var inUse *store.InUseError
	if !errors.As(err, &inUse) || !strings.Contains(err.Error(), dir) {
		t.Errorf("a second server: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, dir)
}

func TestFolderThatCannotBe(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := store.Open(filepath.Join(file, "sub")); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("a folder in a file: %v", err)
	}
}

// The log is compacted while commits continue, and no record is lost.
func TestCompaction(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, _ := open(t, dir)
	commit(t, s, true)
	const writers, commits = 4, 60
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			data := bytes.Repeat([]byte{byte('a' + w)}, 200<<10)
			for i := range commits {
				data[0] = byte(i)
				if err := s.Commit(false, []store.Record{
					{Kind: "task", ID: fmt.Sprint(w), Data: data}, record("seen", fmt.Sprintf("%d/%d", w, i), "x"),
				}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "state"))
	if err != nil {
		t.Fatal(err)
	}
	if written := int64(writers * commits * 200 << 10); info.Size() > written*3/4 {
		t.Errorf("the log has %d bytes after %d were written", info.Size(), written)
	}
	_, got := open(t, dir)
	if len(got) != writers+writers*commits {
		t.Errorf("%d records, want %d", len(got), writers+writers*commits)
	}
	for w := range writers {
		if data := got[id{"task", fmt.Sprint(w)}]; len(data) != 200<<10 || data[0] != commits-1 {
			t.Errorf("writer %d: %d bytes", w, len(data))
		}
	}
}

func FuzzDataFile(f *testing.F) {
	state, _ := small(f)
	f.Add(state)
	f.Add(state[:len(state)/2])
	f.Add(state[:3*512])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, state []byte) {
		dir := folderWith(t, state)
		s, records, err := store.Open(dir)
		if err != nil {
			if after, readErr := os.ReadFile(filepath.Join(dir, "state")); readErr != nil || !bytes.Equal(after, state) {
				t.Fatalf("the file was changed: %v", err)
			}
			return
		}
		want := contents(records)
		if err := s.Commit(false, []store.Record{record("fuzz", "", "x")}); err != nil {
			t.Fatal(err)
		}
		want[id{"fuzz", ""}] = "x"
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		again, records, err := store.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		if got := contents(records); !maps.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
		_ = again.Close()
	})
}
