// Command kdev-build is the builder pod's side of kdev's builds. kdev runs it
// through the API server's exec, one process a build:
//
//	in   one line of JSON: what to build (type request)
//	out  {"whole":true}    the tree that it is told by is not here
//	in   one line of JSON with all entries, then
//	out  {"want":[…]}  digests of files that the store does not have
//	in   the content of those files, in that order, one after another
//	out  {"status":…}, {"line":…}  BuildKit's progress, while it builds
//	     and questions that only the client can answer (type client)
//	out  {"done":…} or {"refused":…}  last
//
// Standard input stays open until the end. Closing it earlier is how a client
// cancels, and what the pod sees when the client is gone: the build is stopped.
package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"
)

const (
	stateDir = "/var/lib/kdev-builder"
	address  = "unix:///run/kdev-builder/buildkitd.sock"
)

func main() {
	switch {
	case filepath.Base(os.Args[0]) == credentialHelper:
		os.Exit(credential(os.Args[1:], os.Stdin, os.Stdout))
	case len(os.Args) == 2 && os.Args[1] == "ready":
		os.Exit(ready())
	case len(os.Args) == 2 && os.Args[1] == "build":
		os.Exit(serve(os.Stdin, os.Stdout, stateDir+"/store", runBuildctl))
	default:
		fmt.Fprintf(os.Stderr, "kdev-build: unknown command %q; expected build or ready\n", os.Args[1:])
		os.Exit(2)
	}
}

// ready is the pod's readiness probe: BuildKit listens once its workers are up.
func ready() int {
	connection, err := net.DialTimeout("unix", address[len("unix://"):], time.Second)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	connection.Close()
	return 0
}
