// The restarter is the one program that kdev puts into app containers: it runs the app, and does the few chores
// that must be done inside an app's container or beside sshd. README.md tells the modes.
package main

import (
	"fmt"
	"os"
	"strings"
)

// Set by `-ldflags "-X main.version=…"`.
var version = "development"

const usage = `restarter starts an app under kdev and does small chores in its container.

  restarter -- COMMAND [ARG…]                      wait for the agent, then run COMMAND as the app
  restarter install DIR                            copy this program to DIR/restarter
  restarter fill [--readable] FROM TO [FROM TO…]   replace TO's content by FROM's
  restarter ready FILE                             exit 0 when FILE exists, else 1
  restarter relay SOCKET                           join standard input and output with a unix socket
  restarter run [--until-eof | --id ID] -- COMMAND [ARG…]
                                                   run COMMAND, end it and its descendants with the stream
  restarter lifeline ID                            at the end of standard input, end the run with that id
  restarter list DIR…                              tell files and links below directories, as JSON lines
  restarter pack                                   write a tar of the paths on standard input, each ended by NUL
  restarter version                                print the version
`

// Exit codes besides those of the commands that are run.
const (
	exitDone        = 0
	exitNo          = 1
	exitUsage       = 2
	exitEnvironment = 3
)

func main() {
	os.Exit(dispatch(os.Args[1:]))
}

func dispatch(args []string) int {
	if len(args) == 0 {
		return misused("no mode given")
	}
	mode, rest := args[0], args[1:]
	switch mode {
	case "--":
		if len(rest) == 0 {
			return misused("no command after --")
		}
		return supervise(rest)
	case "install":
		return withOne(rest, "install takes one directory", install)
	case "ready":
		return withOne(rest, "ready takes one file", ready)
	case "relay":
		return withOne(rest, "relay takes one socket", relay)
	case "fill":
		return fillArguments(rest)
	case "run":
		return runArguments(rest)
	case "lifeline":
		return withOne(rest, "lifeline takes one id", lifeline)
	case "list":
		return list(rest)
	case "pack":
		if len(rest) != 0 {
			return misused("pack takes no argument")
		}
		return pack()
	case "version":
		fmt.Println(version)
		return exitDone
	case "help", "--help", "-h":
		fmt.Print(usage)
		return exitDone
	default:
		return misused(fmt.Sprintf("unknown mode %q", mode))
	}
}

func withOne(args []string, wrong string, mode func(string) int) int {
	if len(args) != 1 || args[0] == "" {
		return misused(fmt.Sprintf("%s; got %q", wrong, strings.Join(args, " ")))
	}
	return mode(args[0])
}

func fillArguments(args []string) int {
	readable := len(args) > 0 && args[0] == "--readable"
	if readable {
		args = args[1:]
	}
	if len(args) == 0 || len(args)%2 != 0 {
		return misused(fmt.Sprintf("fill takes pairs of FROM and TO; got %d arguments", len(args)))
	}
	return fillAll(args, readable)
}

func runArguments(args []string) int {
	untilEOF := len(args) > 0 && args[0] == "--until-eof"
	named := len(args) > 1 && args[0] == runID
	if untilEOF {
		args = args[1:]
	} else if named {
		args = args[2:]
	}
	if len(args) < 2 || args[0] != "--" {
		return misused("run takes [--until-eof | --id ID] -- COMMAND [ARG…]")
	}
	return run(args[1:], untilEOF, named)
}

func misused(what string) int {
	fmt.Fprintf(os.Stderr, "restarter: %s\n\n%s", what, usage)
	return exitUsage
}

func failed(what string) int {
	fmt.Fprintf(os.Stderr, "restarter: %s\n", what)
	return exitEnvironment
}
