package link

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"

	"kdev/restarter/internal/app"
	"kdev/restarter/internal/unixsocket"
)

// Link to the agent. It is dialled again whenever it ends; the app never notices.
type Link struct {
	path     string
	log      io.Writer
	outbox   *outbox
	requests chan<- app.Request
	chores   chan<- app.Chore
	backoff  time.Duration
}

const (
	firstPause = 20 * time.Millisecond
	longPause  = time.Second
	// A person who reads the container's log is told what it waits for.
	silence = 10 * time.Second
)

// New makes a link that hands requests and chores to the channels.
func New(path string, facts Facts, now app.Report, requests chan<- app.Request, chores chan<- app.Chore, log io.Writer) *Link {
	outbox := newOutbox(facts, now)
	return &Link{path: path, log: log, outbox: outbox, requests: requests, chores: chores, backoff: firstPause}
}

// Report tells the agent, now or when it is back. It doesn't block.
func (l *Link) Report(report app.Report) { l.outbox.report(report) }

// Run dials for ever. The pauses grow with the time already waited, by a fifth each: an agent that takes a while
// to start is found soon after, and one that never comes costs one connect a second.
func (l *Link) Run() {
	since, told := time.Now(), false
	for {
		fd, err := unixsocket.Dial(l.path)
		if err == nil {
			l.serve(fd)
			since, told = time.Now(), false
		} else if !told && time.Since(since) > silence {
			told = true
			fmt.Fprintf(l.log, "kdev: no agent answers at %s (%v); still trying\n", l.path, err)
		}
		time.Sleep(l.backoff)
		l.backoff = min(l.backoff*6/5, longPause)
	}
}

// serve uses one connection until it ends. Socket calls block their threads: no poller lies between a request and
// its handling.
func (l *Link) serve(fd int) {
	connection := l.outbox.begin()
	written := make(chan struct{})
	go func() {
		defer close(written)
		l.write(fd, connection)
		// Ends the read below when it was the write that failed.
		_ = syscall.Shutdown(fd, syscall.SHUT_RDWR)
	}()
	l.read(fd, connection)
	l.outbox.end()
	_ = syscall.Shutdown(fd, syscall.SHUT_RDWR)
	<-written
	syscall.Close(fd)
}

func (l *Link) write(fd, connection int) {
	for {
		lines, ok := l.outbox.take(connection)
		for len(lines) > 0 {
			// MSG_NOSIGNAL isn't needed: SIGPIPE is caught.
			n, err := syscall.Write(fd, lines)
			if err == syscall.EINTR {
				continue
			}
			if err != nil {
				return
			}
			lines = lines[n:]
		}
		if !ok {
			return
		}
	}
}

const longestLine = 1 << 20

func (l *Link) read(fd, connection int) {
	lines := bufio.NewScanner(socket(fd))
	lines.Buffer(make([]byte, 4096), longestLine)
	for lines.Scan() {
		var message incoming
		if err := json.Unmarshal(lines.Bytes(), &message); err != nil {
			fmt.Fprintf(l.log, "kdev: the agent sent no JSON: %v\n", err)
			return
		}
		l.receive(message, connection)
	}
}

func (l *Link) receive(message incoming, connection int) {
	switch message.Type {
	case "registered":
		l.backoff = firstPause
	case "open", "restart":
		l.requests <- app.Request{
			Restart: message.Type == "restart",
			Grace:   message.grace(),
			Arrived: time.Now(),
			Answer:  func(result app.Result) { l.outbox.answer(connection, answerTo(message, result)) },
		}
	case "run":
		if len(message.Command) == 0 {
			l.outbox.answer(connection, failure{Type: "result", ID: message.ID, Code: "start-failed", Message: "no command was given"})
			return
		}
		l.chores <- app.Chore{
			Argv:    message.Command,
			Timeout: message.timeout(),
			Output:  func(line string) { l.outbox.answer(connection, output{Type: "output", ID: message.ID, Line: line}) },
			Answer:  func(result app.ChoreResult) { l.outbox.answer(connection, answerToRun(message, result)) },
		}
	default:
		if message.ID != nil {
			text := fmt.Sprintf("this restarter (pid %d) knows no request %q", os.Getpid(), message.Type)
			l.outbox.answer(connection, failure{Type: "result", ID: message.ID, Code: "unknown-request", Message: text})
		}
	}
}

// socket reads a blocking descriptor.
type socket int

func (s socket) Read(into []byte) (int, error) {
	for {
		n, err := syscall.Read(int(s), into)
		switch {
		case err == syscall.EINTR:
		case err != nil:
			return 0, err
		case n == 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}
