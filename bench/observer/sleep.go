package main

import (
	"syscall"
	"time"
)

// The time between two looks. A shorter one would take a processor away from what is measured.
const lookEvery = 200 * time.Microsecond

// sharpenSleep makes this thread's sleeps end on time; the kernel's default is 50 µs late.
func sharpenSleep() {
	const setTimerSlack = 29
	syscall.RawSyscall(syscall.SYS_PRCTL, setTimerSlack, 1, 0)
}

// nap sleeps in the kernel, because the runtime rounds short sleeps up to a millisecond.
func nap(duration time.Duration) {
	request := syscall.NsecToTimespec(duration.Nanoseconds())
	for {
		var rest syscall.Timespec
		if syscall.Nanosleep(&request, &rest) != syscall.EINTR {
			return
		}
		request = rest
	}
}

func milliseconds(duration time.Duration) float64 {
	return float64(duration.Nanoseconds()) / 1e6
}
