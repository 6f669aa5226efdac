package main

import (
	"os"
	"strconv"
	"strings"
	"syscall"
)

const runID = "--id"

// lifeline ends a run whose own standard input is its command's. The runtime keeps the terminal of an exec open when
// its client has gone, so no HUP comes from there; the end of a plain standard input is told.
func lifeline(id string) int {
	awaitEOF()
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return failed(err.Error())
	}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err == nil && isRun(pid, id) {
			_ = syscall.Kill(pid, syscall.SIGHUP)
		}
	}
	return 0
}

func isRun(pid int, id string) bool {
	// Empty for a process that has ended meanwhile.
	line, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
	args := strings.Split(string(line), "\x00")
	return len(args) > 3 && args[1] == "run" && args[2] == runID && args[3] == id
}
