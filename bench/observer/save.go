package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
)

// newContent is text that no save before had, of the same size each time.
func newContent(size int) []byte {
	var text strings.Builder
	for text.Len() < size {
		fmt.Fprintf(&text, "%016x\n", rand.Uint64())
	}
	return []byte(text.String()[:size])
}

// save writes like an editor: into the file itself, or into a draft beside it that then takes its name.
func save(file string, content []byte, inPlace bool) error {
	if inPlace {
		return os.WriteFile(file, content, 0o644)
	}
	draft := fmt.Sprintf("%s.tmp.%d", file, os.Getpid())
	if err := os.WriteFile(draft, content, 0o644); err != nil {
		return err
	}
	return os.Rename(draft, file)
}
