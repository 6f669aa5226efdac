package main

import (
	"archive/tar"
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// listed is one path as `list` tells it, one JSON object a line.
type listed struct {
	Path string `json:"path"`
	Type string `json:"type"`
	Size int64  `json:"size"`
}

// list tells every file and link below the roots. A root that is not there holds nothing; what cannot be read is told
// on standard error and makes the exit code 1.
func list(roots []string) int {
	out := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	code := exitDone
	for _, root := range roots {
		_ = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				if !errors.Is(err, fs.ErrNotExist) {
					fmt.Fprintf(os.Stderr, "%v\n", err)
					code = exitNo
				}
				return nil
			}
			if kind := kindOf(entry.Type()); kind != "" {
				if info, err := entry.Info(); err == nil {
					_ = encoder.Encode(listed{Path: path, Type: kind, Size: info.Size()})
				}
			}
			return nil
		})
	}
	if out.Flush() != nil {
		return exitEnvironment
	}
	return code
}

func kindOf(mode fs.FileMode) string {
	switch {
	case mode.IsRegular():
		return "file"
	case mode&fs.ModeSymlink != 0:
		return "link"
	}
	return ""
}

// pack writes a tar of the paths that come on standard input, each ended by NUL and all of them by an empty one,
// because the end of an exec's input does not always come through. What went meanwhile is left out.
func pack() int {
	in := bufio.NewReader(os.Stdin)
	out := tar.NewWriter(os.Stdout)
	for {
		path, err := in.ReadString(0)
		if err != nil || len(path) == 1 {
			break
		}
		if err := packOne(out, path[:len(path)-1]); err != nil && !errors.Is(err, fs.ErrNotExist) {
			if !errors.Is(err, fs.ErrPermission) {
				return failed(err.Error())
			}
			fmt.Fprintf(os.Stderr, "%v\n", err)
		}
	}
	if err := out.Close(); err != nil {
		return failed(err.Error())
	}
	return exitDone
}

func packOne(out *tar.Writer, path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	switch kindOf(info.Mode()) {
	case "link":
		target, err := os.Readlink(path)
		if err != nil {
			return err
		}
		return out.WriteHeader(&tar.Header{Typeflag: tar.TypeSymlink, Name: path, Linkname: target})
	case "file":
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		if info, err = file.Stat(); err != nil {
			return err
		}
		header := tar.Header{Typeflag: tar.TypeReg, Name: path, Size: info.Size(), Mode: int64(info.Mode().Perm())}
		if err := out.WriteHeader(&header); err != nil {
			return err
		}
		// One that shrinks meanwhile ends the archive: half a file is worse than none.
		_, err = io.CopyN(out, file, info.Size())
		return err
	}
	return nil
}
