package main

import (
	"encoding/json"
	"fmt"
	"os"
)

// Config is what kdev writes for a box; paths are the host's unless said
// otherwise.
type Config struct {
	// Name is the host name and the node name.
	Name string `json:"name"`
	// Address is the box's own IPv4 address, without a prefix length.
	Address string `json:"address"`
	// ServiceAddress is where pods find the API server.
	ServiceAddress string `json:"serviceAddress"`
	// Cgroup is the name of the box's group below every controller.
	Cgroup string `json:"cgroup"`
	// PidFile receives "PID START-TIME" of the box's first process.
	PidFile string `json:"pidFile"`
	// LogDir holds a file per component.
	LogDir string `json:"logDir"`
	// StatusFile holds what became of the components, as JSON.
	StatusFile string `json:"statusFile"`
	// PkiDir receives certificates, keys and kubeconfigs.
	PkiDir string `json:"pkiDir"`
	// Kubeconfig receives the administrator's kubeconfig, written last.
	Kubeconfig string `json:"kubeconfig"`
	// ContextName is the name of context, cluster and user in it.
	ContextName string `json:"contextName"`
	// Root is how the box's file system is put together.
	Root RootConfig `json:"root"`
	// Components start in dependency order, each as soon as it may.
	Components []Component `json:"components"`
}

// RootConfig names the layers of the box's root and what is bound into it.
type RootConfig struct {
	Lower  string `json:"lower"`
	Upper  string `json:"upper"`
	Work   string `json:"work"`
	Merged string `json:"merged"`
	Binds  []Bind `json:"binds"`
}

// Bind puts a directory of the host at a path in the box.
type Bind struct {
	From     string `json:"from"`
	To       string `json:"to"`
	ReadOnly bool   `json:"readOnly"`
}

// Component is one long-running program of the box.
type Component struct {
	Name string   `json:"name"`
	Argv []string `json:"argv"`
	Env  []string `json:"env"`
	// After lists components that must be ready before this one starts.
	After []string `json:"after"`
	Ready Probe    `json:"ready"`
}

// Probe says when a component counts as ready; the zero Probe is ready at
// once.
type Probe struct {
	// TCP is host:port that must accept a connection.
	TCP string `json:"tcp"`
	// Unix is a socket that must accept a connection.
	Unix string `json:"unix"`
	// HTTPS is a URL that must answer 200; the certificate is not checked.
	HTTPS string `json:"https"`
}

func readConfig(file string) (*Config, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	config := &Config{}
	if err := json.Unmarshal(text, config); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return config, nil
}
