// Command coredns is CoreDNS with the plugins a box's cluster DNS needs and
// no others.
package main

import (
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/coremain"

	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/forward"
	_ "github.com/coredns/coredns/plugin/health"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/loop"
	_ "github.com/coredns/coredns/plugin/ready"
)

// CoreDNS runs plugins in the order of this list, whatever order a Corefile
// names them in.
func init() {
	dnsserver.Directives = []string{"health", "ready", "errors", "cache", "kubernetes", "loop", "forward"}
}

func main() {
	coremain.Run()
}
