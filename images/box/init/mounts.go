package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// makeRoot puts the box's root file system together and makes it this
// process's root. Nothing of it reaches the host: the mount namespace is the
// box's own and everything in it is private.
func makeRoot(root RootConfig) error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make / private: %w", err)
	}
	layers := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", root.Lower, root.Upper, root.Work)
	if err := syscall.Mount("overlay", root.Merged, "overlay", 0, layers); err != nil {
		return fmt.Errorf("mount the box's root (%s): %w", layers, err)
	}
	in := func(path string) string { return filepath.Join(root.Merged, path) }
	steps := []func() error{
		func() error {
			return mountFresh("proc", in("/proc"), "proc", syscall.MS_NOSUID|syscall.MS_NODEV|syscall.MS_NOEXEC, "")
		},
		// A sysfs of its own shows the box's network devices, not the host's.
		func() error {
			return mountFresh("sysfs", in("/sys"), "sysfs", syscall.MS_NOSUID|syscall.MS_NODEV|syscall.MS_NOEXEC, "")
		},
		func() error { return mountCgroups(in(cgroupRoot)) },
		func() error { return bind("/dev", in("/dev"), false) },
		func() error {
			return mountFresh("tmpfs", in("/dev/shm"), "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV, "mode=1777")
		},
		func() error {
			return mountFresh("tmpfs", in("/run"), "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV, "mode=755")
		},
		func() error {
			return mountFresh("tmpfs", in("/tmp"), "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV, "mode=1777")
		},
		func() error { return coverSysctls(root.Merged) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	binds := root.Binds
	if _, err := os.Stat("/lib/modules"); err == nil {
		binds = append(binds, Bind{From: "/lib/modules", To: "/lib/modules", ReadOnly: true})
	}
	for _, each := range binds {
		if err := bind(each.From, in(each.To), each.ReadOnly); err != nil {
			return err
		}
	}
	return enterRoot(root.Merged)
}

// The kubelet insists on these, and they are the whole machine's: it finds
// what it wants in files of the box instead. They live on the box's /run.
var kubeletSysctls = map[string]string{
	"kernel/keys/root_maxbytes": "25000000",
	"kernel/keys/root_maxkeys":  "1000000",
	"kernel/panic":              "10",
	"kernel/panic_on_oops":      "1",
	"vm/overcommit_memory":      "1",
	"vm/panic_on_oom":           "0",
}

func coverSysctls(merged string) error {
	for name, value := range kubeletSysctls {
		file := filepath.Join(merged, "run/sysctl", name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(value+"\n"), 0o644); err != nil {
			return err
		}
		if err := syscall.Mount(file, filepath.Join(merged, "proc/sys", name), "", syscall.MS_BIND, ""); err != nil {
			return fmt.Errorf("cover the sysctl %s: %w", name, err)
		}
	}
	return nil
}

func enterRoot(merged string) error {
	if err := os.Chdir(merged); err != nil {
		return err
	}
	// With both at ".", the old root lands on top of the new one, and the
	// unmount takes it off again. See pivot_root(2), "pivot_root(".", ".")".
	if err := syscall.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("pivot_root: %w", err)
	}
	if err := syscall.Unmount(".", syscall.MNT_DETACH); err != nil {
		return fmt.Errorf("let go of the host's root: %w", err)
	}
	if err := os.Chdir("/"); err != nil {
		return err
	}
	// Pods mount with propagation; it must end at the box.
	return syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_SHARED, "")
}

func mountFresh(source, target, kind string, flags uintptr, data string) error {
	if err := os.MkdirAll(target, 0o755); err != nil {
		return err
	}
	if err := syscall.Mount(source, target, kind, flags, data); err != nil {
		return fmt.Errorf("mount %s on %s: %w", kind, target, err)
	}
	return nil
}

func bind(from, to string, readOnly bool) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	if err := syscall.Mount(from, to, "", syscall.MS_BIND|syscall.MS_REC, ""); err != nil {
		return fmt.Errorf("bind %s to %s: %w", from, to, err)
	}
	if !readOnly {
		return nil
	}
	if err := syscall.Mount("", to, "", syscall.MS_REMOUNT|syscall.MS_BIND|syscall.MS_RDONLY, ""); err != nil {
		return fmt.Errorf("make %s read-only: %w", to, err)
	}
	return nil
}
