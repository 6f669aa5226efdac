package link

import (
	"encoding/json"
	"sync"

	"kdev/restarter/internal/app"
)

// outbox keeps what is to be written to the connection that is open, in order, and the report that the next
// connection begins with. Whoever puts something in never waits for the agent.
type outbox struct {
	mutex sync.Mutex
	facts Facts
	now   app.Report
	// connection counts; what belongs to an earlier one is dropped.
	connection int
	open       bool
	lines      []byte
	filled     chan struct{}
}

func newOutbox(facts Facts, now app.Report) *outbox {
	return &outbox{facts: facts, now: now, filled: make(chan struct{}, 1)}
}

// begin starts a connection with a registration of the present state and returns the connection's number.
func (o *outbox) begin() int {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.connection++
	o.open, o.lines = true, nil
	o.put(registerMessage{Type: "register", Protocol: protocolVersion, Facts: o.facts, Report: o.now})
	return o.connection
}

func (o *outbox) end() {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.open, o.lines = false, nil
	o.wake()
}

func (o *outbox) report(report app.Report) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.now = report
	if o.open {
		o.put(appMessage{Type: "app", Report: report})
	}
}

func (o *outbox) answer(connection int, message any) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	if o.open && o.connection == connection {
		o.put(message)
	}
}

func (o *outbox) put(message any) {
	line, err := json.Marshal(message)
	if err != nil {
		panic(err)
	}
	o.lines = append(append(o.lines, line...), '\n')
	o.wake()
}

func (o *outbox) wake() {
	select {
	case o.filled <- struct{}{}:
	default:
	}
}

// take waits for lines of the connection and hands them over; ok is false once it has ended.
func (o *outbox) take(connection int) (lines []byte, ok bool) {
	for {
		o.mutex.Lock()
		if !o.open || o.connection != connection {
			o.mutex.Unlock()
			return nil, false
		}
		lines, o.lines = o.lines, nil
		o.mutex.Unlock()
		if len(lines) > 0 {
			return lines, true
		}
		<-o.filled
	}
}
