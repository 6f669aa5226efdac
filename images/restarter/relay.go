package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"kdev/restarter/internal/unixsocket"
)

const (
	relayBuffer = 256 << 10
	// The agent may still be starting when the first session is let in.
	relayPatience = 5 * time.Second
	relayPause    = 5 * time.Millisecond
)

// relay joins standard input and output with a unix socket, byte for byte. The end of the input is handed on as the
// end of that direction only; the relay ends when the socket has nothing more to say.
func relay(path string) int {
	// A reader that has gone shows as EPIPE instead of ending this process by a signal.
	signal.Ignore(syscall.SIGPIPE)
	fd, err := dialPatiently(path)
	if err != nil {
		return failed(fmt.Sprintf("could not connect to %s: %v", path, err))
	}
	go func() {
		_ = pump(0, fd)
		_ = syscall.Shutdown(fd, syscall.SHUT_WR)
	}()
	if err := pump(fd, 1); err != nil {
		return failed(fmt.Sprintf("the relay to %s broke: %v", path, err))
	}
	return exitDone
}

func dialPatiently(path string) (fd int, err error) {
	for deadline := time.Now().Add(relayPatience); ; time.Sleep(relayPause) {
		fd, err = unixsocket.Dial(path)
		// A path that can't name a socket never will.
		if err == nil || err == syscall.EINVAL || time.Now().After(deadline) {
			return fd, err
		}
	}
}

// pump copies until the end of from; each read is handed on at once. Blocking calls, no poller: a message passes
// with one read and one write.
func pump(from, to int) error {
	buffer := make([]byte, relayBuffer)
	for {
		n, err := whileInterrupted(func() (int, error) { return syscall.Read(from, buffer) })
		if err != nil {
			return os.NewSyscallError("read", err)
		}
		if n == 0 {
			return nil
		}
		for chunk := buffer[:n]; len(chunk) > 0; {
			written, err := whileInterrupted(func() (int, error) { return syscall.Write(to, chunk) })
			if err != nil {
				return os.NewSyscallError("write", err)
			}
			chunk = chunk[written:]
		}
	}
}

func whileInterrupted(call func() (int, error)) (int, error) {
	for {
		if n, err := call(); err != syscall.EINTR {
			return n, err
		}
	}
}
