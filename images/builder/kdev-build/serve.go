package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
)

const protocol = 2

type request struct {
	Protocol int `json:"protocol"`
	// Source names what the contexts of one image have in common: BuildKit
	// compares a context with the last one of the same source.
	Source string `json:"source"`
	// Tree names the context: equal trees, equal names.
	Tree string `json:"tree"`
	// Base names a tree that this one is told by: Entries are what is new or
	// different, Gone is what is no more. Without it Entries are all.
	Base    string   `json:"base,omitempty"`
	Entries []entry  `json:"entries"`
	Gone    []string `json:"gone,omitempty"`
	// Dockerfile is sent beside the context, because it may lie outside of it.
	Dockerfile struct {
		Name string `json:"name"`
		Text string `json:"text"`
	} `json:"dockerfile"`
	// Args go to buildctl as they are, after the sources.
	Args []string `json:"args"`
	// Secrets by id; they are in this process's memory and in no file.
	Secrets map[string][]byte `json:"secrets,omitempty"`
	// SSH lists ids by which steps reach the client's ssh agent.
	SSH []string `json:"ssh,omitempty"`
}

// refusal says why no build ran.
type refusal struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Path    string `json:"path,omitempty"`
}

func (r *refusal) Error() string { return r.Message }

type outcome struct {
	ExitCode int             `json:"exitCode"`
	Metadata json.RawMessage `json:"metadata,omitempty"`
}

// job is one build as buildctl sees it.
type job struct {
	source        string
	contextDir    string
	dockerfileDir string
	args          []string
	secrets       map[string][]byte
	ssh           []string
	// client is who answers for credentials and ssh agents.
	client *client
	say    func(message map[string]any)
}

// serve speaks the protocol of this command on in and out and returns the
// process's exit code: 0 whenever the client was told how it went.
func serve(in io.Reader, out io.Writer, storeDir string, build func(context.Context, job) (outcome, error)) int {
	var lock sync.Mutex
	encoder := json.NewEncoder(out)
	say := func(message map[string]any) {
		lock.Lock()
		defer lock.Unlock()
		// A client that is gone shows as the end of the input.
		_ = encoder.Encode(message)
	}
	done, err := handle(bufio.NewReaderSize(in, 1<<20), say, storeDir, build)
	var refused *refusal
	switch {
	case errors.As(err, &refused):
		say(map[string]any{"refused": refused})
	case err != nil:
		say(map[string]any{"refused": refusal{Code: "failed", Message: err.Error()}})
	default:
		say(map[string]any{"done": done})
	}
	return 0
}

func handle(in *bufio.Reader, say func(map[string]any), storeDir string, build func(context.Context, job) (outcome, error)) (outcome, error) {
	var asked request
	if err := readLine(in, &asked); err != nil {
		return outcome{}, err
	}
	if asked.Protocol != protocol {
		return outcome{}, &refusal{Code: "protocol", Message: "this builder speaks another version of the protocol"}
	}
	store, err := openStore(storeDir)
	if err != nil {
		return outcome{}, err
	}
	defer store.close()

	if asked.Base != "" {
		if whole, ok := store.change(asked.Base, asked.Entries, asked.Gone); ok {
			asked.Entries = whole
		} else {
			say(map[string]any{"whole": true})
			var rest struct {
				Entries []entry `json:"entries"`
			}
			if err := readLine(in, &rest); err != nil {
				return outcome{}, err
			}
			asked.Entries = rest.Entries
		}
	}
	contextDir, err := store.takeTree(asked.Tree, asked.Entries, in, func(want []string) {
		say(map[string]any{"want": want})
	})
	if err != nil {
		return outcome{}, err
	}
	dockerfileDir, err := writeDockerfile(asked.Dockerfile.Name, asked.Dockerfile.Text)
	defer os.RemoveAll(dockerfileDir)
	if err != nil {
		return outcome{}, err
	}

	running, cancel := context.WithCancel(context.Background())
	defer cancel()
	client := newClient(say)
	go func() {
		// It ends when the client cancels or is gone.
		client.listen(in)
		cancel()
	}()
	todo := job{asked.Source, contextDir, dockerfileDir, asked.Args, asked.Secrets, asked.SSH, client, say}
	return build(running, todo)
}

func readLine(in *bufio.Reader, into any) error {
	line, err := in.ReadBytes('\n')
	if err != nil {
		return err
	}
	if err := json.Unmarshal(line, into); err != nil {
		return &refusal{Code: "malformed", Message: err.Error()}
	}
	return nil
}

// writeDockerfile puts the Dockerfile into a directory of its own, with an
// ignore file that ignores nothing: the client has applied the real one, and
// BuildKit would otherwise apply whatever .dockerignore is in the context.
func writeDockerfile(name, text string) (string, error) {
	if name == "" || name != filepath.Base(name) || name == ".." || name == "." {
		return "", &refusal{Code: "malformed", Message: "the Dockerfile's name is not a plain file name", Path: name}
	}
	dir, err := os.MkdirTemp("", "dockerfile-")
	if err != nil {
		return "", err
	}
	for file, content := range map[string]string{name: text, name + ".dockerignore": "# applied already\n"} {
		path := filepath.Join(dir, file)
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			return dir, err
		}
		if err := os.Chtimes(path, stampOfContent([]byte(content)), stampOfContent([]byte(content))); err != nil {
			return dir, err
		}
	}
	return dir, nil
}
