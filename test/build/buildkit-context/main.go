// Command buildkit-context says which paths of a directory BuildKit takes into
// a build's context, by BuildKit's own packages. It reads one JSON object a
// line, {"dir": …, "ignoreFile": …}, and answers each with a line: a list of
// paths, or {"error": …}.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"strings"

	"github.com/moby/patternmatcher/ignorefile"
	"github.com/tonistiigi/fsutil"
)

func list(dir, ignoreFile string) ([]string, error) {
	patterns, err := ignorefile.ReadAll(strings.NewReader(ignoreFile))
	if err != nil {
		return nil, err
	}
	paths := []string{}
	err = fsutil.WalkDir(context.Background(), dir, &fsutil.FilterOpt{ExcludePatterns: patterns},
		func(path string, _ fs.DirEntry, err error) error {
			paths = append(paths, path)
			return err
		})
	return paths, err
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var asked struct{ Dir, IgnoreFile string }
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			panic(err)
		}
		if paths, err := list(asked.Dir, asked.IgnoreFile); err != nil {
			_ = out.Encode(map[string]string{"error": err.Error()})
		} else {
			_ = out.Encode(paths)
		}
	}
}
