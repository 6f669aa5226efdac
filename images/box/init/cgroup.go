package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

const cgroupRoot = "/sys/fs/cgroup"

const cgroup2Magic = 0x63677270

// isUnified says whether all controllers are in one hierarchy, version 2.
func isUnified() (bool, error) {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(cgroupRoot, &fs); err != nil {
		return false, err
	}
	return fs.Type == cgroup2Magic, nil
}

// joinCgroups makes the box's group in every hierarchy of the host and moves
// the process into it. All that the box ever groups is below.
func joinCgroups(name string, pid int) error {
	unified, err := isUnified()
	if err != nil {
		return err
	}
	if unified {
		if err := handOn(cgroupRoot); err != nil {
			return err
		}
		return joinHierarchy(cgroupRoot, name, pid)
	}
	hierarchies, err := os.ReadDir(cgroupRoot)
	if err != nil {
		return err
	}
	for _, hierarchy := range hierarchies {
		// Links such as cpu -> cpu,cpuacct lead to a hierarchy that is listed itself.
		if !hierarchy.IsDir() {
			continue
		}
		if err := joinHierarchy(filepath.Join(cgroupRoot, hierarchy.Name()), name, pid); err != nil {
			return err
		}
	}
	return nil
}

func joinHierarchy(hierarchy, name string, pid int) error {
	group := filepath.Join(hierarchy, name)
	if err := os.Mkdir(group, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	if err := inheritCpuset(hierarchy, group); err != nil {
		return err
	}
	return enter(group, pid)
}

// inheritCpuset fills what a new cpuset of version 1 lacks: it starts empty,
// and no process may join one without processors and memory nodes. See
// cpuset(7).
func inheritCpuset(parent, group string) error {
	for _, file := range []string{"cpuset.cpus", "cpuset.mems"} {
		value, err := os.ReadFile(filepath.Join(parent, file))
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(group, file), value, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func enter(group string, pid int) error {
	if err := os.WriteFile(filepath.Join(group, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0o644); err != nil {
		return fmt.Errorf("could not put the box into its cgroup %s: %w", group, err)
	}
	return nil
}

// handOn lets the children of a group of version 2 have its controllers.
func handOn(group string) error {
	controllers, err := os.ReadFile(filepath.Join(group, "cgroup.controllers"))
	if err != nil {
		return err
	}
	for _, controller := range strings.Fields(string(controllers)) {
		// One that may not be handed on (cpu beside realtime tasks) is left out.
		_ = os.WriteFile(filepath.Join(group, "cgroup.subtree_control"), []byte("+"+controller), 0o644)
	}
	return nil
}

// mountCgroups shows the box its own groups, as the root of every hierarchy:
// this runs in the box's cgroup namespace.
func mountCgroups(target string) error {
	unified, err := isUnified()
	if err != nil {
		return err
	}
	if unified {
		return mountUnified(target)
	}
	if err := mountFresh("tmpfs", target, "tmpfs", syscall.MS_NOSUID|syscall.MS_NODEV|syscall.MS_NOEXEC, "mode=755"); err != nil {
		return err
	}
	memberships, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return err
	}
	for _, line := range strings.Split(strings.TrimSpace(string(memberships)), "\n") {
		// Lines are ID:CONTROLLERS:PATH; version 2 has no controllers named and is not needed beside version 1.
		controllers := strings.SplitN(line, ":", 3)[1]
		if controllers == "" {
			continue
		}
		if err := mountHierarchy(target, controllers); err != nil {
			return err
		}
	}
	return nil
}

func mountHierarchy(target, controllers string) error {
	folder, options := controllers, controllers
	if name, named := strings.CutPrefix(controllers, "name="); named {
		folder, options = name, "none,"+controllers
	}
	if err := mountFresh("cgroup", filepath.Join(target, folder), "cgroup", syscall.MS_NOSUID|syscall.MS_NODEV|syscall.MS_NOEXEC, options); err != nil {
		return err
	}
	if !strings.Contains(folder, ",") {
		return nil
	}
	for _, controller := range strings.Split(folder, ",") {
		if err := os.Symlink(folder, filepath.Join(target, controller)); err != nil {
			return err
		}
	}
	return nil
}

// mountUnified also moves this process into a leaf: in version 2, a group that
// hands controllers on may hold no process itself.
func mountUnified(target string) error {
	if err := mountFresh("cgroup2", target, "cgroup2", syscall.MS_NOSUID|syscall.MS_NODEV|syscall.MS_NOEXEC, ""); err != nil {
		return err
	}
	leaf := filepath.Join(target, "init")
	if err := os.Mkdir(leaf, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	if err := enter(leaf, os.Getpid()); err != nil {
		return err
	}
	return handOn(target)
}
