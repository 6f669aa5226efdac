package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
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
	return ask(t, store, request{Tree: treeOf(t, entries), Entries: entries}, entries, contents, build)
}

func treeOf(t *testing.T, entries []entry) string {
	return digest(t.Name() + string(mustJSON(entries)))
}

// ask sends a request; a client that is asked for the whole of it has entries.
func ask(t *testing.T, store string, asked request, entries []entry, contents map[string]string, build func(context.Context, job) (outcome, error)) (want []string, last map[string]json.RawMessage) {
	t.Helper()
	asked.Protocol = protocol
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
		if _, ok := message["whole"]; ok {
			go send.Write(append(mustJSON(map[string]any{"entries": entries}), '\n'))
		}
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

func TestATreeCanBeToldByWhatDiffersFromAnother(t *testing.T) {
	store := t.TempDir()
	odd := entry{PathBytes: []byte("dir/\xff"), Type: "file", Size: 3, Digest: digest("odd")}
	contents := map[string]string{digest("one"): "one", digest("two"): "two", digest("odd"): "odd"}
	first := []entry{{Path: "dir", Type: "dir"}, file("dir/a", "one", false), odd, file("old", "one", false), {Path: "swap", Type: "dir"}, file("swap/x", "one", false)}
	converse(t, store, first, contents, succeed(func(job) {}))
	second := []entry{{Path: "dir", Type: "dir"}, file("dir/a", "two", false), odd, {Path: "new", Type: "dir"}, file("new/b", "one", true), file("swap", "one", false)}
	delta := request{
		Tree:    treeOf(t, second),
		Base:    treeOf(t, first),
		Entries: []entry{file("dir/a", "two", false), {Path: "new", Type: "dir"}, file("new/b", "one", true), file("swap", "one", false)},
		Gone:    []string{"old", "swap/x"},
	}
	look := succeed(func(todo job) {
		for path, content := range map[string]string{"dir/a": "two", "dir/\xff": "odd", "new/b": "one", "swap": "one"} {
			if found, err := os.ReadFile(filepath.Join(todo.contextDir, path)); err != nil || string(found) != content {
				t.Errorf("%q holds %q: %v", path, found, err)
			}
		}
		if _, err := os.Stat(filepath.Join(todo.contextDir, "old")); err == nil {
			t.Error("old is still there")
		}
	})
	want, last := ask(t, store, delta, nil, contents, look)
	if len(want) != 1 || last["done"] == nil {
		t.Errorf("asked for %v, ended with %s", want, mustJSON(last))
	}
	if _, last := ask(t, t.TempDir(), delta, second, contents, look); last["done"] == nil {
		t.Errorf("without the base it ended with %s", mustJSON(last))
	}
}

func TestSecretsAreInNoFileAndInNoArgument(t *testing.T) {
	held, err := inMemory([]byte("word"))
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	for range 2 {
		if content, err := os.ReadFile(descriptorPath(int(held.Fd()))); err != nil || string(content) != "word" {
			t.Errorf("%q: %v", content, err)
		}
	}
	if link, _ := os.Readlink(descriptorPath(int(held.Fd()))); !strings.HasPrefix(link, "/memfd:") {
		t.Errorf("it lies at %s", link)
	}
}

func TestTheClientAnswersForCredentialsAndAgents(t *testing.T) {
	said := make(chan map[string]any, 10)
	client := newClient(func(message map[string]any) { said <- message })
	in, send := io.Pipe()
	go client.listen(bufio.NewReader(in))
	credentials, agent, shut, err := client.open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer shut()
	t.Setenv(credentialSocket, credentials)
	answerWith := func(answer map[string]any) {
		asked := (<-said)["ask"].(map[string]any)
		answer["id"], answer["host"] = asked["id"], nil
		if asked["host"] != "docker.io" {
			t.Errorf("asked for %v", asked["host"])
		}
		send.Write(append(mustJSON(map[string]any{"answer": answer}), '\n'))
	}
	var out bytes.Buffer
	go answerWith(map[string]any{"username": "ann", "secret": "word"})
	if code := credential([]string{"get"}, strings.NewReader("https://index.docker.io/v1/\n"), &out); code != 0 || !strings.Contains(out.String(), `"Secret":"word"`) {
		t.Errorf("%d: %s", code, out.String())
	}
	out.Reset()
	go answerWith(map[string]any{})
	if code := credential([]string{"get"}, strings.NewReader("docker.io"), &out); code != 1 || strings.TrimSpace(out.String()) != noCredentials {
		t.Errorf("%d: %s", code, out.String())
	}
	step, err := net.Dial("unix", agent)
	if err != nil {
		t.Fatal(err)
	}
	id := (<-said)["agent"].(agentMessage).ID
	step.Write([]byte("question"))
	if message := (<-said)["agent"].(agentMessage); message.ID != id || string(message.Data) != "question" {
		t.Errorf("said %v", message)
	}
	send.Write(append(mustJSON(map[string]any{"agent": agentMessage{ID: id, Data: []byte("reply")}}), '\n'))
	reply := make([]byte, 5)
	if _, err := io.ReadFull(step, reply); err != nil || string(reply) != "reply" {
		t.Errorf("%q: %v", reply, err)
	}
	step.Close()
	if message := (<-said)["agent"].(agentMessage); !message.End {
		t.Errorf("said %v", message)
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
