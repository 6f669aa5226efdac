package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const scriptsEnv = "KDEV_TEST_SCRIPTS"

// TestMain is the entry point itself where a test asked for one: it waits for
// all children of its process, so each run needs a process of its own.
func TestMain(m *testing.M) {
	scripts, asked := os.LookupEnv(scriptsEnv)
	if !asked {
		os.Exit(m.Run())
	}
	var programs []program
	for _, script := range strings.Split(scripts, "\n") {
		programs = append(programs, program{name: script, path: "/bin/sh", args: []string{"sh", "-c", script}})
	}
	os.Exit(run(programs))
}

func start(t *testing.T, scripts ...string) *exec.Cmd {
	t.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), scriptsEnv+"="+strings.Join(scripts, "\n"))
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	return command
}

func exitCode(t *testing.T, command *exec.Cmd) int {
	t.Helper()
	err := command.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return command.ProcessState.ExitCode()
}

func waitFor(t *testing.T, file string) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(file); err == nil {
			return
		}
	}
	t.Fatalf("%s did not appear", file)
}

func TestItEndsWhenOneOfItsProgramsEnds(t *testing.T) {
	dir := t.TempDir()
	ready, stopped := filepath.Join(dir, "ready"), filepath.Join(dir, "stopped")
	long := "trap 'touch " + stopped + "; exit 0' TERM; touch " + ready + "; while :; do sleep 0.05; done"
	short := "until [ -e " + ready + " ]; do sleep 0.05; done"
	if code := exitCode(t, start(t, long, short)); code != 1 {
		t.Errorf("exit code %d", code)
	}
	waitFor(t, stopped)
}

func TestTermEndsBothAndIsNoFailure(t *testing.T) {
	ready := filepath.Join(t.TempDir(), "ready")
	command := start(t, "sleep 1000", "touch "+ready+"; exec sleep 1000")
	waitFor(t, ready)
	if err := command.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := exitCode(t, command); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestAProgramThatIgnoresTermIsKilled(t *testing.T) {
	if code := exitCode(t, start(t, "trap '' TERM; while :; do sleep 0.05; done", "sleep 0.3")); code != 1 {
		t.Errorf("exit code %d", code)
	}
}

func TestEveryUidHasAnEntryThatSessionsLogInAs(t *testing.T) {
	for _, uid := range []int{0, 101, 12345} {
		if !strings.HasPrefix(passwd(uid, uid), "kdev:x:") {
			t.Errorf("uid %d: %s", uid, passwd(uid, uid))
		}
		if !strings.Contains(passwd(uid, uid), "\nsshd:x:") {
			t.Errorf("uid %d: no entry for sshd's unprivileged half", uid)
		}
	}
}
