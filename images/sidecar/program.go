package main

import (
	"fmt"
	"os"
	"syscall"
)

type program struct {
	name string
	path string
	args []string
}

// start runs the program in a process group of its own, so that its children
// can be stopped with it.
func (p program) start() (int, error) {
	return syscall.ForkExec(p.path, p.args, &syscall.ProcAttr{
		Dir:   "/",
		Env:   os.Environ(),
		Files: []uintptr{0, 1, 2},
		Sys:   &syscall.SysProcAttr{Setpgid: true},
	})
}

func stop(running map[int]program, with syscall.Signal) {
	for pid := range running {
		// ESRCH: it ended meanwhile; reap tells.
		_ = syscall.Kill(-pid, with)
	}
}

type death struct {
	pid    int
	status syscall.WaitStatus
}

func (d death) how() string {
	if d.status.Signaled() {
		return fmt.Sprintf("signal %s", d.status.Signal())
	}
	return fmt.Sprintf("exit code %d", d.status.ExitStatus())
}

// reap waits for every child, also for orphans that become children because
// this is pid 1 where the pod does not share its process namespace.
func reap(deaths chan<- death) {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return
		case status.Exited() || status.Signaled():
			deaths <- death{pid, status}
		}
	}
}
