//go:build unix

package main

import (
	"syscall"
	"testing"
)

// A server with a data folder is the same cluster after it was killed. Without one, each server is a new cluster.
func TestTheClusterOfARestartedServer(t *testing.T) {
	t.Parallel()
	type cluster struct {
		ID, Name  string
		Ephemeral bool
	}
	ask := func(args ...string) (c cluster) {
		p, url := serve(t, args...)
		if status := call(t, "GET", url+"/api/v1/cluster", "", &c); status != 200 {
			t.Fatalf("status %d", status)
		}
		p.signal(syscall.SIGKILL)
		p.end()
		return c
	}
	kept := []string{"--data", t.TempDir(), "--scenario", "busy"}
	first, again := ask(kept...), ask(kept...)
	if first != again || first.Name != "busy" || first.Ephemeral {
		t.Errorf("with a data folder the cluster is %+v, and %+v after a restart", first, again)
	}
	first, again = ask(), ask()
	if first.ID == again.ID || first.Name != "default" || !first.Ephemeral {
		t.Errorf("without one it is %+v, and %+v after a restart", first, again)
	}
}
