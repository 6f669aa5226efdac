// Command init is the first process of a box and the one that starts it.
//
//	init launch CONFIG   on the host: makes the namespaces, prints the host's
//	                     process id of the box's first process, and ends
//	init run CONFIG      in the namespaces: mounts, certificates, components;
//	                     begins as "init await CONFIG", which see
//
// Killing the process that "run" became ends the whole box: it is the first
// process of its process namespace.
package main

import (
	"fmt"
	"os"
)

func main() {
	if err := command(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "box: %v\n", err)
		os.Exit(1)
	}
}

func command(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("usage: init launch|run CONFIG")
	}
	config, err := readConfig(args[1])
	if err != nil {
		return err
	}
	switch args[0] {
	case "launch":
		return launch(config, args[1])
	case "await":
		return await(args[1])
	case "run":
		return run(config)
	default:
		return fmt.Errorf("%q is neither launch nor run", args[0])
	}
}
