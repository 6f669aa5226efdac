package proc

import (
	"os"
	"os/signal"
	"syscall"
)

// Signals hands over SIGCHLD on one channel and everything that is meant for the app on the other. Nothing is
// ignored meanwhile: an ignored signal would stay ignored in the programs that are started.
func Signals() (children, others <-chan os.Signal) {
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGCHLD)
	meant := make(chan os.Signal, 16)
	signal.Notify(meant, forwarded()...)
	// Caught so that a closed log pipe doesn't end us.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	return ended, meant
}

// forwarded are all signals but those that can't be caught, that are about this very process (faults, profiling,
// children, its terminal), or that the Go runtime (URG) and C libraries (32, 33) send to themselves.
func forwarded() []os.Signal {
	own := map[syscall.Signal]bool{
		syscall.SIGKILL: true, syscall.SIGSTOP: true, syscall.SIGCHLD: true, syscall.SIGPIPE: true, syscall.SIGURG: true,
		syscall.SIGPROF: true, syscall.SIGSEGV: true, syscall.SIGBUS: true, syscall.SIGFPE: true, syscall.SIGILL: true,
		syscall.SIGTRAP: true, syscall.SIGABRT: true, syscall.SIGSYS: true, syscall.SIGTSTP: true, syscall.SIGTTIN: true,
		syscall.SIGTTOU: true, 32: true, 33: true,
	}
	var all []os.Signal
	for number := syscall.Signal(1); number <= 64; number++ {
		if !own[number] {
			all = append(all, number)
		}
	}
	return all
}
