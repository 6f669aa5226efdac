package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"
)

// A looker tells whether one save has arrived; `begin` is called before each save.
type looker interface {
	begin() error
	arrived(want []byte) bool
}

func newLooker(asked request) (looker, error) {
	switch asked.Until {
	case "bytes":
		paths := inContainers(asked.Pids, asked.File)
		return &bytesLooker{paths: paths, read: make([]byte, asked.Bytes+1)}, nil
	case "served":
		return newServedLooker(asked.Pid, asked.Port, asked.Path)
	case "restarted":
		return &processLooker{dir: inContainer(asked.Pid, "/proc"), program: asked.Program}, nil
	}
	return nil, fmt.Errorf("cannot wait until %q", asked.Until)
}

func inContainer(pid int, path string) string {
	return fmt.Sprintf("/proc/%d/root%s", pid, path)
}

func inContainers(pids []int, path string) []string {
	paths := make([]string, len(pids))
	for index, pid := range pids {
		paths[index] = inContainer(pid, path)
	}
	return paths
}

// waitFor looks until the save has arrived; ok is false when the deadline came first. Each look's distance from the
// one before it is appended to gaps.
func waitFor(look looker, want []byte, deadline time.Time, gaps *[]float64) (at time.Time, ok bool) {
	last := time.Now()
	for {
		ok = look.arrived(want)
		at = time.Now()
		if ok || at.After(deadline) {
			return at, ok
		}
		*gaps = append(*gaps, milliseconds(at.Sub(last)))
		last = at
		nap(lookEvery)
	}
}

// bytesLooker reads the whole file in each container's file system.
type bytesLooker struct {
	paths []string
	read  []byte
	seen  int
}

func (b *bytesLooker) begin() error {
	b.seen = 0
	return nil
}

func (b *bytesLooker) arrived(want []byte) bool {
	for b.seen < len(b.paths) && b.holds(b.paths[b.seen], want) {
		b.seen++
	}
	return b.seen == len(b.paths)
}

func (b *bytesLooker) holds(path string, want []byte) bool {
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer syscall.Close(fd)
	length := 0
	for length < len(b.read) {
		count, err := syscall.Read(fd, b.read[length:])
		if err != nil || count == 0 {
			break
		}
		length += count
	}
	return bytes.Equal(b.read[:length], want)
}

// servedLooker asks the app over one connection that stays open.
type servedLooker struct {
	client *http.Client
	url    string
}

func newServedLooker(pid, port int, path string) (*servedLooker, error) {
	client, err := clientInPod(pid)
	if err != nil {
		return nil, err
	}
	return &servedLooker{client, fmt.Sprintf("http://127.0.0.1:%d%s", port, path)}, nil
}

func (s *servedLooker) begin() error { return nil }

func (s *servedLooker) arrived(want []byte) bool {
	answer, err := ask(s.client, s.url)
	return err == nil && bytes.Equal(answer, want)
}

// processLooker waits for a process of the program's name that was not there when the save began.
type processLooker struct {
	dir, program string
	known        map[string]bool
}

func (p *processLooker) begin() error {
	names, err := numbersIn(p.dir)
	p.known = map[string]bool{}
	for _, name := range names {
		p.known[name] = true
	}
	return err
}

func (p *processLooker) arrived([]byte) bool {
	names, _ := numbersIn(p.dir)
	for _, name := range names {
		if p.known[name] {
			continue
		}
		// Between fork and exec it still has its parent's name.
		comm, err := os.ReadFile(p.dir + "/" + name + "/comm")
		if err == nil && strings.TrimSuffix(string(comm), "\n") == p.program {
			return true
		}
	}
	return false
}
