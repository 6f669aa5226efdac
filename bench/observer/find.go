package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
)

type found struct {
	Pid    int `json:"pid"`
	Parent int `json:"parent"`
}

// find looks through all processes of the machine; one that matches is there for each replica.
func find(asked request) (any, error) {
	names, err := numbersIn("/proc")
	if err != nil {
		return nil, err
	}
	all := []found{}
	for _, name := range names {
		if programOf("/proc/"+name) != asked.Program {
			continue
		}
		environment, _ := os.ReadFile("/proc/" + name + "/environ")
		for _, variable := range bytes.Split(environment, []byte{0}) {
			if string(variable) != asked.Variable {
				continue
			}
			pid, _ := strconv.Atoi(name)
			if parent, err := parentOf(name); err == nil {
				all = append(all, found{pid, parent})
			}
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no process %s with %s", asked.Program, asked.Variable)
	}
	return all, nil
}

func numbersIn(dir string) ([]string, error) {
	handle, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer handle.Close()
	names, err := handle.Readdirnames(-1)
	numbers := names[:0]
	for _, name := range names {
		if name[0] >= '1' && name[0] <= '9' {
			numbers = append(numbers, name)
		}
	}
	return numbers, err
}

func programOf(process string) string {
	name, _ := os.ReadFile(process + "/comm")
	return strings.TrimSuffix(string(name), "\n")
}

func parentOf(pid string) (int, error) {
	stat, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return 0, err
	}
	// The name in parentheses may hold anything; the fields after it are state and parent.
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 2 {
		return 0, fmt.Errorf("cannot read the parent of %s", pid)
	}
	return strconv.Atoi(fields[1])
}
