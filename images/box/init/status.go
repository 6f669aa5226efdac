package main

import (
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"
)

// Status keeps a small JSON file about the components. The file is opened
// before the host's root is let go of, and rewritten in place afterwards.
type Status struct {
	mutex      sync.Mutex
	file       *os.File
	began      time.Time
	components map[string]*ComponentStatus
}

// ComponentStatus is what is known about one component.
type ComponentStatus struct {
	// State is started, ready, ended or failed.
	State string `json:"state"`
	// Why says how it ended or failed.
	Why string `json:"why,omitempty"`
	// AtMs maps each state to milliseconds since the box began.
	AtMs map[string]int64 `json:"atMs"`
}

func openStatus(file string) (*Status, error) {
	opened, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return nil, err
	}
	return &Status{file: opened, began: time.Now(), components: map[string]*ComponentStatus{}}, nil
}

func (status *Status) set(component, state, why string) {
	status.mutex.Lock()
	defer status.mutex.Unlock()
	entry := status.components[component]
	if entry == nil {
		entry = &ComponentStatus{AtMs: map[string]int64{}}
		status.components[component] = entry
	}
	// One that ended before its probe passed stays ended.
	if entry.State != "ended" {
		entry.State, entry.Why = state, why
	}
	entry.AtMs[state] = time.Since(status.began).Milliseconds()
	if err := status.write(); err != nil {
		fmt.Fprintf(os.Stderr, "box: status: %v\n", err)
	}
}

// write puts the whole document down in one call, padded with spaces to the
// longest one so far, so that a reader at any moment finds one whole document.
func (status *Status) write() error {
	text, err := json.Marshal(map[string]any{"components": status.components})
	if err != nil {
		return err
	}
	size, err := status.file.Seek(0, 2)
	if err != nil {
		return err
	}
	for int64(len(text)) < size {
		text = append(text, ' ')
	}
	_, err = status.file.WriteAt(text, 0)
	return err
}
