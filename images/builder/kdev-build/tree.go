package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// entry is one path of a build context. Modes are 0644 and 0755 and owners
// are nobody's, whatever they are in the checkout.
type entry struct {
	Path   string `json:"path"`
	Type   string `json:"type"`
	Exec   bool   `json:"exec,omitempty"`
	Size   int64  `json:"size,omitempty"`
	Digest string `json:"digest,omitempty"`
	Target string `json:"target,omitempty"`
	// Names that are not UTF-8 come as bytes.
	PathBytes   []byte `json:"pathBytes,omitempty"`
	TargetBytes []byte `json:"targetBytes,omitempty"`
}

func (e *entry) decode() {
	if len(e.PathBytes) > 0 {
		e.Path = string(e.PathBytes)
	}
	if len(e.TargetBytes) > 0 {
		e.Target = string(e.TargetBytes)
	}
}

// plant makes home/context out of blobs that the store has, whole or not at
// all. Directories come before what is in them.
func (s *store) plant(home string, entries []entry) error {
	making, err := os.MkdirTemp(filepath.Join(s.dir, "trees"), "making-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(making)
	root := filepath.Join(making, "context")
	if err := os.Mkdir(root, 0o755); err != nil {
		return err
	}
	planted := map[string]bool{".": true}
	for _, each := range entries {
		// The directory above must be one of ours: a link there could lead anywhere.
		if !filepath.IsLocal(each.Path) || strings.ContainsRune(each.Path, 0) || !planted[filepath.Dir(each.Path)] {
			return &refusal{Code: "malformed", Message: "the path leaves the context", Path: each.Path}
		}
		planted[each.Path] = each.Type == "dir"
		if err := s.place(filepath.Join(root, each.Path), each); err != nil {
			return fmt.Errorf("placing %s: %w", each.Path, err)
		}
	}
	// Last and from the inside out, because a new name changes its directory's time.
	for i := len(entries) - 1; i >= 0; i-- {
		if entries[i].Type == "dir" {
			if err := os.Chtimes(filepath.Join(root, entries[i].Path), epoch, epoch); err != nil {
				return err
			}
		}
	}
	if err := os.Chtimes(root, epoch, epoch); err != nil {
		return err
	}
	// For the next tree, which is told by what differs from this one.
	told, err := json.Marshal(entries)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(making, "entries"), told, 0o644); err != nil {
		return err
	}
	if err := os.Chmod(making, 0o755); err != nil {
		return err
	}
	if err := os.Rename(making, home); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

func (s *store) place(target string, each entry) error {
	switch each.Type {
	case "dir":
		return os.Mkdir(target, 0o755)
	case "link":
		return os.Symlink(each.Target, target)
	case "file":
		blob := s.blob(each.Digest, each.Exec)
		if each.Exec {
			if err := s.makeExecutable(each.Digest); err != nil {
				return err
			}
		}
		return os.Link(blob, target)
	default:
		return &refusal{Code: "malformed", Message: fmt.Sprintf("unknown type %q", each.Type), Path: each.Path}
	}
}

// makeExecutable copies a blob to a second one with the execute bits: a hard
// link shares its file's mode.
func (s *store) makeExecutable(digest string) error {
	executable := s.blob(digest, true)
	if _, err := os.Stat(executable); err == nil {
		return nil
	}
	source, err := os.Open(s.blob(digest, false))
	if err != nil {
		return err
	}
	defer source.Close()
	target, err := os.CreateTemp(filepath.Join(s.dir, "blobs"), "receiving-")
	if err != nil {
		return err
	}
	defer os.Remove(target.Name())
	defer target.Close()
	if _, err := io.Copy(target, source); err != nil {
		return err
	}
	if err := target.Chmod(0o755); err != nil {
		return err
	}
	decoded, err := decodeDigest(digest)
	if err != nil {
		return err
	}
	if err := os.Chtimes(target.Name(), stampOfDigest(decoded), stampOfDigest(decoded)); err != nil {
		return err
	}
	return os.Rename(target.Name(), executable)
}

func touch(path string) error {
	now := time.Now()
	return os.Chtimes(path, now, now)
}
