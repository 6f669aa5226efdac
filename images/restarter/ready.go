package main

import "syscall"

// ready is a probe's command: the answer is the exit code.
func ready(file string) int {
	var stat syscall.Stat_t
	if syscall.Stat(file, &stat) != nil {
		return exitNo
	}
	return exitDone
}
