// Package link speaks with the agent: it dials, registers, hands requests on and sends what comes of them.
package link

import (
	"encoding/json"
	"time"

	"kdev/restarter/internal/app"
)

const protocolVersion = 1

// Facts of an incarnation that don't change.
type Facts struct {
	Container    string   `json:"container"`
	Nonce        string   `json:"nonce"`
	Pid          int      `json:"pid"`
	StartTime    string   `json:"startTime"`
	UID          int      `json:"uid"`
	GID          int      `json:"gid"`
	Groups       []int    `json:"groups"`
	CapPermitted string   `json:"capPermitted"`
	CapEffective string   `json:"capEffective"`
	Fingerprint  string   `json:"fingerprint"`
	ReadOnlyRoot bool     `json:"readOnlyRoot"`
	Argv         []string `json:"argv"`
	WorkingDir   string   `json:"workingDir"`
}

type registerMessage struct {
	Type     string `json:"type"`
	Protocol int    `json:"protocol"`
	Facts
	app.Report
}

type appMessage struct {
	Type string `json:"type"`
	app.Report
}

type failure struct {
	Type    string          `json:"type"`
	ID      json.RawMessage `json:"id"`
	OK      bool            `json:"ok"`
	Code    string          `json:"code"`
	Message string          `json:"message"`
}

type opened struct {
	Type string          `json:"type"`
	ID   json.RawMessage `json:"id"`
	OK   bool            `json:"ok"`
	Pid  int             `json:"pid"`
}

type restarted struct {
	Type         string          `json:"type"`
	ID           json.RawMessage `json:"id"`
	OK           bool            `json:"ok"`
	OldPid       int             `json:"oldPid,omitempty"`
	NewPid       int             `json:"newPid"`
	Killed       int             `json:"killed"`
	Milliseconds float64         `json:"ms"`
}

// incoming is any message of the agent's.
type incoming struct {
	Type    string          `json:"type"`
	ID      json.RawMessage `json:"id"`
	GraceMs *float64        `json:"graceMs"`
	// Of a run.
	Command   []string `json:"command"`
	TimeoutMs *float64 `json:"timeoutMs"`
}

type output struct {
	Type string          `json:"type"`
	ID   json.RawMessage `json:"id"`
	Line string          `json:"line"`
}

type ran struct {
	Type         string          `json:"type"`
	ID           json.RawMessage `json:"id"`
	OK           bool            `json:"ok"`
	ExitCode     int             `json:"exitCode"`
	TimedOut     bool            `json:"timedOut,omitempty"`
	Tail         []string        `json:"tail"`
	Milliseconds float64         `json:"ms"`
}

const defaultGrace = 5 * time.Second

const defaultTimeout = 10 * time.Minute

func (m incoming) timeout() time.Duration {
	if m.TimeoutMs == nil {
		return defaultTimeout
	}
	// A day is longer than any step takes and far from overflowing.
	return time.Duration(max(0, min(*m.TimeoutMs, 86_400_000)) * float64(time.Millisecond))
}

func (m incoming) grace() time.Duration {
	if m.GraceMs == nil {
		return defaultGrace
	}
	// An hour is longer than any grace period and far from overflowing.
	return time.Duration(max(0, min(*m.GraceMs, 3_600_000)) * float64(time.Millisecond))
}

func answerTo(m incoming, result app.Result) any {
	switch {
	case result.Code != "":
		return failure{Type: "result", ID: m.ID, Code: result.Code, Message: result.Message}
	case m.Type == "open":
		return opened{Type: "result", ID: m.ID, OK: true, Pid: result.NewPid}
	default:
		return restarted{
			Type:         "result",
			ID:           m.ID,
			OK:           true,
			OldPid:       result.OldPid,
			NewPid:       result.NewPid,
			Killed:       result.Killed,
			Milliseconds: result.Milliseconds,
		}
	}
}

func answerToRun(m incoming, result app.ChoreResult) any {
	if result.Code != "" {
		return failure{Type: "result", ID: m.ID, Code: result.Code, Message: result.Message}
	}
	return ran{
		Type:         "result",
		ID:           m.ID,
		OK:           true,
		ExitCode:     result.ExitCode,
		TimedOut:     result.TimedOut,
		Tail:         result.Tail,
		Milliseconds: result.Milliseconds,
	}
}
