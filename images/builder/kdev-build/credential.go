package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
)

const (
	credentialHelper = "docker-credential-kdev"
	credentialSocket = "KDEV_CREDENTIALS"
	// noCredentials is what Docker's programs take for "be nobody there".
	noCredentials = "credentials not found in native keychain"
)

// credential is what BuildKit's client starts to learn who to be at a
// registry: it reads the registry's name and prints what kdev answers.
func credential(args []string, in io.Reader, out io.Writer) int {
	if len(args) != 1 || args[0] != "get" {
		fmt.Fprintln(out, "only get is known")
		return 1
	}
	server, _ := bufio.NewReader(in).ReadString('\n')
	server = strings.TrimSpace(server)
	connection, err := net.Dial("unix", os.Getenv(credentialSocket))
	if err != nil {
		fmt.Fprintln(out, err)
		return 1
	}
	defer connection.Close()
	fmt.Fprintln(connection, hostOf(server))
	var given answer
	if err := json.NewDecoder(connection).Decode(&given); err != nil {
		fmt.Fprintln(out, err)
		return 1
	}
	if given.Error != "" {
		fmt.Fprintln(out, given.Error)
		return 1
	}
	if given.Username == "" && given.Secret == "" {
		fmt.Fprintln(out, noCredentials)
		return 1
	}
	_ = json.NewEncoder(out).Encode(map[string]string{"ServerURL": server, "Username": given.Username, "Secret": given.Secret})
	return 0
}

// hostOf is docker.io for Docker Hub's old address.
func hostOf(server string) string {
	host, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(server, "https://"), "http://"), "/")
	if host == "index.docker.io" || host == "registry-1.docker.io" {
		return "docker.io"
	}
	return host
}
