package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"time"
)

type measured struct {
	// ms from the beginning of the save to the look that saw it; one that never arrived counts with its deadline.
	Samples []float64 `json:"samples"`
	// Saves that did not arrive in time, or after which the app ran other code than was saved.
	Missed int `json:"missed"`
	// Commands that failed, and what the last of them said.
	Failures    int    `json:"failures"`
	LastFailure string `json:"lastFailure,omitempty"`
	Looks       gaps   `json:"looks"`
}

// gaps are the times between two looks, ms.
type gaps struct {
	Median float64 `json:"median"`
	Max    float64 `json:"max"`
}

// series saves again and again and measures each save; the command, if there is one, is started after each.
func series(asked request) (any, error) {
	look, err := newLooker(asked)
	if err != nil {
		return nil, err
	}
	result := measured{}
	between := []float64{}
	for index := range asked.Warmups + asked.Saves {
		pause(asked.PauseMs)
		took, err := one(asked, look, &result, &between)
		if err != nil {
			return nil, err
		}
		if index >= asked.Warmups {
			result.Samples = append(result.Samples, milliseconds(took))
			continue
		}
		if result.Failures > 0 {
			return nil, fmt.Errorf("%s", result.LastFailure)
		}
		result, between = measured{}, between[:0]
	}
	if len(between) > 0 {
		slices.Sort(between)
		result.Looks = gaps{Median: between[len(between)/2], Max: between[len(between)-1]}
	}
	return result, nil
}

func one(asked request, look looker, result *measured, between *[]float64) (time.Duration, error) {
	content := newContent(asked.Bytes)
	if err := look.begin(); err != nil {
		return 0, err
	}
	start := time.Now()
	deadline := start.Add(time.Duration(asked.DeadlineMs) * time.Millisecond)
	if err := save(asked.Local, content, asked.InPlace); err != nil {
		return 0, err
	}
	command := launch(asked.Command)
	at, arrived := waitFor(look, content, deadline, between)
	if failure := <-command; failure != "" {
		result.Failures++
		result.LastFailure = failure
	}
	if !arrived || asked.CodePath != "" && !runs(asked, content, deadline) {
		result.Missed++
	}
	return at.Sub(start), nil
}

// launch runs a command beside the looking; the channel gives what went wrong, or nothing.
func launch(command []string) <-chan string {
	ended := make(chan string, 1)
	if len(command) == 0 {
		ended <- ""
		return ended
	}
	go func() {
		output, err := exec.Command(command[0], command[1:]...).CombinedOutput()
		if err == nil {
			ended <- ""
			return
		}
		ended <- fmt.Sprintf("%v: %s", err, strings.TrimSpace(string(output[max(0, len(output)-400):])))
	}()
	return ended
}

// runs asks the app, which may still be starting, for the code it was started with.
func runs(asked request, code []byte, deadline time.Time) bool {
	client, err := clientInPod(asked.Pid)
	if err != nil {
		return false
	}
	defer client.CloseIdleConnections()
	url := fmt.Sprintf("http://127.0.0.1:%d%s", asked.Port, asked.CodePath)
	for time.Now().Before(deadline) {
		if answer, err := ask(client, url); err == nil && bytes.Equal(answer, code) {
			return true
		}
		nap(5 * time.Millisecond)
	}
	return false
}

// pause of a random length, so that nothing falls into step with anything else.
func pause(rangeMs [2]int) {
	time.Sleep(time.Duration(rangeMs[0]+rand.IntN(rangeMs[1]-rangeMs[0]+1)) * time.Millisecond)
}
