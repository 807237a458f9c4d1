//go:build !unix

package main

import (
	"os"
	"os/exec"
)

// On systems without process groups, the console passes Ctrl-C to the child.
var forwarded = []os.Signal{}

func ownGroup(*exec.Cmd) func() { return func() {} }

func forward(child *exec.Cmd, s os.Signal) { _ = child.Process.Signal(s) }
