package proc

import (
	"os/signal"
	"syscall"
	"time"
	"unsafe"
)

// ControlsTerminal tells whether a descriptor is this process's controlling terminal.
func ControlsTerminal(fd int) bool {
	_, ok := foreground(fd, syscall.TIOCGPGRP, 0)
	return ok
}

// GiveTerminal makes a process group the terminal's foreground one, so that it may read and gets Ctrl-C. It is done
// from the outside: the group itself, in the background until then, would be stopped for asking.
func GiveTerminal(fd, group int) {
	signal.Ignore(syscall.SIGTTOU)
	foreground(fd, syscall.TIOCSPGRP, int32(group))
	signal.Reset(syscall.SIGTTOU)
	// It may have been stopped for reading before it was allowed to.
	_ = syscall.Kill(-group, syscall.SIGCONT)
}

func foreground(fd int, request uintptr, group int32) (int32, bool) {
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), request, uintptr(unsafe.Pointer(&group)))
	return group, errno == 0
}

// AwaitSize waits until a terminal has a size, at the longest for so long: whoever made it tells the size in a message
// of its own, and a command that asks at once would find none.
func AwaitSize(fd int, longest time.Duration) {
	for end := time.Now().Add(longest); !hasSize(fd) && time.Now().Before(end); {
		time.Sleep(2 * time.Millisecond)
	}
}

func hasSize(fd int) bool {
	var size struct{ rows, columns, width, height uint16 }
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), syscall.TIOCGWINSZ, uintptr(unsafe.Pointer(&size)))
	return errno != 0 || size.columns > 0
}
