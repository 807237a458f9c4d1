//go:build !unix

package main

import (
	"os"
	"os/exec"
)

// Where there are no process groups, the console itself passes Ctrl-C on to the child.
var forwarded = []os.Signal{}

func ownGroup(*exec.Cmd) func() { return func() {} }

func forward(child *exec.Cmd, s os.Signal) { _ = child.Process.Signal(s) }
