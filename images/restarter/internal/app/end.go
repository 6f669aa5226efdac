package app

import (
	"fmt"
	"syscall"
	"time"

	"kdev/restarter/internal/proc"
)

// endedByItself: the kernel ends a container when its first process does, so what the app left behind gets no
// grace either.
func (s *Supervisor) endedByItself(now time.Time) {
	if !s.leaving {
		s.enter(Held)
		s.sayEnded(now)
	}
	if s.chore != nil && !s.leaving {
		s.sweepDue = true
		return
	}
	s.sweepLeftovers(now)
}

func (s *Supervisor) sweepLeftovers(now time.Time) {
	s.sweep = proc.BeginSweep(now, 0, 0)
	s.oldPid = 0
	s.step(now)
}

func (s *Supervisor) sayEnded(now time.Time) {
	how := ""
	if s.exit.Signal != nil {
		how = "was ended by " + *s.exit.Signal
	} else {
		how = fmt.Sprintf("ended with code %d", *s.exit.Code)
	}
	next := "the container is kept and the next save starts it again"
	switch s.options.OnCrash {
	case Restart:
		next = "it is started again"
	case Leave:
		next = "the container ends"
	}
	s.say("%s %s after %.1f s; %s", s.command(), how, now.Sub(s.startedAt).Seconds(), next)
}

func (s *Supervisor) retryLater(now time.Time, life time.Duration) {
	wait := s.backoff.next(life)
	s.retryAt = now.Add(wait)
	s.timer.Reset(wait)
}

func (s *Supervisor) startAgain() {
	if err := s.start(); err != nil {
		s.startFailed(err, false)
	}
}

// signalled handles what was sent to the container: signals go to the app, and a stop ends the container with it.
func (s *Supervisor) signalled(signal syscall.Signal, now time.Time) {
	if s.child != 0 {
		_ = syscall.Kill(s.child, signal)
	}
	if !s.stops(signal) || s.leaving {
		return
	}
	s.leaving = true
	waiters := s.waiters
	s.waiters = nil
	s.retryAt = time.Time{}
	if s.child != 0 {
		// The app's own way of stopping has kubelet's grace period, not that of a restart.
		s.sweep = nil
	} else {
		s.exitCode = 128 + int(signal)
		s.done = s.sweep == nil
	}
	s.enter(Stopping)
	for _, waiter := range waiters {
		waiter.Answer(Result{Code: codeStopping, Message: "the container is being stopped"})
	}
}

// stops tells the signals that images name as STOPSIGNAL: TERM, INT, QUIT, systemd's RTMIN+3, and Apache's WINCH,
// which is a resize where there is a terminal.
func (s *Supervisor) stops(signal syscall.Signal) bool {
	const haltSystem = 37
	switch signal {
	case syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT, haltSystem:
		return true
	case syscall.SIGWINCH:
		return !s.terminal
	}
	return false
}
