// Command kdev-sidecar is the entry point of kdev's sidecar: it prepares what
// sshd insists on, starts the agent and sshd, and ends when either of them ends.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// grace is how long the agent and sshd have after TERM before they are killed.
const grace = 2 * time.Second

var agent = program{
	name: "the agent",
	path: "/usr/bin/node",
	args: []string{"node", "--max-semi-space-size=4", "/usr/lib/kdev/agent.mjs"},
}

// OpenSSH wants its absolute path as the first argument: it starts itself
// again for each connection.
var sshd = program{
	name: "sshd",
	path: "/usr/sbin/sshd",
	args: []string{"/usr/sbin/sshd", "-D", "-e", "-f", "/etc/ssh/sshd_config"},
}

func main() {
	if err := prepare(); err != nil {
		fmt.Fprintf(os.Stderr, "kdev-sidecar: %v\n", err)
		os.Exit(70)
	}
	os.Exit(run([]program{agent, sshd}))
}

// run starts the programs and returns this process's exit code once one of
// them has ended, or a signal asked for the end, and all of them are gone.
func run(programs []program) int {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)

	running := map[int]program{}
	for _, each := range programs {
		pid, err := each.start()
		if err != nil {
			fmt.Fprintf(os.Stderr, "kdev-sidecar: cannot start %s: %v\n", each.name, err)
			stop(running, syscall.SIGKILL)
			return 70
		}
		running[pid] = each
	}

	deaths := make(chan death)
	go reap(deaths)
	var timeout <-chan time.Time
	code := 0
	for len(running) > 0 {
		select {
		case <-signals:
			if timeout == nil {
				timeout = time.After(grace)
				stop(running, syscall.SIGTERM)
			}
		case ended := <-deaths:
			who, ours := running[ended.pid]
			if !ours {
				continue
			}
			delete(running, ended.pid)
			if timeout == nil {
				fmt.Fprintf(os.Stderr, "kdev-sidecar: %s ended (%s)\n", who.name, ended.how())
				code = 1
				timeout = time.After(grace)
				stop(running, syscall.SIGTERM)
			}
		case <-timeout:
			stop(running, syscall.SIGKILL)
		}
	}
	return code
}
