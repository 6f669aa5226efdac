// Package fill copies what an image has at a path into a volume that the app mounts over that path.
package fill

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// Replace empties to and copies the content of from into it; from may be missing, which leaves to empty. A single
// file goes to the path to itself, or into it when that is a directory or ends with a slash. Everything that could
// not be copied is an error of its own.
func Replace(from, to string) []error {
	stat, err := os.Stat(from)
	switch {
	case os.IsNotExist(err):
		return replaceDir("", to)
	case err != nil:
		return []error{sourceError(err)}
	case stat.IsDir():
		if err := apart(from, to); err != nil {
			return []error{err}
		}
		return replaceDir(from, to)
	case stat.Mode().IsRegular():
		return replaceFile(from, to, stat)
	default:
		return []error{fmt.Errorf("%s is neither a directory nor a file (%v)", from, stat.Mode())}
	}
}

// apart refuses to empty what is to be copied.
func apart(from, to string) error {
	source, sourceErr := filepath.EvalSymlinks(from)
	target, targetErr := filepath.EvalSymlinks(to)
	if sourceErr != nil || targetErr != nil {
		// Where to isn't there yet it can't hold from.
		return sourceErr
	}
	if source == target || strings.HasPrefix(source, strings.TrimSuffix(target, "/")+"/") {
		return fmt.Errorf("%s lies in %s, which would be emptied", from, to)
	}
	return nil
}

func replaceDir(from, to string) []error {
	// The source's modes count, not this process's umask.
	defer syscall.Umask(syscall.Umask(0))
	if err := os.MkdirAll(to, 0o755); err != nil {
		return []error{err}
	}
	if err := empty(to); err != nil {
		return []error{err}
	}
	if from == "" {
		return nil
	}
	skip, err := os.Stat(to)
	if err != nil {
		return []error{err}
	}
	workers := min(16, 2+2*runtime.GOMAXPROCS(0))
	return newCopier(skip).copyTree(from, to, workers)
}

func replaceFile(from, to string, stat fs.FileInfo) []error {
	defer syscall.Umask(syscall.Umask(0))
	if there, err := os.Stat(to); strings.HasSuffix(to, "/") || err == nil && there.IsDir() {
		to = filepath.Join(to, filepath.Base(from))
	}
	if there, err := os.Stat(to); err == nil && os.SameFile(there, stat) {
		return []error{fmt.Errorf("%s and %s are the same file", from, to)}
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return []error{err}
	}
	if err := os.Remove(to); err != nil && !os.IsNotExist(err) {
		return []error{err}
	}
	// An image may have a link at the mapped path; its target is what the app reads there.
	resolved, err := filepath.EvalSymlinks(from)
	if err == nil {
		err = copyFile(resolved, to, make([]byte, copyBuffer))
	}
	if err != nil {
		return []error{err}
	}
	return nil
}

// empty removes everything in dir but not dir itself, which is often a mount point.
func empty(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		if os.RemoveAll(path) == nil {
			continue
		}
		// An app may have left directories that not even their owner may write.
		_ = filepath.WalkDir(path, func(path string, entry fs.DirEntry, err error) error {
			if err == nil && entry.IsDir() {
				_ = os.Chmod(path, 0o700)
			}
			return nil
		})
		if err := os.RemoveAll(path); err != nil {
			return err
		}
	}
	return nil
}
