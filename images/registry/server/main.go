// Command kdev-registry is kdev's own registry in a cluster: the distribution registry on a folder, behind two
// passwords, that can hold uploads and collect garbage while it serves.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// A push in progress may end; longer than this nobody waits for a pod to go.
const shutdownLimit = 8 * time.Second

func main() {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, "kdev-registry:", err)
		os.Exit(1)
	}
}

func serve() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	passwords, err := readPasswords(valueOr("KDEV_REGISTRY_PASSWORDS", "/etc/kdev-registry"))
	if err != nil {
		return err
	}
	root := valueOr("KDEV_REGISTRY_ROOT", "/var/lib/kdev-registry")
	store, err := openStore(ctx, root)
	if err != nil {
		return err
	}
	uploads := newUploads()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	mux.Handle("/v2/", passwords.guard(uploads.guard(tellFull(store.handler))))
	mux.Handle("/kdev/", passwords.guard(upkeep(store, uploads)))
	server := &http.Server{
		Addr:              valueOr("KDEV_REGISTRY_ADDR", ":5000"),
		Handler:           mux,
		ReadHeaderTimeout: 10 * time.Second,
	}
	ended := make(chan error, 1)
	go func() { ended <- server.ListenAndServe() }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	limit, cancel := context.WithTimeout(context.Background(), shutdownLimit)
	defer cancel()
	if err := server.Shutdown(limit); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

func valueOr(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

// readPasswords reads the files push and pull of a folder, as a Secret's volume has them.
func readPasswords(dir string) (*passwords, error) {
	read := func(name string) (string, error) {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return "", err
		}
		password := strings.TrimSpace(string(text))
		if password == "" {
			return "", fmt.Errorf("the password in %s is empty", filepath.Join(dir, name))
		}
		return password, nil
	}
	push, err := read("push")
	if err != nil {
		return nil, err
	}
	pull, err := read("pull")
	if err != nil {
		return nil, err
	}
	return newPasswords(push, pull), nil
}
