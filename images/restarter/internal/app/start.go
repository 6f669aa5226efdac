package app

import (
	"syscall"
	"time"

	"kdev/restarter/internal/proc"
)

func (s *Supervisor) answerAfterStart(waiters []Request, killed int) {
	never := s.exit == nil
	if err := s.start(); err != nil {
		s.startFailed(err, never)
		for _, waiter := range waiters {
			waiter.Answer(Result{Code: codeStartFailed, Message: err.Error(), OldPid: s.oldPid, Killed: killed})
		}
		return
	}
	for _, waiter := range waiters {
		waiter.Answer(Result{
			OldPid:       s.oldPid,
			NewPid:       s.child,
			Killed:       killed,
			Milliseconds: milliseconds(s.startedAt.Sub(waiter.Arrived)),
		})
	}
}

// start runs the app's command in a process group of its own, so that what a terminal or a person sends to the
// restarter's group isn't delivered twice.
func (s *Supervisor) start() error {
	attr := &syscall.ProcAttr{
		Dir:   s.options.Dir,
		Env:   s.options.Env,
		Files: []uintptr{0, 1, 2},
		Sys:   &syscall.SysProcAttr{Setpgid: true},
	}
	pid, err := proc.Start(s.options.Argv, attr)
	if err != nil {
		return err
	}
	if s.terminal {
		proc.GiveTerminal(0, pid)
	}
	s.child, s.startedAt = pid, time.Now()
	s.enter(Running)
	return nil
}

// startFailed: only a container that never ran anything ends because of it, and only under Leave.
func (s *Supervisor) startFailed(err error, never bool) {
	if s.options.OnCrash == Leave && never {
		s.exitCode = proc.ExitNotExecutable
		if failure, ok := err.(*proc.StartError); ok {
			s.exitCode = failure.ExitCode
		}
		s.done = true
	}
	s.enter(Held)
	s.say("could not start %s: %v", s.command(), err)
	if s.options.OnCrash == Restart {
		s.retryLater(time.Now(), 0)
	}
}
