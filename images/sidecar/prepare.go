package main

import (
	"fmt"
	"os"
)

// privateDir is writable for any uid in the image; /etc/passwd is a link into
// it. Where the root file system is read-only, an emptyDir has to be mounted
// here.
const privateDir = "/run/kdev-sidecar"

const (
	passwdFile   = privateDir + "/passwd"
	hostKeyFile  = privateDir + "/ssh-host-key"
	hostKeyInPod = "/kdev-keys/ssh-host-key"
)

// prepare gives the pod's arbitrary uid a passwd entry, without which sshd
// refuses to run, and a copy of the host key that only it can read, because
// sshd refuses a key that others can.
func prepare() error {
	if err := publish(passwdFile, 0o644, []byte(passwd(os.Getuid(), os.Getgid()))); err != nil {
		return fmt.Errorf("cannot write %s (%w); mount a writable volume at %s", passwdFile, err, privateDir)
	}
	key, err := os.ReadFile(hostKeyInPod)
	if err != nil {
		return fmt.Errorf("cannot read the host key: %w", err)
	}
	if err := publish(hostKeyFile, 0o600, key); err != nil {
		return fmt.Errorf("cannot copy the host key: %w", err)
	}
	return nil
}

// passwd lists who sshd looks up: the user that sessions log in as, which is
// whoever the pod runs as, and the user that a root sshd separates itself to.
func passwd(uid, gid int) string {
	entries := fmt.Sprintf("kdev:x:%d:%d:kdev:/tmp:/bin/sh\n", uid, gid)
	if uid != 0 {
		entries += "root:x:0:0:root:/tmp:/bin/sh\n"
	}
	return entries + "sshd:x:65533:65533::/run/sshd:/bin/false\n"
}

func publish(file string, mode os.FileMode, content []byte) error {
	next := file + ".next"
	if err := os.Remove(next); err != nil && !os.IsNotExist(err) {
		return err
	}
	if err := os.WriteFile(next, content, mode); err != nil {
		return err
	}
	return os.Rename(next, file)
}
