package proc

import "syscall"

// Also collects children that were cloned with another signal than SIGCHLD; the package syscall doesn't name it.
const waitAll = 0x40000000

// Reap collects every child that ended and hands each to ended. It never blocks. None is true when the process
// has no child at all, which for a subreaper means that no descendant exists, wherever its session or group is.
func Reap(ended func(pid int, status syscall.WaitStatus)) (none bool) {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, syscall.WNOHANG|waitAll, nil)
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return true
		case pid == 0:
			return false
		default:
			ended(pid, status)
		}
	}
}

// BecomeSubreaper makes orphaned descendants children of this process instead of the pid namespace's first one.
func BecomeSubreaper() error {
	const setChildSubreaper = 36
	_, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, setChildSubreaper, 1, 0)
	if errno != 0 {
		return errno
	}
	return nil
}
