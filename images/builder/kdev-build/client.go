package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"path/filepath"
	"strconv"
	"sync"
)

// client is kdev at the other end of the conversation while a build runs. It
// answers for what only the person's machine has:
//
//	out  {"ask":{"id":1,"host":"ghcr.io"}}              who to be at a registry
//	in   {"answer":{"id":1,"username":…,"secret":…}}    empty: nobody
//	out  {"agent":{"id":2}}                             a step dials the ssh agent
//	in/out {"agent":{"id":2,"data":…}}                  what they say, base64
//	in/out {"agent":{"id":2,"end":true}}
type client struct {
	say    func(message map[string]any)
	lock   sync.Mutex
	lastID int
	asked  map[int]chan answer
	agents map[int]net.Conn
	gone   chan struct{}
}

type answer struct {
	ID       int    `json:"id"`
	Username string `json:"username"`
	Secret   string `json:"secret"`
	// Error is for the person: it ends the build.
	Error string `json:"error,omitempty"`
}

type agentMessage struct {
	ID   int    `json:"id"`
	Data []byte `json:"data,omitempty"`
	End  bool   `json:"end,omitempty"`
}

func newClient(say func(map[string]any)) *client {
	return &client{say: say, asked: map[int]chan answer{}, agents: map[int]net.Conn{}, gone: make(chan struct{})}
}

// listen takes what the client says until it is gone.
func (c *client) listen(in *bufio.Reader) {
	defer close(c.gone)
	for {
		var message struct {
			Answer *answer       `json:"answer"`
			Agent  *agentMessage `json:"agent"`
		}
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		if json.Unmarshal(line, &message) != nil {
			continue
		}
		c.lock.Lock()
		if given := message.Answer; given != nil && c.asked[given.ID] != nil {
			c.asked[given.ID] <- *given
			delete(c.asked, given.ID)
		}
		var agent net.Conn
		if message.Agent != nil {
			agent = c.agents[message.Agent.ID]
		}
		c.lock.Unlock()
		if agent == nil {
			continue
		}
		if _, err := agent.Write(message.Agent.Data); err != nil || message.Agent.End {
			agent.Close()
		}
	}
}

// ask returns who to be at a registry.
func (c *client) ask(host string) answer {
	c.lock.Lock()
	c.lastID++
	id := c.lastID
	given := make(chan answer, 1)
	c.asked[id] = given
	c.lock.Unlock()
	c.say(map[string]any{"ask": map[string]any{"id": id, "host": host}})
	select {
	case found := <-given:
		return found
	case <-c.gone:
		return answer{Error: "kdev is gone"}
	}
}

// relayAgent hands a connection on to the client's ssh agent until one side ends it.
func (c *client) relayAgent(connection net.Conn) {
	c.lock.Lock()
	c.lastID++
	id := c.lastID
	c.agents[id] = connection
	c.lock.Unlock()
	c.say(map[string]any{"agent": agentMessage{ID: id}})
	buffer := make([]byte, 32<<10)
	for {
		n, err := connection.Read(buffer)
		if n > 0 {
			c.say(map[string]any{"agent": agentMessage{ID: id, Data: append([]byte{}, buffer[:n]...)}})
		}
		if err != nil {
			break
		}
	}
	connection.Close()
	c.lock.Lock()
	delete(c.agents, id)
	c.lock.Unlock()
	c.say(map[string]any{"agent": agentMessage{ID: id, End: true}})
}

// answerCredentials serves `docker-credential-kdev`, which buildctl starts.
func (c *client) answerCredentials(connection net.Conn) {
	defer connection.Close()
	host, err := bufio.NewReader(io.LimitReader(connection, 4096)).ReadString('\n')
	if err != nil {
		return
	}
	_ = json.NewEncoder(connection).Encode(c.ask(host[:len(host)-1]))
}

// open makes the sockets of a build in dir: one for credentials, and one for
// the ssh agent. They are closed by the returned function.
func (c *client) open(dir string) (credentials, agent string, shut func(), err error) {
	credentials, agent = filepath.Join(dir, "credentials"), filepath.Join(dir, "agent")
	var listeners []net.Listener
	shut = func() {
		for _, each := range listeners {
			each.Close()
		}
	}
	for path, serve := range map[string]func(net.Conn){credentials: c.answerCredentials, agent: c.relayAgent} {
		listener, err := net.Listen("unix", path)
		if err != nil {
			shut()
			return "", "", nil, err
		}
		listeners = append(listeners, listener)
		go func() {
			for {
				connection, err := listener.Accept()
				if err != nil {
					return
				}
				go serve(connection)
			}
		}()
	}
	return credentials, agent, shut, nil
}

// descriptorPath names an open file of the process that reads it.
func descriptorPath(descriptor int) string { return "/proc/self/fd/" + strconv.Itoa(descriptor) }
