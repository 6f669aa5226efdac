package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func shell(name, script string) program {
	return program{name: name, path: "/bin/sh", args: []string{"sh", "-c", script}}
}

func TestItEndsWhenOneOfItsProgramsEnds(t *testing.T) {
	marker := filepath.Join(t.TempDir(), "stopped")
	long := shell("long", "trap 'touch "+marker+"; exit 0' TERM; while :; do sleep 0.05; done")
	if code := run([]program{long, shell("short", "sleep 0.2")}); code != 1 {
		t.Errorf("exit code %d", code)
	}
	if _, err := os.Stat(marker); err != nil {
		t.Error("the other program was not asked to end")
	}
}

func TestTermEndsBothAndIsNoFailure(t *testing.T) {
	time.AfterFunc(200*time.Millisecond, func() { syscall.Kill(os.Getpid(), syscall.SIGTERM) })
	if code := run([]program{shell("a", "sleep 1000"), shell("b", "sleep 1000")}); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestAProgramThatIgnoresTermIsKilled(t *testing.T) {
	stubborn := shell("stubborn", "trap '' TERM; while :; do sleep 0.05; done")
	if code := run([]program{stubborn, shell("short", "true")}); code != 1 {
		t.Errorf("exit code %d", code)
	}
}

func TestEveryUidHasOneEntryThatSessionsLogInAs(t *testing.T) {
	for _, uid := range []int{0, 101, 12345} {
		lines := strings.Split(strings.TrimSpace(passwd(uid, uid)), "\n")
		if !strings.HasPrefix(lines[0], "kdev:x:") {
			t.Errorf("uid %d: the first entry is %s", uid, lines[0])
		}
		if !strings.Contains(passwd(uid, uid), "\nsshd:x:") {
			t.Errorf("uid %d: no entry for sshd's unprivileged half", uid)
		}
	}
}
