package fill

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func write(t *testing.T, path, text string, mode fs.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func replaced(t *testing.T, from, to string) {
	t.Helper()
	if problems := Replace(from, to); len(problems) > 0 {
		t.Fatal(problems)
	}
}

func TestContentModesTimesAndLinksArriveAndWhatWasThereGoes(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	write(t, from+"/a/b/run.sh", "#!/bin/sh\n", 0o755|fs.ModeSetuid)
	write(t, from+"/big", strings.Repeat("0123456789", 100_000), 0o644)
	past := time.Unix(1_600_000_000, 123_456_789)
	if err := os.Chtimes(from+"/big", past, past); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"dangling": "/nowhere", "to-dir": "a"} {
		if err := os.Symlink(target, from+"/"+name); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(from+"/sealed", 0o500); err != nil {
		t.Fatal(err)
	}
	write(t, to+"/old/stale", "x", 0o400)
	if err := os.Chmod(to+"/old", 0o500); err != nil {
		t.Fatal(err)
	}

	replaced(t, from, to)

	if _, err := os.Lstat(to + "/old"); !os.IsNotExist(err) {
		t.Error("old content is still there", err)
	}
	info, err := os.Stat(to + "/a/b/run.sh")
	if err != nil || info.Mode() != 0o755 {
		t.Error(info.Mode(), err)
	}
	text, err := os.ReadFile(to + "/big")
	if err != nil || len(text) != 1_000_000 {
		t.Error(len(text), err)
	}
	if info, _ := os.Stat(to + "/big"); !info.ModTime().Equal(past) {
		t.Error(info.ModTime())
	}
	if target, err := os.Readlink(to + "/dangling"); target != "/nowhere" {
		t.Error(target, err)
	}
	if target, err := os.Readlink(to + "/to-dir"); target != "a" {
		t.Error(target, err)
	}
	if info, err := os.Stat(to + "/sealed"); err != nil || info.Mode().Perm() != 0o700 {
		t.Error("a directory must be writable for its new owner", info, err)
	}
}

func TestAMissingSourceLeavesAnEmptyDirectory(t *testing.T) {
	to := t.TempDir() + "/new/dir"
	replaced(t, "/does/not/exist", to)
	write(t, to+"/x", "x", 0o644)
	replaced(t, "/does/not/exist", to)
	if entries, err := os.ReadDir(to); err != nil || len(entries) != 0 {
		t.Error(entries, err)
	}
}

func TestASingleFileGoesToAPathOrIntoADirectory(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	write(t, from+"/settings.py", "a", 0o640)
	if err := os.Symlink("settings.py", from+"/link.py"); err != nil {
		t.Fatal(err)
	}
	replaced(t, from+"/settings.py", to)
	replaced(t, from+"/settings.py", to)
	replaced(t, from+"/link.py", to+"/deep/other.py")
	for _, path := range []string{"/settings.py", "/deep/other.py"} {
		info, err := os.Lstat(to + path)
		if err != nil || info.Mode() != 0o640 {
			t.Error(path, info, err)
		}
	}
}

func TestATargetInsideTheSourceIsNotCopiedIntoItself(t *testing.T) {
	from := t.TempDir()
	write(t, from+"/file", "x", 0o644)
	replaced(t, from, from+"/volume")
	if entries, err := os.ReadDir(from + "/volume"); err != nil || len(entries) != 1 {
		t.Error(entries, err)
	}
}

func TestASourceInsideTheTargetIsNeverEmptied(t *testing.T) {
	to := t.TempDir()
	write(t, to+"/src/file", "x", 0o644)
	for _, from := range []string{to, to + "/src"} {
		if problems := Replace(from, to); len(problems) != 1 {
			t.Error(from, problems)
		}
	}
	if _, err := os.Stat(to + "/src/file"); err != nil {
		t.Error(err)
	}
}

func TestWhatCannotBeCopiedIsNamedAndTheRestArrives(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	write(t, from+"/good", "x", 0o644)
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	if err := syscall.Bind(fd, &syscall.SockaddrUnix{Name: from + "/socket"}); err != nil {
		t.Fatal(err)
	}
	problems := Replace(from, to)
	if len(problems) != 1 || !strings.Contains(problems[0].Error(), from+"/socket") {
		t.Error(problems)
	}
	if _, err := os.Stat(to + "/good"); err != nil {
		t.Error(err)
	}
}

func TestACopyKeepsWhatItsOwnerCouldDoAsSomebodyElse(t *testing.T) {
	dir := t.TempDir()
	for mode, want := range map[fs.FileMode]fs.FileMode{
		0o644: 0o644, 0o444: 0o444, 0o055: 0o555, 0o004: 0o404, 0o002: 0o002, 0o755: 0o755,
	} {
		write(t, dir+"/file", "", mode)
		info, err := os.Stat(dir + "/file")
		if err != nil || ownerMode(info) != want {
			t.Errorf("%o: got %o, want %o", mode, ownerMode(info), want)
		}
		os.Remove(dir + "/file")
	}
}
