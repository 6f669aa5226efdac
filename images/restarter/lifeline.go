package main

import (
	"os"
	"strconv"
	"strings"
	"syscall"
)

const runID = "--id"

// lifeline ends a run whose own standard input is its command's, and hands a Ctrl-C on to it. The runtime keeps the
// terminal of an exec open when its client has gone, so no HUP comes from there; the end of a plain standard input is
// told.
func lifeline(id string) int {
	awaitEOF(func() { _ = signalRun(id, syscall.SIGINT) })
	if err := signalRun(id, syscall.SIGHUP); err != nil {
		return failed(err.Error())
	}
	return 0
}

func signalRun(id string, signal syscall.Signal) error {
	entries, err := os.ReadDir("/proc")
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err == nil && isRun(pid, id) {
			_ = syscall.Kill(pid, signal)
		}
	}
	return err
}

func isRun(pid int, id string) bool {
	// Empty for a process that has ended meanwhile.
	line, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
	args := strings.Split(string(line), "\x00")
	return len(args) > 3 && args[1] == "run" && args[2] == runID && args[3] == id
}
