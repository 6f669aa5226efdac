// Package app keeps one app running: it decides when the app starts, ends, is held or is started again.
package app

import (
	"math"
	"syscall"
	"time"

	"kdev/restarter/internal/proc"
)

// State of the app, as the agent is told.
type State string

const (
	// Waiting at the gate: nothing ran in this incarnation.
	Waiting State = "waiting"
	Running State = "running"
	// Held: there is no app, the container lives on.
	Held     State = "held"
	Stopping State = "stopping"
)

// Exit is how the app ended last; one of the two is nil.
type Exit struct {
	Code   *int    `json:"code"`
	Signal *string `json:"signal"`
}

// Facts about the app at one moment.
type Facts struct {
	State State `json:"state"`
	Pid   int   `json:"pid,omitempty"`
	Exit  *Exit `json:"exit,omitempty"`
}

// Report is what changes during an incarnation. Gate is "shut" or "open".
type Report struct {
	Gate string `json:"gate"`
	App  Facts  `json:"app"`
}

// Result answers one request; Code is empty when it succeeded.
type Result struct {
	Code, Message string
	// OldPid is 0 where nothing ran before.
	OldPid, NewPid int
	Killed         int
	Milliseconds   float64
}

// Request asks to open the gate or to restart the app. Answer is called once, unless the process exits before.
type Request struct {
	Restart bool
	Grace   time.Duration
	Arrived time.Time
	Answer  func(Result)
}

// Codes of results that are no success; docs/pod.md tells their meaning.
const (
	codeGateShut    = "gate-shut"
	codeStartFailed = "start-failed"
	codeNotEnded    = "not-ended"
	codeStopping    = "stopping"
)

func exitOf(status syscall.WaitStatus) *Exit {
	if status.Signaled() {
		name := proc.SignalName(status.Signal())
		return &Exit{Signal: &name}
	}
	code := status.ExitStatus()
	return &Exit{Code: &code}
}

// milliseconds with three digits after the point.
func milliseconds(d time.Duration) float64 {
	return math.Round(float64(d)/float64(time.Microsecond)) / 1000
}
