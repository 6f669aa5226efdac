package main

import (
	"bytes"
	"fmt"
	"os"
	"syscall"
	"time"
	"unsafe"

	"kdev/restarter/internal/app"
	"kdev/restarter/internal/proc"
)

// Between TERM and KILL for the processes of a stream that was closed.
const runGrace = 2 * time.Second

// How long a terminal may take to get its size; one that never gets any is a terminal, too.
const sizeWait = 500 * time.Millisecond

// run is what `exec` into the container starts. The runtime ends no process when the stream is closed, so this
// does: COMMAND and all its descendants get TERM, and KILL after two seconds. What COMMAND leaves running when it
// ends by itself is left alone, as a shell would. A named one takes HUP for the end of its stream: a lifeline sends it.
func run(argv []string, untilEOF, named bool) int {
	if err := proc.BecomeSubreaper(); err != nil {
		return failed(fmt.Sprintf("could not become a child subreaper: %v", err))
	}
	terminal := proc.ControlsTerminal(0)
	// A terminal's end comes as HUP, and its input is the command's.
	untilEOF = untilEOF && !terminal
	if terminal {
		proc.AwaitSize(0, sizeWait)
	}
	children, signals := proc.Signals()
	child, err := startCommand(argv, terminal, untilEOF)
	if err != nil {
		fmt.Fprintf(os.Stderr, "restarter: %v\n", err)
		if failure, ok := err.(*proc.StartError); ok {
			return failure.ExitCode
		}
		return exitEnvironment
	}
	return follow(child, terminal || named, untilEOF || named, children, signals, streamEnd(untilEOF))
}

func startCommand(argv []string, terminal, untilEOF bool) (int, error) {
	stdin, attr := uintptr(0), &syscall.SysProcAttr{Setsid: true}
	if terminal {
		// A new session would lose the terminal; a foreground group of this one keeps job control and Ctrl-C.
		attr = &syscall.SysProcAttr{Setpgid: true}
	} else if untilEOF {
		null, err := os.Open(os.DevNull)
		if err != nil {
			return 0, err
		}
		defer null.Close()
		stdin = null.Fd()
	}
	pid, err := proc.Start(argv, &syscall.ProcAttr{
		Env:   app.WithoutKdev(os.Environ()),
		Files: []uintptr{stdin, 1, 2},
		Sys:   attr,
	})
	if err == nil && terminal {
		proc.GiveTerminal(0, pid)
	}
	return pid, err
}

// follow waits for the command's end, hands signals to its group, and ends everything once the stream has ended. An
// interruptible command that was interrupted leaves nothing running either.
func follow(child int, endsAtHup, interruptible bool, children, signals <-chan os.Signal, closed <-chan struct{}) int {
	code, leader, interrupted := 0, child, false
	var sweep *proc.Sweep
	timer := time.NewTimer(time.Hour)
	begin := func() {
		if sweep == nil {
			sweep = proc.BeginSweep(time.Now(), runGrace, leader)
		}
	}
	for {
		select {
		case <-children:
		case <-timer.C:
		case signal := <-signals:
			_ = syscall.Kill(-child, signal.(syscall.Signal))
			// How a terminal says that it is gone.
			if endsAtHup && signal == syscall.SIGHUP {
				begin()
			}
			interrupted = interrupted || interruptible && signal == syscall.SIGINT
		case <-closed:
			closed = nil
			begin()
		}
		none := proc.Reap(func(pid int, status syscall.WaitStatus) {
			if pid == child {
				code, leader = proc.ExitCode(status), 0
			}
		})
		if leader == 0 && interrupted && !none {
			begin()
		}
		if leader == 0 && (sweep == nil || none) {
			return code
		}
		if sweep != nil {
			wait, err := sweep.Step(time.Now(), leader)
			if err != nil {
				return failed(err.Error())
			}
			timer.Reset(wait)
		}
	}
}

// streamEnd is closed when nobody reads standard output any more or, with untilEOF, when standard input ends.
// Without untilEOF the input is the command's own.
func streamEnd(untilEOF bool) <-chan struct{} {
	end := make(chan struct{})
	ended := make(chan struct{}, 2)
	go func() {
		awaitHangUp(1, 2)
		ended <- struct{}{}
	}()
	if untilEOF {
		go func() {
			awaitEOF(interruptSelf)
			ended <- struct{}{}
		}()
	}
	go func() {
		<-ended
		close(end)
	}()
	return end
}

// interruptByte is what a terminal makes INT of, too.
const interruptByte = 0x03

// interruptSelf gives the command INT as if this process had got it.
func interruptSelf() { _ = syscall.Kill(os.Getpid(), syscall.SIGINT) }

// awaitEOF reads what comes and forgets it, but for the byte that stands for Ctrl-C.
func awaitEOF(onInterrupt func()) {
	buffer := make([]byte, 4096)
	for {
		n, err := whileInterrupted(func() (int, error) { return syscall.Read(0, buffer) })
		if err != nil || n == 0 {
			return
		}
		if bytes.IndexByte(buffer[:n], interruptByte) >= 0 {
			onInterrupt()
		}
	}
}

// awaitHangUp blocks until the other end of one of the descriptors is gone. For a pipe that nobody reads poll(2)
// says POLLERR, for a socket or terminal POLLHUP; both are told without being asked for.
func awaitHangUp(fds ...int32) {
	type pollFd struct {
		fd              int32
		events, revents int16
	}
	const gone = 0x8 | 0x10
	polled := make([]pollFd, len(fds))
	for i, fd := range fds {
		polled[i].fd = fd
	}
	for {
		_, _, errno := syscall.Syscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&polled[0])), uintptr(len(polled)), 0, 0, 0, 0)
		if errno != 0 && errno != syscall.EINTR {
			return
		}
		for i := range polled {
			if polled[i].revents&gone != 0 {
				return
			}
			if polled[i].revents != 0 {
				// A closed descriptor hangs up nobody; negative ones are skipped.
				polled[i].fd = -1
			}
		}
	}
}
