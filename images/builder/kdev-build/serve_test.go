package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func file(path, text string, exec bool) entry {
	return entry{Path: path, Type: "file", Size: int64(len(text)), Digest: digest(text), Exec: exec}
}

// converse runs one build with a client that sends the contents it has.
func converse(t *testing.T, store string, entries []entry, contents map[string]string, build func(context.Context, job) (outcome, error)) (want []string, last map[string]json.RawMessage) {
	t.Helper()
	asked := request{Protocol: protocol, Tree: digest(t.Name() + string(mustJSON(entries))), Entries: entries}
	asked.Dockerfile.Name = "Dockerfile"
	asked.Dockerfile.Text = "FROM scratch"
	input, send := io.Pipe()
	receive, output := io.Pipe()
	go func() {
		serve(input, output, store, build)
		output.Close()
	}()
	go send.Write(append(mustJSON(asked), '\n'))
	for decoder := json.NewDecoder(receive); ; {
		var message map[string]json.RawMessage
		if decoder.Decode(&message) != nil {
			return want, last
		}
		last = message
		if list, ok := message["want"]; ok {
			if err := json.Unmarshal(list, &want); err != nil {
				t.Fatal(err)
			}
			go func() {
				for _, each := range want {
					send.Write([]byte(contents[each]))
				}
			}()
		}
	}
}

func mustJSON(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return text
}

func succeed(look func(job)) func(context.Context, job) (outcome, error) {
	return func(_ context.Context, todo job) (outcome, error) {
		look(todo)
		return outcome{}, nil
	}
}

func TestATreeIsPlantedWithModesAndLinks(t *testing.T) {
	entries := []entry{{Path: "dir", Type: "dir"}, file("dir/a", "same", false), file("dir/b", "same", true), {Path: "link", Type: "link", Target: "dir/a"}}
	_, last := converse(t, t.TempDir(), entries, map[string]string{digest("same"): "same"}, succeed(func(todo job) {
		for name, mode := range map[string]os.FileMode{"a": 0o644, "b": 0o755} {
			info, err := os.Stat(filepath.Join(todo.contextDir, "dir", name))
			if err != nil || info.Mode() != mode {
				t.Errorf("%s: %v %v", name, info, err)
			}
		}
		if target, _ := os.Readlink(filepath.Join(todo.contextDir, "link")); target != "dir/a" {
			t.Errorf("link to %q", target)
		}
	}))
	if last["done"] == nil {
		t.Errorf("ended with %s", mustJSON(last))
	}
}

func TestOnlyMissingContentIsAskedFor(t *testing.T) {
	store := t.TempDir()
	contents := map[string]string{digest("one"): "one", digest("two"): "two", digest("three"): "three"}
	nothing := succeed(func(job) {})
	first := []entry{file("a", "one", false), file("b", "two", false), file("c", "two", false)}
	if want, _ := converse(t, store, first, contents, nothing); len(want) != 2 {
		t.Errorf("the first build asked for %v", want)
	}
	if want, _ := converse(t, store, first, contents, nothing); len(want) != 0 {
		t.Errorf("the same tree asked for %v", want)
	}
	second := []entry{file("a", "one", false), file("b", "three", false)}
	if want, _ := converse(t, store, second, contents, nothing); len(want) != 1 || want[0] != digest("three") {
		t.Errorf("after a change it asked for %v", want)
	}
}

func TestAFileThatChangedUnderwayIsRefused(t *testing.T) {
	contents := map[string]string{digest("one"): "two"}
	_, last := converse(t, t.TempDir(), []entry{file("a", "one", false)}, contents, succeed(func(job) {
		t.Error("it was built")
	}))
	var refused refusal
	if json.Unmarshal(last["refused"], &refused) != nil || refused.Code != "changed" || refused.Path != "a" {
		t.Errorf("ended with %s", mustJSON(last))
	}
}

func TestNothingIsWrittenOutsideOfTheTree(t *testing.T) {
	for name, entries := range map[string][]entry{
		"parent":   {file("../a", "one", false)},
		"absolute": {file("/a", "one", false)},
		"link":     {{Path: "out", Type: "link", Target: "/tmp"}, file("out/a", "one", false)},
		"orphan":   {file("dir/a", "one", false)},
	} {
		t.Run(name, func(t *testing.T) {
			_, last := converse(t, t.TempDir(), entries, map[string]string{digest("one"): "one"}, succeed(func(job) {
				t.Error("it was built")
			}))
			if last["refused"] == nil {
				t.Errorf("ended with %s", mustJSON(last))
			}
		})
	}
}

func TestTheEndOfTheInputCancelsTheBuild(t *testing.T) {
	asked := request{Protocol: protocol, Tree: digest("tree")}
	asked.Dockerfile.Name = "Dockerfile"
	var out bytes.Buffer
	serve(bytes.NewReader(append(mustJSON(asked), '\n')), &out, t.TempDir(), func(ctx context.Context, _ job) (outcome, error) {
		<-ctx.Done()
		return outcome{}, &refusal{Code: "cancelled", Message: "cancelled"}
	})
	if !bytes.Contains(out.Bytes(), []byte(`"cancelled"`)) {
		t.Errorf("said %s", out.String())
	}
}

func TestEqualSizeAndOtherContentHasAnotherTime(t *testing.T) {
	if stampOfContent([]byte("one")).Equal(stampOfContent([]byte("two"))) {
		t.Error("BuildKit would take one for the other")
	}
	if !stampOfContent([]byte("one")).Equal(stampOfContent([]byte("one"))) {
		t.Error("equal content has different times")
	}
}
