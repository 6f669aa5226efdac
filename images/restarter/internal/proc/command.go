package proc

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// What a shell exits with when a command isn't there or may not be executed.
const (
	ExitNotFound      = 127
	ExitNotExecutable = 126
)

// StartError says in one sentence why a command could not be started.
type StartError struct {
	message string
	// ExitCode is what a shell would exit with.
	ExitCode int
}

func (e *StartError) Error() string { return e.message }

// Where a program is searched when the environment has no PATH, as execvp(3) and the runtimes do.
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Start runs argv as a child with this process's standard streams.
func Start(argv []string, attr *syscall.ProcAttr) (pid int, err error) {
	if attr.Dir != "" {
		if stat, err := os.Stat(attr.Dir); err != nil || !stat.IsDir() {
			return 0, &StartError{fmt.Sprintf("the working directory %s is gone", attr.Dir), ExitNotFound}
		}
	}
	file, err := lookUp(argv[0], attr.Env)
	if err != nil {
		return 0, err
	}
	pid, err = syscall.ForkExec(file, argv, attr)
	if err != nil {
		return 0, explain(file, err)
	}
	return pid, nil
}

// lookUp finds a command as execvp(3) does: a name with a slash is a path already.
func lookUp(name string, env []string) (string, error) {
	if strings.Contains(name, "/") {
		return name, nil
	}
	path := defaultPath
	for _, variable := range env {
		if value, found := strings.CutPrefix(variable, "PATH="); found {
			path = value
		}
	}
	var blocked string
	for dir := range strings.SplitSeq(path, ":") {
		if dir == "" {
			dir = "."
		}
		file := dir + "/" + name
		stat, err := os.Stat(file)
		if err != nil || stat.IsDir() {
			continue
		}
		const executable = 1
		if syscall.Access(file, executable) == nil {
			return file, nil
		}
		blocked = file
	}
	if blocked != "" {
		return "", explain(blocked, syscall.EACCES)
	}
	return "", &StartError{fmt.Sprintf("there is no %q in PATH (%s)", name, path), ExitNotFound}
}

func explain(file string, err error) *StartError {
	stat, statErr := os.Stat(file)
	switch {
	case errors.Is(err, syscall.ENOENT) && statErr == nil:
		return &StartError{fmt.Sprintf("the interpreter or loader that %s names does not exist", file), ExitNotFound}
	case errors.Is(err, syscall.ENOENT), errors.Is(err, syscall.ENOTDIR):
		return &StartError{fmt.Sprintf("there is no file %s", file), ExitNotFound}
	case errors.Is(err, syscall.EACCES) && statErr == nil:
		return &StartError{fmt.Sprintf("uid %d may not execute %s (%v)", os.Geteuid(), file, stat.Mode()), ExitNotExecutable}
	case errors.Is(err, syscall.ENOEXEC):
		return &StartError{fmt.Sprintf("%s is no program of this machine's kind and has no #! line", file), ExitNotExecutable}
	default:
		return &StartError{fmt.Sprintf("could not execute %s: %v", file, err), ExitNotExecutable}
	}
}
