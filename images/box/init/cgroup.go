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

// joinCgroups makes the box's group below every controller and moves the
// process into its "init" leaf. Pods get a sibling leaf: in the unified
// hierarchy a group with controllers for its children may hold no process.
func joinCgroups(name string, pid int) error {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(cgroupRoot, &fs); err != nil {
		return err
	}
	if fs.Type == cgroup2Magic {
		return joinUnified(filepath.Join(cgroupRoot, name), pid)
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
	parent := hierarchy
	for _, part := range []string{name, "init"} {
		group := filepath.Join(parent, part)
		if err := os.Mkdir(group, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
		if err := inheritCpuset(parent, group); err != nil {
			return err
		}
		parent = group
	}
	pods := filepath.Join(hierarchy, name, "pods")
	if err := os.Mkdir(pods, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	if err := inheritCpuset(filepath.Join(hierarchy, name), pods); err != nil {
		return err
	}
	return enter(parent, pid)
}

// inheritCpuset fills what a new cpuset lacks: it starts empty, and no
// process may join one without processors and memory nodes. See cpuset(7).
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

func joinUnified(group string, pid int) error {
	for _, leaf := range []string{"init", "pods"} {
		if err := os.MkdirAll(filepath.Join(group, leaf), 0o755); err != nil {
			return err
		}
	}
	controllers, err := os.ReadFile(filepath.Join(cgroupRoot, "cgroup.controllers"))
	if err != nil {
		return err
	}
	for _, parent := range []string{cgroupRoot, group, filepath.Join(group, "pods")} {
		for _, controller := range strings.Fields(string(controllers)) {
			// One that a parent may not hand on (cpu with realtime tasks) is left out.
			_ = os.WriteFile(filepath.Join(parent, "cgroup.subtree_control"), []byte("+"+controller), 0o644)
		}
	}
	return enter(filepath.Join(group, "init"), pid)
}

func enter(group string, pid int) error {
	if err := os.WriteFile(filepath.Join(group, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0o644); err != nil {
		return fmt.Errorf("could not put the box into its cgroup %s: %w", group, err)
	}
	return nil
}
