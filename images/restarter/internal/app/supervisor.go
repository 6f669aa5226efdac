package app

import (
	"fmt"
	"io"
	"strings"
	"syscall"
	"time"

	"kdev/restarter/internal/proc"
)

// Options of one container's life.
type Options struct {
	Argv []string
	// Env of the app. Dir is where it starts; empty means where this process is.
	Env     []string
	Dir     string
	OnCrash OnCrash
	// Log gets single lines for people.
	Log io.Writer
	// Changed is told every new report, before the answer to the request that caused it. It must not block.
	Changed func(Report)
}

// Supervisor is a state machine that one goroutine runs; nothing in it is shared. The flow of a restart:
// handle → sweep (TERM) → SIGCHLD → step: reap, no descendant left → swept → start → answer.
type Supervisor struct {
	options  Options
	terminal bool

	state    State
	gateOpen bool
	// child is the app's first process, 0 while there is none.
	child     int
	startedAt time.Time
	exit      *Exit
	exitCode  int

	// sweep is set while the app's processes are being ended; oldPid and waiters are about what comes after it.
	sweep   *proc.Sweep
	oldPid  int
	waiters []Request

	// leaving is set once the container has been told to stop.
	leaving bool
	done    bool
	backoff backoff
	retryAt time.Time
	timer   *time.Timer

	// chores run one at a time, and never while processes are being ended. deferred requests wait for them; sweepDue
	// is set when a crashed app's leftovers do.
	chore      *runningChore
	chores     []Chore
	choreTimer *time.Timer
	deferred   []Request
	sweepDue   bool
}

// New makes a supervisor whose gate is shut.
func New(options Options) *Supervisor {
	return &Supervisor{
		options:    options,
		state:      Waiting,
		timer:      stoppedTimer(),
		choreTimer: stoppedTimer(),
		terminal:   proc.ControlsTerminal(0),
	}
}

func stoppedTimer() *time.Timer {
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	return timer
}

// Run works until the container has to end and returns its exit code.
func (s *Supervisor) Run(requests <-chan Request, chores <-chan Chore) int {
	children, signals := proc.Signals()
	for !s.done {
		select {
		case <-children:
			s.step(time.Now())
		case <-s.timer.C:
			s.step(time.Now())
		case signal := <-signals:
			s.signalled(signal.(syscall.Signal), time.Now())
		case request := <-requests:
			s.handle(request)
		case chore := <-chores:
			s.chores = append(s.chores, chore)
		case <-s.choreTimer.C:
			s.choreLate()
		}
		s.advance(time.Now())
	}
	return s.exitCode
}

// Report is the state as it is now.
func (s *Supervisor) Report() Report {
	gate := "shut"
	if s.gateOpen {
		gate = "open"
	}
	return Report{Gate: gate, App: Facts{State: s.state, Pid: s.child, Exit: s.exit}}
}

func (s *Supervisor) enter(state State) {
	s.state = state
	s.options.Changed(s.Report())
}

func (s *Supervisor) handle(request Request) {
	switch {
	case s.leaving:
		request.Answer(Result{Code: codeStopping, Message: "the container is being stopped"})
	case !request.Restart && s.state == Running:
		request.Answer(Result{NewPid: s.child})
	case s.chore != nil:
		s.deferred = append(s.deferred, request)
	case request.Restart && !s.gateOpen:
		request.Answer(Result{Code: codeGateShut, Message: "the gate is shut and the app never ran; open comes first"})
	case s.sweep != nil:
		// Whatever starts after this sweep starts after this request too.
		s.waiters = append(s.waiters, request)
		if request.Restart {
			s.sweep.Hasten(time.Now(), request.Grace)
		}
		s.step(time.Now())
	default:
		s.gateOpen = true
		s.waiters = []Request{request}
		s.beginSweep(time.Now(), request.Grace)
	}
}

// beginSweep ends everything the app has, however little that is; swept goes on from there.
func (s *Supervisor) beginSweep(now time.Time, grace time.Duration) {
	s.retryAt = time.Time{}
	s.oldPid = s.child
	if s.child != 0 {
		s.enter(Stopping)
	}
	s.sweep = proc.BeginSweep(now, grace, s.child)
	s.step(now)
}

// step looks at what ended and does what is due.
func (s *Supervisor) step(now time.Time) {
	running := s.child != 0
	none := proc.Reap(func(pid int, status syscall.WaitStatus) {
		if pid == s.child {
			s.child, s.exit, s.exitCode = 0, exitOf(status), proc.ExitCode(status)
		} else if s.chore != nil && pid == s.chore.pid {
			s.choreEnded(status, now)
		}
	})
	switch {
	case s.sweep != nil && none:
		s.swept(now)
	case s.sweep != nil:
		wait, err := s.sweep.Step(now, s.child)
		if err != nil {
			s.giveUp(err)
			return
		}
		s.timer.Reset(wait)
	case running && s.child == 0:
		s.endedByItself(now)
	case !s.retryAt.IsZero() && !now.Before(s.retryAt):
		s.retryAt = time.Time{}
		s.startAgain()
	case !s.retryAt.IsZero():
		s.timer.Reset(s.retryAt.Sub(now))
	}
}

// swept: nothing of the app exists any more.
func (s *Supervisor) swept(now time.Time) {
	killed := s.sweep.Killed()
	s.sweep = nil
	waiters := s.waiters
	s.waiters = nil
	switch {
	case s.leaving || len(waiters) == 0 && s.options.OnCrash == Leave:
		s.done = true
	case len(waiters) > 0:
		s.answerAfterStart(waiters, killed)
	case s.options.OnCrash == Restart:
		s.retryLater(now, now.Sub(s.startedAt))
	}
}

func (s *Supervisor) giveUp(err error) {
	s.sweep = nil
	waiters := s.waiters
	s.waiters = nil
	s.say("could not end %s: %v", s.command(), err)
	if s.leaving || len(waiters) == 0 && s.options.OnCrash == Leave {
		s.done = true
		return
	}
	s.enter(Held)
	for _, waiter := range waiters {
		waiter.Answer(Result{Code: codeNotEnded, Message: err.Error(), OldPid: s.oldPid})
	}
}

func (s *Supervisor) say(format string, args ...any) {
	fmt.Fprintf(s.options.Log, "kdev: "+format+"\n", args...)
}

func (s *Supervisor) command() string {
	return "`" + strings.Join(s.options.Argv, " ") + "`"
}
