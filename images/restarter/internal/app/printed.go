package app

import (
	"bufio"
	"os"
	"strings"
	"sync"
	"time"
)

const (
	longestLine = 4096
	// A command that prints without end neither fills the agent's memory nor the laptop's.
	mostOutput = 4 << 20
	tailLines  = 20
	lastWords  = 200 * time.Millisecond
)

// printed hands on the lines of a pipe as they come, and keeps the last ones.
type printed struct {
	mutex sync.Mutex
	tail  []string
	bytes int
	file  *os.File
	done  chan struct{}
}

func collect(file *os.File, output func(string)) *printed {
	p := &printed{file: file, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		reader := bufio.NewReaderSize(file, longestLine)
		for {
			text, err := reader.ReadSlice('\n')
			if len(text) > 0 {
				p.add(strings.TrimRight(strings.ToValidUTF8(string(text), "\uFFFD"), "\r\n"), output)
			}
			if err != nil && err != bufio.ErrBufferFull {
				return
			}
		}
	}()
	return p
}

func (p *printed) add(line string, output func(string)) {
	p.mutex.Lock()
	p.tail = append(p.tail, line)
	if len(p.tail) > tailLines {
		p.tail = p.tail[1:]
	}
	before := p.bytes
	p.bytes += len(line) + 1
	p.mutex.Unlock()
	switch {
	case p.bytes <= mostOutput:
		output(line)
	case before <= mostOutput:
		output("… and more, which is left out")
	}
}

// end closes the pipe, soon after the last word at the latest, and returns the last lines.
func (p *printed) end() []string {
	select {
	case <-p.done:
	case <-time.After(lastWords):
	}
	p.file.Close()
	p.mutex.Lock()
	defer p.mutex.Unlock()
	return append([]string{}, p.tail...)
}
