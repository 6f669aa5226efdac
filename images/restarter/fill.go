package main

import (
	"fmt"
	"os"

	"kdev/restarter/internal/fill"
)

// fillAll copies each pair. What can't be copied is named and the rest goes on: most apps never read the one file
// of their image that is root's alone.
func fillAll(args []string) int {
	problems := 0
	for i := 0; i < len(args); i += 2 {
		for _, problem := range fill.Replace(args[i], args[i+1]) {
			problems++
			fmt.Fprintf(os.Stderr, "restarter: %v\n", problem)
		}
	}
	if problems > 0 {
		return failed(fmt.Sprintf("%d not copied", problems))
	}
	return exitDone
}
