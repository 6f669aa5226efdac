package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"syscall"
	"time"
)

// stopAfter is how long buildctl has to tell BuildKit that a build is
// cancelled before it is killed.
const stopAfter = 3 * time.Second

// runBuildctl builds and reports progress until it ends or ctx is cancelled.
func runBuildctl(ctx context.Context, todo job) (outcome, error) {
	dir, err := os.MkdirTemp("", "build-")
	if err != nil {
		return outcome{}, err
	}
	defer os.RemoveAll(dir)
	credentials, agent, shut, err := todo.client.open(dir)
	if err != nil {
		return outcome{}, err
	}
	defer shut()
	metadata := filepath.Join(dir, "metadata.json")
	args := []string{
		"--addr", address, "build", "--progress=rawjson", "--metadata-file", metadata,
		"--local", "context=" + todo.contextDir,
		"--local", "dockerfile=" + todo.dockerfileDir,
	}
	command := exec.CommandContext(ctx, "/usr/bin/buildctl")
	for _, id := range sortedKeys(todo.secrets) {
		file, err := inMemory(todo.secrets[id])
		if err != nil {
			return outcome{}, err
		}
		defer file.Close()
		command.ExtraFiles = append(command.ExtraFiles, file)
		args = append(args, "--secret", "id="+id+",src="+descriptorPath(2+len(command.ExtraFiles)))
	}
	for _, id := range todo.ssh {
		args = append(args, "--ssh", id+"="+agent)
	}
	command.Args = append(append([]string{"buildctl"}, args...), todo.args...)
	command.Env = append(os.Environ(), "DOCKER_CONFIG=/etc/kdev-build/docker", credentialSocket+"="+credentials)
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = stopAfter
	// Progress comes on standard error.
	progress, err := command.StderrPipe()
	if err != nil {
		return outcome{}, err
	}
	if err := command.Start(); err != nil {
		return outcome{}, err
	}
	watched, ended := context.WithCancel(context.Background())
	defer ended()
	go endOrphans(watched, containersDir)
	lines := bufio.NewScanner(progress)
	lines.Buffer(make([]byte, 64<<10), 64<<20)
	for lines.Scan() {
		if line := lines.Bytes(); json.Valid(line) && len(line) > 0 && line[0] == '{' {
			todo.say(map[string]any{"status": json.RawMessage(line)})
		} else if len(line) > 0 {
			todo.say(map[string]any{"line": string(line)})
		}
	}
	err = command.Wait()
	if ctx.Err() != nil {
		return outcome{}, &refusal{Code: "cancelled", Message: "the client cancelled the build or is gone"}
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return outcome{}, err
	}
	facts, _ := os.ReadFile(metadata)
	return outcome{ExitCode: command.ProcessState.ExitCode(), Metadata: facts}, nil
}

func sortedKeys(values map[string][]byte) []string {
	keys := make([]string, 0, len(values))
	for key := range values {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}
