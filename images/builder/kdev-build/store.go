package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"syscall"
)

// store keeps build contexts: each file's content once under blobs/, and trees
// of hard links to them under trees/<name>/context, never changed after they
// are made. Several processes may use one store.
type store struct {
	dir  string
	lock *os.File
}

// openStore holds a shared lock until close, so that nothing is collected that
// this build relies on.
func openStore(dir string) (*store, error) {
	for _, each := range []string{"blobs", "trees"} {
		if err := os.MkdirAll(filepath.Join(dir, each), 0o755); err != nil {
			return nil, err
		}
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	s := &store{dir, lock}
	s.collect()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_SH); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *store) close() { s.lock.Close() }

// takeTree returns the directory of the tree called name. What the store lacks
// is asked for by want and then read from in, file after file.
func (s *store) takeTree(name string, entries []entry, in io.Reader, want func([]string)) (string, error) {
	if _, err := decodeDigest(name); err != nil {
		return "", err
	}
	home := filepath.Join(s.dir, "trees", name)
	contextDir := filepath.Join(home, "context")
	for i := range entries {
		entries[i].decode()
	}
	if _, err := os.Stat(contextDir); err == nil {
		want([]string{})
		return contextDir, touch(home)
	}
	missing, err := s.missing(entries)
	if err != nil {
		return "", err
	}
	digests := make([]string, len(missing))
	for i, each := range missing {
		digests[i] = each.Digest
	}
	want(digests)
	for _, each := range missing {
		if err := s.receive(each, in); err != nil {
			return "", err
		}
	}
	return contextDir, s.plant(home, entries)
}

// change returns the entries of the tree called base with some of them
// replaced, added or gone, in their order; false where there is no such tree.
func (s *store) change(base string, changed []entry, gone []string) ([]entry, bool) {
	if _, err := decodeDigest(base); err != nil {
		return nil, false
	}
	text, err := os.ReadFile(filepath.Join(s.dir, "trees", base, "entries"))
	if err != nil {
		return nil, false
	}
	var entries []entry
	if json.Unmarshal(text, &entries) != nil {
		return nil, false
	}
	left := make(map[string]bool, len(changed)+len(gone))
	for i := range changed {
		changed[i].decode()
		left[changed[i].Path] = true
	}
	for _, path := range gone {
		left[path] = true
	}
	kept := changed
	for _, each := range entries {
		if each.decode(); !left[each.Path] {
			kept = append(kept, each)
		}
	}
	// Directories before what is in them: a path is longer than those above it.
	sort.SliceStable(kept, func(i, j int) bool { return kept[i].Path < kept[j].Path })
	return kept, true
}

// missing lists one entry for each content that the store does not have.
func (s *store) missing(entries []entry) ([]entry, error) {
	var missing []entry
	seen := map[string]bool{}
	for _, each := range entries {
		if each.Type != "file" || seen[each.Digest] {
			continue
		}
		seen[each.Digest] = true
		if _, err := decodeDigest(each.Digest); err != nil {
			return nil, err
		}
		if _, err := os.Stat(s.blob(each.Digest, false)); err != nil {
			missing = append(missing, each)
		}
	}
	return missing, nil
}

// receive reads one file's content. What arrives must be what was announced:
// a file that changed under the client's hands has another digest.
func (s *store) receive(expected entry, in io.Reader) error {
	target, err := os.CreateTemp(filepath.Join(s.dir, "blobs"), "receiving-")
	if err != nil {
		return err
	}
	defer os.Remove(target.Name())
	defer target.Close()
	hash := sha256.New()
	if _, err := io.CopyN(io.MultiWriter(target, hash), in, expected.Size); err != nil {
		return fmt.Errorf("receiving %s: %w", expected.Path, err)
	}
	if received := hex.EncodeToString(hash.Sum(nil)); received != expected.Digest {
		return &refusal{Code: "changed", Message: "the file changed while it was sent", Path: expected.Path}
	}
	if err := target.Chmod(0o644); err != nil {
		return err
	}
	digest, err := decodeDigest(expected.Digest)
	if err != nil {
		return err
	}
	if err := os.Chtimes(target.Name(), stampOfDigest(digest), stampOfDigest(digest)); err != nil {
		return err
	}
	return os.Rename(target.Name(), s.blob(expected.Digest, false))
}

func (s *store) blob(digest string, exec bool) string {
	if exec {
		digest += ".x"
	}
	return filepath.Join(s.dir, "blobs", digest)
}

func decodeDigest(text string) (digest [sha256.Size]byte, err error) {
	decoded, err := hex.DecodeString(text)
	if err != nil || len(decoded) != sha256.Size {
		return digest, &refusal{Code: "malformed", Message: fmt.Sprintf("%q is no SHA-256 digest", text)}
	}
	return [sha256.Size]byte(decoded), nil
}
