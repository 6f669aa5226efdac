package main

import (
	"errors"
	"fmt"
	"os"

	"kdev/restarter/internal/fill"
)

// fillAll copies each pair. What can't be copied is named and the rest goes on. With readable, what this user may not
// read doesn't make it a failure: in the image the app, as the same user, couldn't read it either.
func fillAll(pairs []string, readable bool) int {
	problems := 0
	for i := 0; i < len(pairs); i += 2 {
		for _, problem := range fill.Replace(pairs[i], pairs[i+1]) {
			fmt.Fprintf(os.Stderr, "restarter: %v\n", problem)
			if !readable || !errors.Is(problem, fill.ErrUnreadable) {
				problems++
			}
		}
	}
	if problems > 0 {
		return failed(fmt.Sprintf("%d not copied", problems))
	}
	return exitDone
}
