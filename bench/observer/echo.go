package main

import (
	"bytes"
	"errors"
	"io"
	"net"
	"time"
)

// echo measures round trips over one connection to something that sends everything back.
func echo(asked request) (any, error) {
	conn, err := net.DialTimeout("tcp", asked.Address, 5*time.Second)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	result := measured{}
	answer := make([]byte, asked.Bytes)
	for index := range asked.Warmups + asked.Saves {
		content := newContent(asked.Bytes)
		pause(asked.PauseMs)
		if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
			return nil, err
		}
		start := time.Now()
		if _, err := conn.Write(content); err != nil {
			return nil, err
		}
		if _, err := io.ReadFull(conn, answer); err != nil {
			return nil, err
		}
		took := time.Since(start)
		if !bytes.Equal(answer, content) {
			return nil, errors.New("the echo is another one")
		}
		if index >= asked.Warmups {
			result.Samples = append(result.Samples, milliseconds(took))
		}
	}
	return result, nil
}
