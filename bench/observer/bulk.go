package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// A change of many files at once, in the local tree.
type change struct {
	// `burst` saves Count files below Path, `rename` moves Path to To, `remove` removes Path with all that is in it,
	// `patch` writes one byte in the middle of Path, `command` runs Command and then expects what Expect holds.
	Kind    string   `json:"kind"`
	Path    string   `json:"path"`
	To      string   `json:"to"`
	Count   int      `json:"count"`
	Command []string `json:"command"`
	Expect  string   `json:"expect"`
	// The clock starts when the change is over instead of when it begins.
	AfterChange bool `json:"afterChange"`
}

// want is a path of the container and what it must come to hold; nil stands for nothing at all.
type want struct {
	path    string
	content []byte
	// Where it differs from what was there before, in a large file: to read all of it again and again would take
	// the time of those that are measured.
	probe []byte
	at    int64
}

type bulkResult struct {
	Ms float64 `json:"ms"`
	// How long the change itself took.
	ChangeMs float64 `json:"changeMs"`
	Paths    int     `json:"paths"`
	Missed   int     `json:"missed"`
	// Of the saves that were made beside it.
	Samples []float64 `json:"samples"`
	Failure string    `json:"failure,omitempty"`
}

// bulk makes one change, then starts the command, and looks until the container has all of it. With `saves`, Asked.Local
// is saved again and again meanwhile and each of these saves is measured.
func bulk(asked request) (any, error) {
	wants, act, err := prepare(asked)
	if err != nil {
		return nil, err
	}
	result := bulkResult{Paths: len(wants), Samples: []float64{}}
	start := time.Now()
	if err := act(); err != nil {
		return nil, err
	}
	result.ChangeMs = milliseconds(time.Since(start))
	if asked.Change.AfterChange {
		start = time.Now()
	}
	deadline := time.Now().Add(time.Duration(asked.DeadlineMs) * time.Millisecond)
	command := launch(asked.Command)
	there := start
	for len(wants) > 0 && time.Now().Before(deadline) {
		wants, there = await(wants, asked.Pids, there)
		if len(wants) == 0 {
			break
		}
		if asked.Saves > 0 {
			took, err := saveBeside(asked, deadline)
			if err != nil {
				return nil, err
			}
			result.Samples = append(result.Samples, took)
			pause(asked.PauseMs)
			continue
		}
		nap(lookEvery)
	}
	if len(wants) > 0 {
		there = time.Now()
	}
	result.Ms = milliseconds(there.Sub(start))
	result.Missed = len(wants)
	result.Failure = <-command
	return result, nil
}

func saveBeside(asked request, deadline time.Time) (float64, error) {
	content := newContent(asked.Bytes)
	look := &bytesLooker{paths: inContainers(asked.Pids, asked.File), read: make([]byte, asked.Bytes+1)}
	gaps := []float64{}
	start := time.Now()
	if err := save(asked.Local, content, asked.InPlace); err != nil {
		return 0, err
	}
	at, _ := waitFor(look, content, deadline, &gaps)
	return milliseconds(at.Sub(start)), nil
}

// await drops what has arrived, in order, up to the first that has not; with when the last of them was there.
func await(wants []want, pids []int, last time.Time) ([]want, time.Time) {
	for len(wants) > 0 {
		seen := last
		for _, pid := range pids {
			at, ok := wants[0].isThere(pid)
			if !ok {
				return wants, last
			}
			if at.After(seen) {
				seen = at
			}
		}
		last = seen
		wants = wants[1:]
	}
	return wants, last
}

// isThere tells when it was found; that all of it is right is seen afterwards, which takes its time in a large file.
func (w want) isThere(pid int) (time.Time, bool) {
	path := inContainer(pid, w.path)
	var stat syscall.Stat_t
	err := syscall.Lstat(path, &stat)
	if w.content == nil {
		return time.Now(), err == syscall.ENOENT || err == syscall.ENOTDIR
	}
	if err != nil || stat.Size != int64(len(w.content)) || !w.isProbed(path) {
		return time.Time{}, false
	}
	seen := time.Now()
	there, err := os.ReadFile(path)
	return seen, err == nil && bytes.Equal(there, w.content)
}

func (w want) isProbed(path string) bool {
	if w.probe == nil {
		return true
	}
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	read := make([]byte, len(w.probe))
	_, err = file.ReadAt(read, w.at)
	return err == nil && bytes.Equal(read, w.probe)
}

func prepare(asked request) ([]want, func() error, error) {
	change := asked.Change
	inPod := func(local string) string {
		return asked.Root + strings.TrimPrefix(local, asked.LocalRoot)
	}
	switch change.Kind {
	case "burst":
		files, err := filesBelow(change.Path)
		if err != nil {
			return nil, nil, err
		}
		rand.Shuffle(len(files), func(a, b int) { files[a], files[b] = files[b], files[a] })
		files = files[:change.Count]
		contents := make([][]byte, len(files))
		wants := make([]want, len(files))
		for index, file := range files {
			contents[index] = newContent(1024)
			wants[index] = want{path: inPod(file), content: contents[index]}
		}
		return wants, func() error {
			for index, file := range files {
				if err := save(file, contents[index], false); err != nil {
					return err
				}
			}
			return nil
		}, nil
	case "rename":
		wants, err := wantsOf(change.Path, func(relative string) string { return inPod(change.To) + relative })
		if strings.HasPrefix(change.Path, asked.LocalRoot+"/") {
			wants = append(wants, want{path: inPod(change.Path)})
		}
		return wants, func() error { return os.Rename(change.Path, change.To) }, err
	case "remove":
		return []want{{path: inPod(change.Path)}}, func() error { return os.RemoveAll(change.Path) }, nil
	case "patch":
		content, err := os.ReadFile(change.Path)
		if err != nil {
			return nil, nil, err
		}
		at := len(content)/2 + rand.IntN(1000)
		content[at]++
		probed := want{path: inPod(change.Path), content: content, probe: content[at : at+1], at: int64(at)}
		return []want{probed}, func() error {
			file, err := os.OpenFile(change.Path, os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			defer file.Close()
			_, err = file.WriteAt(content[at:at+1], int64(at))
			return err
		}, nil
	case "command":
		wants, err := difference(asked, change.Expect)
		return wants, func() error {
			output, err := exec.Command(change.Command[0], change.Command[1:]...).CombinedOutput()
			if err != nil {
				return fmt.Errorf("%w: %s", err, output)
			}
			return nil
		}, err
	}
	return nil, nil, fmt.Errorf("no change %q", change.Kind)
}

// difference is what the container does not yet have as a directory has it.
func difference(asked request, expect string) ([]want, error) {
	all, err := wantsOf(expect, func(relative string) string { return asked.Root + relative })
	if err != nil {
		return nil, err
	}
	wants := []want{}
	known := map[string]bool{}
	for _, each := range all {
		known[each.path] = true
		if _, there := each.isThere(asked.Pids[0]); !there {
			wants = append(wants, each)
		}
	}
	there, err := filesBelow(inContainer(asked.Pids[0], asked.Root))
	if err != nil {
		return nil, err
	}
	for _, path := range there {
		if inPod := path[len(inContainer(asked.Pids[0], "")):]; !known[inPod] {
			wants = append(wants, want{path: inPod})
		}
	}
	return wants, nil
}

func wantsOf(directory string, name func(relative string) string) ([]want, error) {
	files, err := filesBelow(directory)
	wants := make([]want, len(files))
	for index, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		wants[index] = want{path: name(strings.TrimPrefix(file, directory)), content: content}
	}
	return wants, err
}

func filesBelow(directory string) ([]string, error) {
	files := []string{}
	err := filepath.WalkDir(directory, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && entry.Name() == ".git" {
			return filepath.SkipDir
		}
		if err == nil && entry.Type().IsRegular() && entry.Name() != ".git" {
			files = append(files, path)
		}
		return err
	})
	return files, err
}

// fill makes Count files of 1 KiB, a hundred in a folder.
func fill(asked request) (any, error) {
	for index := range asked.Change.Count {
		folder := filepath.Join(asked.Change.Path, fmt.Sprintf("%03d", index/100))
		if index%100 == 0 {
			if err := os.MkdirAll(folder, 0o755); err != nil {
				return nil, err
			}
		}
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%d.txt", index)), newContent(1024), 0o644); err != nil {
			return nil, err
		}
	}
	return struct{}{}, nil
}
