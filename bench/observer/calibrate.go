package main

import (
	"fmt"
	"os"
	"runtime"
	"time"
)

// calibrate renames a file straight into the container's file system and looks as in a series: what comes out is what the
// looking, and for `served` the app's own answer, adds to every other figure.
func calibrate(asked request) (any, error) {
	look, err := newLooker(asked)
	if err != nil {
		return nil, err
	}
	target := inContainer(asked.Pid, asked.File)
	result := measured{}
	between := []float64{}
	for index := range asked.Warmups + asked.Saves {
		content := newContent(asked.Bytes)
		draft := fmt.Sprintf("%s.tmp.%d", target, os.Getpid())
		if err := os.WriteFile(draft, content, 0o644); err != nil {
			return nil, err
		}
		begun := make(chan time.Time, 1)
		failed := make(chan error, 1)
		go func() {
			runtime.LockOSThread()
			pause(asked.PauseMs)
			begun <- time.Now()
			failed <- os.Rename(draft, target)
		}()
		deadline := time.Now().Add(time.Duration(asked.PauseMs[1]+asked.DeadlineMs) * time.Millisecond)
		at, arrived := waitFor(look, content, deadline, &between)
		took := at.Sub(<-begun)
		if err := <-failed; err != nil {
			return nil, err
		}
		if index < asked.Warmups {
			continue
		}
		result.Samples = append(result.Samples, milliseconds(took))
		if !arrived {
			result.Missed++
		}
	}
	return result, nil
}

// writeThrough measures a draft and its rename through the container's root.
func writeThrough(asked request) (any, error) {
	target := inContainer(asked.Pid, asked.File)
	defer os.Remove(target)
	result := measured{}
	for index := range asked.Warmups + asked.Saves {
		content := newContent(asked.Bytes)
		pause(asked.PauseMs)
		start := time.Now()
		if err := save(target, content, false); err != nil {
			return nil, err
		}
		if index >= asked.Warmups {
			result.Samples = append(result.Samples, milliseconds(time.Since(start)))
		}
	}
	return result, nil
}
