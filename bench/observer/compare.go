package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
)

type compared struct {
	Files int `json:"files"`
	// Files that the container lacks or has with other content.
	Wrong int `json:"wrong"`
}

// compare reads every file of a local directory and its counterpart in the container.
func compare(asked request) (any, error) {
	result := compared{}
	root := inContainer(asked.Pid, asked.File)
	err := filepath.WalkDir(asked.Local, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Name() == ".git" {
			return filepath.SkipDir
		}
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		relative, err := filepath.Rel(asked.Local, path)
		if err != nil {
			return err
		}
		wanted, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		there, err := os.ReadFile(filepath.Join(root, relative))
		result.Files++
		if err != nil || !bytes.Equal(there, wanted) {
			result.Wrong++
		}
		return nil
	})
	return result, err
}
