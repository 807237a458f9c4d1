package main

import (
	"os"
	"syscall"
)

// peak returns the peak memory of an ended process in bytes.
func peak(state *os.ProcessState) int64 {
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	return usage.Maxrss << 10 // Linux reports kibibytes
}
