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

// ownGroup puts the child into its own process group, in the foreground if there is a terminal. Without that, Ctrl-C
// would reach the child twice: from the terminal and forwarded. Terraform gives up its state at the second interrupt.
// The function returned takes the terminal back.
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
		signal.Ignore(syscall.SIGTTOU) // sent to a background process that changes the terminal's foreground group; it would stop us
		_ = unix.IoctlSetPointerInt(fd, unix.TIOCSPGRP, own)
	}
}

// forward sends a signal as a terminal would. Interrupt, hang-up and quit go to the child's whole group, because a shell
// doesn't pass them on to its commands. Other signals go to the child only.
func forward(child *exec.Cmd, s os.Signal) {
	pid := child.Process.Pid
	if s == os.Interrupt || s == syscall.SIGHUP || s == syscall.SIGQUIT {
		pid = -pid
	}
	_ = syscall.Kill(pid, s.(syscall.Signal))
}
