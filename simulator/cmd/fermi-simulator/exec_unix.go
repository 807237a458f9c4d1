//go:build unix

package main

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

var forwarded = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2}

// ownGroup puts the child into a process group of its own, in the terminal's foreground where there is one. Otherwise
// Ctrl-C would reach the child twice, from the terminal and forwarded, and a second interrupt makes Terraform give up
// its state. The function returned takes the terminal back.
func ownGroup(child *exec.Cmd) func() {
	child.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	fd := int(os.Stdin.Fd())
	if !term.IsTerminal(fd) {
		return func() {}
	}
	own := unix.Getpgrp()
	if foreground, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP); err != nil || foreground != own {
		return func() {}
	}
	child.SysProcAttr.Foreground = true
	child.SysProcAttr.Ctty = fd
	return func() {
		signal.Ignore(syscall.SIGTTOU) // a background process that takes the terminal is stopped by this signal
		_ = unix.IoctlSetPointerInt(fd, unix.TIOCSPGRP, own)
	}
}

// forward passes a signal on as a terminal would: an interrupt, a hang-up and a quit go to the child's whole group, for a
// shell does not hand them on to what it runs; anything else goes to the child alone.
func forward(child *exec.Cmd, s os.Signal) {
	pid := child.Process.Pid
	if s == os.Interrupt || s == syscall.SIGHUP || s == syscall.SIGQUIT {
		pid = -pid
	}
	_ = syscall.Kill(pid, s.(syscall.Signal))
}
