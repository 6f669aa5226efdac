package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// containersDir is where runc keeps the state of the containers that run
// build steps.
var containersDir = filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "runc")

// endOrphans does, until ctx ends, what a pid namespace would do for build
// steps, which have none in an unprivileged pod: when a step's first process
// has ended, or was killed because the build was cancelled, the others end.
// Without it BuildKit waits for them as long as they hold the step's output.
func endOrphans(ctx context.Context, containersDir string) {
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			killOrphans(containersDir)
		}
	}
}

func killOrphans(containersDir string) {
	states, _ := filepath.Glob(filepath.Join(containersDir, "*", "state.json"))
	for _, file := range states {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		var state struct {
			ID    string `json:"id"`
			Pid   int    `json:"init_process_pid"`
			Start uint64 `json:"init_process_start"`
		}
		if json.Unmarshal(text, &state) != nil || state.ID == "" || state.Pid == 0 {
			continue
		}
		processes := listProcesses()
		first, alive := processes[state.Pid]
		if alive && first.start == state.Start && first.state != "Z" {
			continue
		}
		for _, pid := range stepProcesses(processes, state.ID) {
			// Allowed also for the users of the step: this user made their user namespace.
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

type process struct {
	parent int
	state  string
	start  uint64
}

// stepProcesses lists the descendants of the `runc run` that runs container
// id. It is a subreaper, so none of them gets away from it.
func stepProcesses(processes map[int]process, id string) []int {
	var found []int
	inside := map[int]bool{}
	for pid := range processes {
		if runsContainer(pid, id) {
			inside[pid] = true
		}
	}
	if len(inside) == 0 {
		return nil
	}
	for grown := true; grown; {
		grown = false
		for pid, each := range processes {
			if inside[each.parent] && !inside[pid] {
				inside[pid] = true
				found = append(found, pid)
				grown = true
			}
		}
	}
	return found
}

func runsContainer(pid int, id string) bool {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
	if err != nil {
		return false
	}
	args := strings.Split(strings.TrimRight(string(text), "\x00"), "\x00")
	return len(args) > 1 && filepath.Base(args[0]) == "runc" && args[len(args)-1] == id
}

func listProcesses() map[int]process {
	processes := map[int]process{}
	names, _ := os.ReadDir("/proc")
	for _, name := range names {
		pid, err := strconv.Atoi(name.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile(filepath.Join("/proc", name.Name(), "stat"))
		if err != nil {
			continue
		}
		// The command in parentheses may hold anything; the fields after it do not.
		fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
		if len(fields) < 20 {
			continue
		}
		parent, _ := strconv.Atoi(fields[1])
		start, _ := strconv.ParseUint(fields[19], 10, 64)
		processes[pid] = process{parent, fields[0], start}
	}
	return processes
}
