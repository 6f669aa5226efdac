package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// await begins the box's life: it waits to be recorded and put into the box's
// cgroup, makes that group the root of what the box sees, and becomes "run".
// A cgroup namespace belongs to a thread, hence the exec, which leaves one.
func await(configFile string) error {
	runtime.LockOSThread()
	var goAhead [1]byte
	if n, _ := os.Stdin.Read(goAhead[:]); n != 1 {
		return fmt.Errorf("whoever launched the box ended before it was recorded")
	}
	if err := detachInput(); err != nil {
		return err
	}
	if err := syscall.Unshare(cloneNewCgroup); err != nil {
		return fmt.Errorf("make the box's cgroup namespace: %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return syscall.Exec(self, []string{os.Args[0], "run", configFile}, os.Environ())
}

// From linux/sched.h; package syscall does not have it.
const cloneNewCgroup = 0x02000000

// run is the rest of the box's life: it returns only when the box could not
// start.
func run(config *Config) error {
	if err := syscall.Sethostname([]byte(config.Name)); err != nil {
		return err
	}
	if err := writePki(config); err != nil {
		return fmt.Errorf("certificates: %w", err)
	}
	status, err := openStatus(config.StatusFile)
	if err != nil {
		return err
	}
	logs, err := openLogs(config)
	if err != nil {
		return err
	}
	if err := makeRoot(config.Root); err != nil {
		return err
	}
	if output, err := exec.Command("ip", "link", "set", "lo", "up").CombinedOutput(); err != nil {
		return fmt.Errorf("ip link set lo up: %w: %s", err, output)
	}
	if err := waitForNetwork(config.Address); err != nil {
		return err
	}
	return supervise(config.Components, logs, status)
}

func detachInput() error {
	null, err := os.Open(os.DevNull)
	if err != nil {
		return err
	}
	defer null.Close()
	return syscall.Dup3(int(null.Fd()), 0, 0)
}

func openLogs(config *Config) (map[string]*os.File, error) {
	logs := map[string]*os.File{}
	for _, component := range config.Components {
		file := filepath.Join(config.LogDir, component.Name+".log")
		log, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
		if err != nil {
			return nil, err
		}
		logs[component.Name] = log
	}
	return logs, nil
}

// waitForNetwork blocks until the host has given the box its address.
func waitForNetwork(address string) error {
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		addresses, err := net.InterfaceAddrs()
		if err != nil {
			return err
		}
		for _, each := range addresses {
			if found, ok := each.(*net.IPNet); ok && found.IP.String() == address {
				return nil
			}
		}
	}
	return fmt.Errorf("the host did not give the box its address %s within 30 s", address)
}
