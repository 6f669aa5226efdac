//go:build tools

// Package tools names the programs that are compiled from this module, so that
// `go mod tidy` keeps their requirements.
package tools

import (
	_ "github.com/moby/buildkit/cmd/buildctl"
	_ "github.com/moby/buildkit/cmd/buildkitd"
	_ "github.com/rootless-containers/rootlesskit/v2/cmd/rootlesskit"
)
