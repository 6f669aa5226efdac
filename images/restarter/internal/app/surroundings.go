package app

import (
	"os"
	"strings"
	"syscall"
)

// WithoutKdev is an environment without the variables that are meant for the restarter.
func WithoutKdev(env []string) []string {
	kept := make([]string, 0, len(env))
	for _, variable := range env {
		if !strings.HasPrefix(variable, "KDEV_") {
			kept = append(kept, variable)
		}
	}
	return kept
}

// WorkingDir is the current directory by name, empty where it has none this process could enter again. By name,
// because a sync may replace the directory: each start of the app then finds the new one.
func WorkingDir() string {
	dir, err := syscall.Getwd()
	if err != nil || !strings.HasPrefix(dir, "/") {
		return ""
	}
	if stat, err := os.Stat(dir); err != nil || !stat.IsDir() {
		return ""
	}
	return dir
}
