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

const protocol = 1

type request struct {
	Protocol int `json:"protocol"`
	// Tree names the context: equal trees, equal names.
	Tree    string  `json:"tree"`
	Entries []entry `json:"entries"`
	// Dockerfile is sent beside the context, because it may lie outside of it.
	Dockerfile struct {
		Name string `json:"name"`
		Text string `json:"text"`
	} `json:"dockerfile"`
	// Args go to buildctl as they are, after the sources.
	Args []string `json:"args"`
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
	contextDir    string
	dockerfileDir string
	args          []string
	say           func(message map[string]any)
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
	line, err := in.ReadBytes('\n')
	if err != nil {
		return outcome{}, err
	}
	var asked request
	if err := json.Unmarshal(line, &asked); err != nil {
		return outcome{}, &refusal{Code: "malformed", Message: err.Error()}
	}
	for i := range asked.Entries {
		asked.Entries[i].decode()
	}
	if asked.Protocol != protocol {
		return outcome{}, &refusal{Code: "protocol", Message: "this builder speaks another version of the protocol"}
	}
	store, err := openStore(storeDir)
	if err != nil {
		return outcome{}, err
	}
	defer store.close()

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
	go func() {
		// Nothing more is ever sent: this returns when the client cancels or is gone.
		_, _ = io.Copy(io.Discard, in)
		cancel()
	}()
	return build(running, job{contextDir, dockerfileDir, asked.Args, say})
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
