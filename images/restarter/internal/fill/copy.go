package fill

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// Files up to this size are copied by one read and one write.
const copyBuffer = 128 << 10

// ErrUnreadable is part of every error about something in the source that this user may not read.
var ErrUnreadable = errors.New("this user may not read it")

func sourceError(err error) error {
	if os.IsPermission(err) {
		return fmt.Errorf("%w: %w (uid %d)", err, ErrUnreadable, os.Geteuid())
	}
	return err
}

// copyEntry copies anything but a directory.
func copyEntry(from, to string, buffer []byte) error {
	info, err := os.Lstat(from)
	if err != nil {
		return sourceError(err)
	}
	switch info.Mode().Type() {
	case 0:
		return copyFile(from, to, buffer)
	case fs.ModeSymlink:
		target, err := os.Readlink(from)
		if err != nil {
			return err
		}
		return os.Symlink(target, to)
	case fs.ModeNamedPipe:
		return os.NewSyscallError("mkfifo "+to, syscall.Mkfifo(to, uint32(ownerMode(info))))
	default:
		return fmt.Errorf("%s: sockets and devices are not copied (%v)", from, info.Mode())
	}
}

// copyFile makes a new file with from's content, permissions and modification time. The time stays because caches
// such as Python's .pyc files are tied to it.
func copyFile(from, to string, buffer []byte) error {
	source, err := os.OpenFile(from, os.O_RDONLY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return sourceError(err)
	}
	defer source.Close()
	info, err := source.Stat()
	if err != nil {
		return err
	}
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, ownerMode(info))
	if err != nil {
		return err
	}
	err = copyContent(source, target, info.Size(), buffer)
	if closeErr := target.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Chtimes(to, info.ModTime(), info.ModTime())
	}
	if err != nil {
		_ = os.Remove(to)
		return fmt.Errorf("%s: %w", from, err)
	}
	return nil
}

func copyContent(source, target *os.File, size int64, buffer []byte) error {
	if size > int64(len(buffer)) {
		// In the kernel, by copy_file_range.
		_, err := io.Copy(target, source)
		return err
	}
	for {
		n, err := source.Read(buffer)
		if n > 0 {
			if _, err := target.Write(buffer[:n]); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// ownerMode are the permission bits, without setuid, setgid and sticky, for a copy that belongs to the copying
// process: what it could read or execute as somebody else, it can as the owner.
func ownerMode(info fs.FileInfo) fs.FileMode {
	mode := info.Mode().Perm()
	return mode | (mode<<3|mode<<6)&0o500
}
