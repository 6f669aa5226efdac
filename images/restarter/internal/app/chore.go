package app

import (
	"os"
	"syscall"
	"time"

	"kdev/restarter/internal/proc"
)

// Chore asks for a command to be run in the container beside the app, such as an install of dependencies. Output gets
// its lines and must not block; Answer is called once, unless the process exits before.
type Chore struct {
	Argv    []string
	Timeout time.Duration
	Output  func(line string)
	Answer  func(ChoreResult)
}

// ChoreResult answers one chore; Code is empty when the command ran to an end, whatever its exit code.
type ChoreResult struct {
	Code, Message string
	ExitCode      int
	TimedOut      bool
	// Tail is what it printed last.
	Tail         []string
	Milliseconds float64
}

// runningChore is the one chore of the moment. Opens, restarts and the end of what a crashed app left behind wait for
// it, because they end every descendant.
type runningChore struct {
	Chore
	pid       int
	startedAt time.Time
	timedOut  bool
	printed   *printed
}

// The chore runs under `restarter run`, which ends its descendants with it and takes HUP for the end of its stream.
var choreWrapper = []string{"/proc/self/exe", "run", "--id", "chore", "--"}

// advance starts what waited for the end of something else.
func (s *Supervisor) advance(now time.Time) {
	if s.leaving {
		s.refuseChores()
		return
	}
	for s.chore == nil && s.sweep == nil {
		switch {
		case s.sweepDue:
			s.sweepDue = false
			s.sweepLeftovers(now)
		case len(s.chores) > 0:
			next := s.chores[0]
			s.chores = s.chores[1:]
			s.startChore(next)
		case len(s.deferred) > 0:
			next := s.deferred[0]
			s.deferred = s.deferred[1:]
			s.handle(next)
		default:
			return
		}
	}
}

func (s *Supervisor) startChore(chore Chore) {
	refuse := func(err error) {
		chore.Answer(ChoreResult{Code: codeStartFailed, Message: err.Error()})
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		refuse(err)
		return
	}
	defer null.Close()
	reader, writer, err := os.Pipe()
	if err != nil {
		refuse(err)
		return
	}
	defer writer.Close()
	pid, err := proc.Start(append(append([]string(nil), choreWrapper...), chore.Argv...), &syscall.ProcAttr{
		Dir:   s.options.Dir,
		Env:   s.options.Env,
		Files: []uintptr{null.Fd(), writer.Fd(), writer.Fd()},
		Sys:   &syscall.SysProcAttr{Setpgid: true},
	})
	if err != nil {
		reader.Close()
		refuse(err)
		return
	}
	s.chore = &runningChore{Chore: chore, pid: pid, startedAt: time.Now(), printed: collect(reader, chore.Output)}
	s.choreTimer.Reset(chore.Timeout)
}

func (s *Supervisor) choreLate() {
	if s.chore != nil {
		s.chore.timedOut = true
		_ = syscall.Kill(s.chore.pid, syscall.SIGHUP)
	}
}

func (s *Supervisor) choreEnded(status syscall.WaitStatus, now time.Time) {
	chore := s.chore
	s.chore = nil
	s.choreTimer.Stop()
	result := ChoreResult{
		ExitCode:     proc.ExitCode(status),
		TimedOut:     chore.timedOut,
		Milliseconds: milliseconds(now.Sub(chore.startedAt)),
	}
	// Something that the chore left in the background may hold the pipe open; its last words are not waited for.
	go func() {
		result.Tail = chore.printed.end()
		chore.Answer(result)
	}()
}

func (s *Supervisor) refuseChores() {
	for _, chore := range s.chores {
		chore.Answer(ChoreResult{Code: codeStopping, Message: "the container is being stopped"})
	}
	for _, request := range s.deferred {
		request.Answer(Result{Code: codeStopping, Message: "the container is being stopped"})
	}
	s.chores, s.deferred = nil, nil
}
