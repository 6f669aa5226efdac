package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// launch starts "await" as the first process of new namespaces. It does
// nothing before it reads one byte from its standard input, and that byte is
// sent only after its process id is on disk: a launcher that is killed
// half-way leaves no box that nobody knows of.
func launch(config *Config, configFile string) error {
	if err := dieWithParent(); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(config.LogDir, 0o755); err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(config.LogDir, "init.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	goAhead, gate, err := os.Pipe()
	if err != nil {
		return err
	}
	child, err := os.StartProcess(self, []string{"kdev-box-" + config.Name, "await", configFile}, &os.ProcAttr{
		Dir:   "/",
		Env:   []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "HOME=/root"},
		Files: []*os.File{goAhead, log, log},
		Sys: &syscall.SysProcAttr{
			Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWNET | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC,
			Setsid:     true,
		},
	})
	if err != nil {
		return fmt.Errorf("could not make the box's namespaces: %w", err)
	}
	goAhead.Close()
	if err := admit(config, child.Pid); err != nil {
		child.Kill()
		child.Wait()
		return err
	}
	if _, err := gate.Write([]byte{1}); err != nil {
		return fmt.Errorf("the box's first process ended at once; see %s", log.Name())
	}
	fmt.Println(child.Pid)
	return child.Release()
}

// dieWithParent has the kernel kill this launcher when kdev is killed, so that
// it does not write into the folder of a box that is being removed. The box's
// first process does not inherit this. See PR_SET_PDEATHSIG in prctl(2).
func dieWithParent() error {
	runtime.LockOSThread()
	if _, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_PDEATHSIG, uintptr(syscall.SIGKILL), 0); errno != 0 {
		return fmt.Errorf("prctl: %w", errno)
	}
	return nil
}

func admit(config *Config, pid int) error {
	start, err := startTime(pid)
	if err != nil {
		return err
	}
	if err := writeWhole(config.PidFile, fmt.Sprintf("%d %s\n", pid, start), 0o644); err != nil {
		return err
	}
	return joinCgroups(config.Cgroup, pid)
}

// startTime is field 22 of /proc/PID/stat: with the process id, it names a
// process for as long as the machine runs. See proc(5).
func startTime(pid int) (string, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", err
	}
	afterName := string(stat[strings.LastIndexByte(string(stat), ')')+2:])
	return strings.Fields(afterName)[19], nil
}

// writeWhole replaces a file by rename, so that no reader sees half of it.
func writeWhole(file, text string, mode os.FileMode) error {
	partial := file + ".partial"
	if err := os.WriteFile(partial, []byte(text), mode); err != nil {
		return err
	}
	return os.Rename(partial, file)
}
