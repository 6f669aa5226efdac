package main

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"

	"kdev/restarter/internal/app"
	"kdev/restarter/internal/link"
	"kdev/restarter/internal/proc"
)

const defaultSocket = "/kdev/run/restarter.sock"

// supervise is the app container's first process: the link's goroutines talk to the agent, the supervisor's loop
// owns the app.
func supervise(argv []string) int {
	onCrash, err := app.ParseOnCrash(os.Getenv("KDEV_ON_CRASH"))
	if err != nil {
		return misused(err.Error())
	}
	// The first process of a container adopts orphans anyway; in a pod with shared process ids `pause` is that.
	if err := proc.BecomeSubreaper(); err != nil {
		return failed(fmt.Sprintf("could not become a child subreaper: %v", err))
	}
	path := os.Getenv("KDEV_RESTARTER_SOCKET")
	if path == "" {
		path = defaultSocket
	}
	dir := app.WorkingDir()
	requests, chores := make(chan app.Request), make(chan app.Chore)
	start := app.Report{Gate: "shut", App: app.Facts{State: app.Waiting}}
	agent := link.New(path, factsOf(argv, dir), start, requests, chores, os.Stderr)
	supervisor := app.New(app.Options{
		Argv:    argv,
		Env:     app.WithoutKdev(os.Environ()),
		Dir:     dir,
		OnCrash: onCrash,
		Log:     os.Stderr,
		Changed: agent.Report,
	})
	go agent.Run()
	return supervisor.Run(requests, chores)
}

func factsOf(argv []string, dir string) link.Facts {
	identity := proc.ParseIdentity(textOf("/proc/self/status"))
	root := proc.ParseRootMount(textOf("/proc/self/mountinfo"))
	self, _ := proc.ReadStat("self")
	nonce := make([]byte, 16)
	_, _ = rand.Read(nonce)
	return link.Facts{
		Container:    os.Getenv("KDEV_CONTAINER"),
		Nonce:        hex.EncodeToString(nonce),
		Pid:          os.Getpid(),
		StartTime:    self.StartTime,
		UID:          identity.UID,
		GID:          identity.GID,
		Groups:       identity.Groups,
		CapPermitted: identity.CapPermitted,
		CapEffective: identity.CapEffective,
		Fingerprint:  root.Fingerprint,
		ReadOnlyRoot: root.ReadOnly,
		Argv:         argv,
		WorkingDir:   dir,
	}
}

// textOf reads a file of /proc, which is there in every container.
func textOf(path string) string {
	text, _ := os.ReadFile(path)
	return string(text)
}
