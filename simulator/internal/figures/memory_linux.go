package main

import (
	"os"
	"syscall"
)

// peak returns the most memory that an ended process held at one time, in bytes.
func peak(state *os.ProcessState) int64 {
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return usage.Maxrss << 10 // Linux counts in kibibytes
}
