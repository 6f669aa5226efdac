package main

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
)

// supervise starts the components, each when those it comes after are ready,
// and then reaps whatever ends in the box. A component that ends is recorded
// and not started again: a box that heals itself in silence hides why it
// misbehaves.
func supervise(components []Component, logs map[string]*os.File, status *Status) error {
	ready := map[string]chan struct{}{}
	for _, component := range components {
		ready[component.Name] = make(chan struct{})
	}
	var starting sync.Mutex
	names := map[int]string{}
	start := func(component Component) {
		for _, name := range component.After {
			<-ready[name]
		}
		starting.Lock()
		pid, err := spawn(component, logs[component.Name])
		if err == nil {
			names[pid] = component.Name
		}
		starting.Unlock()
		if err != nil {
			fmt.Fprintf(os.Stderr, "box: could not start %s: %v\n", component.Name, err)
			status.set(component.Name, "failed", err.Error())
			return
		}
		status.set(component.Name, "started", "")
		component.Ready.wait()
		status.set(component.Name, "ready", "")
		close(ready[component.Name])
	}
	for _, component := range components {
		go start(component)
	}
	// Keeps wait4 from having no child at all before the first component runs.
	if _, err := syscall.ForkExec("/bin/sleep", []string{"sleep", "infinity"}, &syscall.ProcAttr{Env: os.Environ()}); err != nil {
		return err
	}
	for {
		var end syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &end, 0, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return fmt.Errorf("wait: %w", err)
		}
		starting.Lock()
		name, known := names[pid]
		delete(names, pid)
		starting.Unlock()
		if known {
			fmt.Fprintf(os.Stderr, "box: %s ended: %s\n", name, describe(end))
			status.set(name, "ended", describe(end))
		}
	}
}

func spawn(component Component, log *os.File) (int, error) {
	fmt.Fprintf(log, "# %s\n", strings.Join(component.Argv, " "))
	null, err := os.Open(os.DevNull)
	if err != nil {
		return 0, err
	}
	defer null.Close()
	return syscall.ForkExec(component.Argv[0], component.Argv, &syscall.ProcAttr{
		Dir:   "/",
		Env:   append(os.Environ(), component.Env...),
		Files: []uintptr{null.Fd(), log.Fd(), log.Fd()},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
}

func describe(end syscall.WaitStatus) string {
	if end.Signaled() {
		return fmt.Sprintf("signal %s", end.Signal())
	}
	return fmt.Sprintf("exit code %d", end.ExitStatus())
}
