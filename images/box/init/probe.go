package main

import (
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

const probeEvery = 20 * time.Millisecond

// wait blocks until the probe passes; a component that never gets ready
// keeps those after it from starting, and whoever makes the box times out
// and shows the status file.
func (probe Probe) wait() {
	for !probe.passes() {
		time.Sleep(probeEvery)
	}
}

func (probe Probe) passes() bool {
	switch {
	case probe.TCP != "":
		return accepts("tcp", probe.TCP)
	case probe.Unix != "":
		return accepts("unix", probe.Unix)
	case probe.HTTPS != "":
		return answers(probe.HTTPS)
	default:
		return true
	}
}

func accepts(network, address string) bool {
	connection, err := net.DialTimeout(network, address, time.Second)
	if err != nil {
		return false
	}
	connection.Close()
	return true
}

// The answer is only a go-ahead inside the box, so who gives it is not checked.
var probeClient = &http.Client{
	Timeout:   2 * time.Second,
	Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}},
}

func answers(url string) bool {
	response, err := probeClient.Get(url)
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}
