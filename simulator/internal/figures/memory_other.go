//go:build !linux

package main

import "os"

// peak returns 0. Systems other than Linux use other units or don't report memory.
func peak(*os.ProcessState) int64 { return 0 }
