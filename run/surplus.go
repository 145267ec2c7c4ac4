package run

import (
	"container/list"
	"crypto/tls"
	"net"
	"net/http"
	"sync"
)

// mostConnections is how many connections a server holds at the same time; each costs about 20 kB.
const mostConnections = 8192

// surplus bounds the connections of a server as nginx does: where there is one too many, the one is closed that has waited longest without a request, be it between two or
// before its first, for which it may be sending header by header. So a flood of connections throws itself out, and the next one, which may ask for /healthz, is always let in.
// How many have a request is bounded elsewhere, by the share of each app.
type surplus struct {
	most int
	next func(net.Conn, http.ConnState) // who else wants to know

	mu      sync.Mutex
	open    int
	waiting *list.List // of net.Conn without a request; the one that has waited longest is first
	places  map[net.Conn]*list.Element
}

func newSurplus(most int, next func(net.Conn, http.ConnState)) *surplus {
	return &surplus{most: most, next: next, waiting: list.New(), places: map[net.Conn]*list.Element{}}
}

// state is the ConnState of the server.
func (c *surplus) state(conn net.Conn, state http.ConnState) {
	c.next(conn, state)
	oldest := c.follow(conn, state)
	if secure, ok := oldest.(*tls.Conn); ok {
		oldest = secure.NetConn() // TLS would say goodbye, and wait for who does not read
	}
	if oldest != nil {
		oldest.Close() //nolint:errcheck // its server hears of it
	}
}

// follow notes the state of a connection, and returns the one that has to go, or nil.
func (c *surplus) follow(conn net.Conn, state http.ConnState) net.Conn {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stopWaiting(conn)
	switch state {
	case http.StateNew:
		c.open++
		c.places[conn] = c.waiting.PushBack(conn)
	case http.StateIdle:
		c.places[conn] = c.waiting.PushBack(conn)
	case http.StateClosed, http.StateHijacked:
		c.open--
	}
	if c.open <= c.most || state != http.StateNew {
		return nil
	}
	oldest := c.waiting.Front().Value.(net.Conn) // at least the new one is there
	c.stopWaiting(oldest)
	return oldest
}

func (c *surplus) stopWaiting(conn net.Conn) {
	if place := c.places[conn]; place != nil {
		c.waiting.Remove(place)
		delete(c.places, conn)
	}
}
