//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// room limits the size of files that a running server may write, to the size of its state plus some bytes. A negative
// number removes the limit.
func room(t *testing.T, p *process, dir string, bytes int64) {
	t.Helper()
	limit := unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY}
	if bytes >= 0 {
		info, err := os.Stat(filepath.Join(dir, "state"))
		if err != nil {
			t.Fatal(err)
		}
		limit.Cur = uint64(info.Size() + bytes)
	}
	if err := unix.Prlimit(p.cmd.Process.Pid, unix.RLIMIT_FSIZE, &limit, nil); err != nil {
		t.Fatalf("set the limits of a process: %v", err)
	}
}

// ledger records the responses to creations, by task name.
type ledger struct {
	mu     sync.Mutex
	number int
	told   map[string]int // the status of each creation; 0 if there was no response
}

// create requests a task and records the response.
func (l *ledger) create(ctx context.Context, url string) int {
	l.mu.Lock()
	l.number++
	name := fmt.Sprint("t", l.number)
	l.mu.Unlock()
	body := `{"taskName":"` + name + `","datasetId":"dataset-001","datasetVersionId":"version-001"}`
	status := send(ctx, "POST", url+"/api/v1/training-tasks", "", body, nil)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.told[name] = status
	return status
}

// check compares the existing tasks with what the clients were told.
func (l *ledger) check(t *testing.T, url string) {
	t.Helper()
	present := map[string]bool{}
	for _, task := range listTasks(t, url) {
		present[task.TaskName] = true
	}
	for name, status := range l.told {
		if status == 200 && !present[name] {
			t.Errorf("%s was acknowledged, and is lost", name)
		}
		if status == 503 && present[name] {
			t.Errorf("%s was refused, and is there", name)
		}
	}
}

// While clients create tasks, the disk becomes full and has space again, and the server is killed. No acknowledged task
// is lost, no refused one exists, and the saved state can be read at any time.
func TestServersOnFullDisks(t *testing.T) {
	dir := t.TempDir()
	r := rand.New(rand.NewPCG(1, 1))
	l := &ledger{told: map[string]int{}}
	refused := 0
	for range 8 {
		p, url := serve(t, "--data", dir, "--speed", "600", "--log-level", "error")
		l.check(t, url)
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		var clients sync.WaitGroup
		full := make(chan struct{})
		once := sync.OnceFunc(func() { close(full) })
		for range 6 {
			clients.Go(func() {
				for range 60 {
					switch l.create(ctx, url) {
					case 0:
						return
					case 503:
						once()
					}
				}
			})
		}
		room(t, p, dir, r.Int64N(20_000))
		select {
		case <-full:
		case <-ctx.Done():
			t.Fatal("the disk never became full")
		}
		for _, path := range []string{"/api/v1/training-tasks", "/sim/v1/state", "/metrics", "/openapi.yaml", "/healthz"} {
			if status := status(ctx, url+path); status != 200 && ctx.Err() == nil {
				t.Errorf("GET %s on a full disk: %d", path, status)
			}
		}
		if r.IntN(2) == 0 {
			room(t, p, dir, -1)
			for status(ctx, url+"/readyz") != 200 && ctx.Err() == nil {
				continue
			}
			clients.Wait()
			l.check(t, url)
		}
		_ = p.cmd.Process.Signal(syscall.SIGKILL)
		clients.Wait()
		cancel()
		_, _ = p.end()
	}
	_, url := serve(t, "--data", dir, "--clock", "manual")
	l.check(t, url)
	acknowledged := 0
	for _, status := range l.told {
		switch status {
		case 503:
			refused++
		case 200:
			acknowledged++
		}
	}
	if acknowledged == 0 || refused == 0 {
		t.Errorf("%d creations were acknowledged and %d refused: nothing was tested", acknowledged, refused)
	}
	t.Logf("%d creations: %d acknowledged, %d refused", len(l.told), acknowledged, refused)
}

// status returns the status of a GET request, or 0 without a response.
func status(ctx context.Context, url string) int {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0
	}
	answer, err := oneShot.Do(r)
	if err != nil {
		return 0
	}
	_, _ = io.Copy(io.Discard, answer.Body)
	_ = answer.Body.Close()
	return answer.StatusCode
}

// If a server's folder is removed, the next change is refused and the log says why.
func TestFoldersRemovedUnderServers(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	p, url := serve(t, "--data", dir, "--clock", "manual")
	l := &ledger{told: map[string]int{}}
	if status := l.create(t.Context(), url); status != 200 {
		t.Fatalf("a creation: %d", status)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if status := l.create(t.Context(), url); status != 503 {
			t.Errorf("a creation without the folder: %d", status)
		}
	}
	l.check(t, url)
	if status := status(t.Context(), url+"/readyz"); status != 503 {
		t.Errorf("/readyz: %d", status)
	}
	p.signal(syscall.SIGKILL)
	_, _ = p.end()
	log := p.stderr.String()
	if !strings.Contains(log, "level=ERROR") || !strings.Contains(log, "the state can't be saved") || !strings.Contains(log, dir) {
		t.Errorf("the log says %s", log)
	}
}
