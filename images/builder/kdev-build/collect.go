package main

import (
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"syscall"
	"time"
)

const (
	// keepTrees is how many contexts stay, the latest used first: going back
	// to one of them sends nothing.
	keepTrees = 20
	// keepFor spares what an interrupted build left, in case it comes back.
	keepFor = time.Hour
)

// collect removes old trees and the content that only they had. It does
// nothing while another build uses the store.
func (s *store) collect() {
	if syscall.Flock(int(s.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		return
	}
	trees := filepath.Join(s.dir, "trees")
	old := time.Now().Add(-keepFor)
	present := listByAge(trees)
	for i, each := range present {
		if i >= keepTrees && each.ModTime().Before(old) {
			_ = os.RemoveAll(filepath.Join(trees, each.Name()))
		}
	}
	s.removeBlobs(old)
	// Contexts that are larger than what is left for them go at any age, the latest one last.
	present = listByAge(trees)
	for limit := contextBytes(); limit > 0 && len(present) > 1 && s.blobBytes() > limit; {
		oldest := present[len(present)-1]
		present = present[:len(present)-1]
		_ = os.RemoveAll(filepath.Join(trees, oldest.Name()))
		s.removeBlobs(time.Now())
	}
}

// contextBytes is how much content may stay; 0 = as much as there is.
func contextBytes() int64 {
	limit, _ := strconv.ParseInt(os.Getenv("KDEV_CONTEXT_BYTES"), 10, 64)
	return limit
}

func (s *store) blobBytes() (sum int64) {
	for _, each := range listByAge(filepath.Join(s.dir, "blobs")) {
		sum += each.Size()
	}
	return sum
}

// removeBlobs removes content that is in no tree since before that time.
func (s *store) removeBlobs(old time.Time) {
	blobs := filepath.Join(s.dir, "blobs")
	for _, each := range listByAge(blobs) {
		facts, ok := each.Sys().(*syscall.Stat_t)
		// The time that counts is when it came or lost a link; its modification time is made up.
		if ok && facts.Nlink == 1 && time.Unix(facts.Ctim.Unix()).Before(old) {
			_ = os.Remove(filepath.Join(blobs, each.Name()))
		}
	}
}

// listByAge lists a directory, newest first; nothing where it cannot be read.
func listByAge(dir string) []os.FileInfo {
	names, _ := os.ReadDir(dir)
	infos := make([]os.FileInfo, 0, len(names))
	for _, each := range names {
		if info, err := each.Info(); err == nil {
			infos = append(infos, info)
		}
	}
	sort.Slice(infos, func(i, j int) bool { return infos[i].ModTime().After(infos[j].ModTime()) })
	return infos
}
