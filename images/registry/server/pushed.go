package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// pushed tells when each manifest came, as `repository@digest`, in ms since the epoch: the newest of its own coming
// and that of the tags that name it. What an image says of its age is that of its oldest cached step.
func (s *store) pushed() (map[string]int64, error) {
	top := filepath.Join(s.root, "docker", "registry", "v2", "repositories")
	times := map[string]int64{}
	err := filepath.WalkDir(top, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			// Deleted while this looks, or nothing has ever been pushed.
			if os.IsNotExist(err) {
				return nil
			}
			return err
		}
		if entry.IsDir() {
			switch entry.Name() {
			case "_layers", "_uploads", "index":
				return filepath.SkipDir
			}
			return nil
		}
		repository, rest, isManifest := strings.Cut(strings.TrimPrefix(file, top+"/"), "/_manifests/")
		if !isManifest || entry.Name() != "link" {
			return nil
		}
		// revisions/sha256/<hex>/link or tags/<tag>/current/link: both hold the digest.
		if !strings.HasPrefix(rest, "revisions/") && !strings.HasSuffix(rest, "/current/link") {
			return nil
		}
		digest, err := os.ReadFile(file)
		if err != nil {
			return nil
		}
		facts, err := entry.Info()
		if err != nil {
			return nil
		}
		name := repository + "@" + strings.TrimSpace(string(digest))
		times[name] = max(times[name], facts.ModTime().UnixMilli())
		return nil
	})
	return times, err
}
