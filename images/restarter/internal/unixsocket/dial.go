// Package unixsocket connects to stream sockets of the local machine without the resolver and the rest of net.
package unixsocket

import "syscall"

// Dial connects to path and returns a blocking descriptor. It never waits: a listener that is there but too busy
// is EAGAIN.
func Dial(path string) (fd int, err error) {
	fd, err = syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC|syscall.SOCK_NONBLOCK, 0)
	if err != nil {
		return -1, err
	}
	err = syscall.Connect(fd, &syscall.SockaddrUnix{Name: path})
	if err == nil {
		err = syscall.SetNonblock(fd, false)
	}
	if err != nil {
		syscall.Close(fd)
		return -1, err
	}
	return fd, nil
}
