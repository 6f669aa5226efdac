package proc

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"
)

// Sweep ends all descendants of this process: TERM to the leader, then to what it left behind, KILL to whoever
// outlives the deadline. The caller collects ends with Reap and calls Step while Reap says that there are some.
type Sweep struct {
	half, deadline time.Time
	termed, killed map[int]bool
	killingSince   time.Time
	pause          time.Duration
	refused        map[int]error
}

// How long KILL may take: only a process that the kernel holds (or that we may not signal) outlives it.
const killPatience = 10 * time.Second

// BeginSweep sends TERM to the leader, when there is one and there is a grace to spend.
func BeginSweep(now time.Time, grace time.Duration, leader int) *Sweep {
	s := &Sweep{
		half:     now.Add(grace / 2),
		deadline: now.Add(grace),
		termed:   map[int]bool{},
		killed:   map[int]bool{},
		refused:  map[int]error{},
	}
	if leader != 0 && grace > 0 {
		s.term(leader)
	}
	return s
}

// Hasten brings the deadline forward; it never moves it back.
func (s *Sweep) Hasten(now time.Time, grace time.Duration) {
	if deadline := now.Add(grace); deadline.Before(s.deadline) {
		s.half, s.deadline = now.Add(grace/2), deadline
	}
}

// Killed is how many processes needed KILL.
func (s *Sweep) Killed() int { return len(s.killed) }

// Step does what is due and says how long to wait for the next one if no child ends before. Leader is 0 once it
// has ended: then, or when half the grace is over (a shell that waits for its child before it runs its trap), the
// others get a TERM of their own. The error names the processes that cannot be ended.
func (s *Sweep) Step(now time.Time, leader int) (time.Duration, error) {
	if now.Before(s.deadline) {
		if leader != 0 && now.Before(s.half) {
			return s.half.Sub(now), nil
		}
		for _, process := range Descendants(os.Getpid()) {
			s.term(process.Pid)
		}
		return s.deadline.Sub(now), nil
	}
	if s.killingSince.IsZero() {
		s.killingSince, s.pause = now, time.Millisecond
	}
	left := Descendants(os.Getpid())
	if now.Sub(s.killingSince) > killPatience {
		return 0, s.stuck(left)
	}
	for _, process := range left {
		err := syscall.Kill(process.Pid, syscall.SIGKILL)
		switch {
		case err == syscall.EPERM:
			s.refused[process.Pid] = err
		case process.State != 'Z':
			s.killed[process.Pid] = true
		}
	}
	s.pause = min(2*s.pause, 20*time.Millisecond)
	return s.pause, nil
}

func (s *Sweep) term(pid int) {
	if !s.termed[pid] {
		s.termed[pid] = true
		// A process that is gone by now needs none; one that refuses it gets its KILL.
		_ = syscall.Kill(pid, syscall.SIGTERM)
	}
}

func (s *Sweep) stuck(left []Stat) error {
	var names []string
	for _, process := range left {
		why := fmt.Sprintf("state %c", process.State)
		if err := s.refused[process.Pid]; err != nil {
			why = err.Error()
		}
		names = append(names, fmt.Sprintf("%d (%s)", process.Pid, why))
	}
	return fmt.Errorf("these processes outlived KILL for %v: %s", killPatience, strings.Join(names, ", "))
}
