// Command observer measures from outside: it saves a file, looks at the container until the save has arrived, and
// says how long that took. It shares no code with what it measures. Requests come as JSON lines on standard input;
// each is answered by one line on standard output. It needs root, and the containers' processes in its own /proc.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
)

type request struct {
	Op string `json:"op"`

	// find: a process of this name with this variable, `NAME=value`, in its environment.
	Program  string `json:"program"`
	Variable string `json:"variable"`

	// The containers, each by a process of it that lives through restarts of the app; Pid is the first.
	Pid  int   `json:"pid"`
	Pids []int `json:"pids"`
	// What is waited for: `bytes`, `served` or `restarted`.
	Until string `json:"until"`
	// Path in the container.
	File string `json:"file"`
	// Where the app answers in the pod, and with what: a path that gives File's present content.
	Port int    `json:"port"`
	Path string `json:"path"`
	// A path that gives the content the app was started with; checked after each restart.
	CodePath string `json:"codePath"`

	Local   string   `json:"local"`
	InPlace bool     `json:"inPlace"`
	Bytes   int      `json:"bytes"`
	Command []string `json:"command"`

	Saves      int    `json:"saves"`
	Warmups    int    `json:"warmups"`
	PauseMs    [2]int `json:"pauseMs"`
	DeadlineMs int    `json:"deadlineMs"`

	// echo: host:port.
	Address string `json:"address"`

	// bulk: what changes below LocalRoot, which the container has as Root.
	Change    change `json:"change"`
	LocalRoot string `json:"localRoot"`
	Root      string `json:"root"`
}

var operations = map[string]func(request) (any, error){
	"find":      find,
	"series":    series,
	"calibrate": calibrate,
	"echo":      echo,
	"write":     writeThrough,
	"compare":   compare,
	"bulk":      bulk,
	"fill":      fill,
}

func main() {
	// The main thread looks; what runs beside it has threads of its own.
	runtime.LockOSThread()
	sharpenSleep()
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 1<<20)
	output := json.NewEncoder(os.Stdout)
	for input.Scan() {
		result, err := handle(input.Bytes())
		if err != nil {
			result = map[string]string{"error": err.Error()}
		}
		if output.Encode(result) != nil {
			return
		}
	}
}

func handle(line []byte) (any, error) {
	var asked request
	if err := json.Unmarshal(line, &asked); err != nil {
		return nil, err
	}
	operation, ok := operations[asked.Op]
	if !ok {
		return nil, fmt.Errorf("no operation %q", asked.Op)
	}
	return operation(asked)
}
