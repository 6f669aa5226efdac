package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// install copies this very program to DIR/restarter. The rename makes it appear whole, also where an older one is
// being executed.
func install(dir string) int {
	if err := copySelf(dir); err != nil {
		return failed(fmt.Sprintf("could not install into %s: %v", dir, err))
	}
	return exitDone
}

func copySelf(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	self, err := os.Open("/proc/self/exe")
	if err != nil {
		return err
	}
	defer self.Close()
	copied, err := os.CreateTemp(dir, ".restarter.*")
	if err != nil {
		return err
	}
	defer os.Remove(copied.Name())
	_, err = io.Copy(copied, self)
	if err == nil {
		err = copied.Chmod(0o555)
	}
	if closeErr := copied.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(copied.Name(), filepath.Join(dir, "restarter"))
	}
	return err
}
