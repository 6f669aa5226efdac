// Package proc knows what Linux tells about processes and how their ends are collected.
package proc

import (
	"bytes"
	"os"
	"strconv"
)

// Stat is what kdev needs of /proc/<pid>/stat.
type Stat struct {
	Pid, Parent int
	// State is R, S, D, T, Z and so on.
	State byte
	// StartTime is field 22: clock ticks since boot, told as the kernel prints it.
	StartTime string
}

// ReadStat reads the stat file of a process; ok is false when there is none any more.
func ReadStat(pid string) (stat Stat, ok bool) {
	text, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return Stat{}, false
	}
	return ParseStat(text)
}

// ParseStat reads one stat line. A process chooses its own name, so it may hold spaces and parentheses: the fields
// that count begin after the last one.
func ParseStat(line []byte) (stat Stat, ok bool) {
	open, shut := bytes.IndexByte(line, '('), bytes.LastIndexByte(line, ')')
	if open < 0 || shut < open {
		return Stat{}, false
	}
	pid, err := strconv.Atoi(string(bytes.TrimSpace(line[:open])))
	fields := bytes.Fields(line[shut+1:])
	// Field 3 of proc(5) is the first of these.
	const state, parent, startTime = 3 - 3, 4 - 3, 22 - 3
	if err != nil || len(fields) <= startTime {
		return Stat{}, false
	}
	ppid, err := strconv.Atoi(string(fields[parent]))
	if err != nil {
		return Stat{}, false
	}
	return Stat{Pid: pid, Parent: ppid, State: fields[state][0], StartTime: string(fields[startTime])}, true
}
