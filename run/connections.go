package run

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// linger is how long a connection of a process that was handed over stays open when nothing comes on it. A server cannot close one without the risk
// that a request is on its way to it; it can ask the client to close it, in its next answer.
const linger = 5 * time.Second

// connections are those of a server, so that it can be handed over without losing a request: new ones go to the successor, and each of the old ones
// is closed with its next answer, or when nothing has come for a while.
type connections struct {
	next     http.Handler
	retiring atomic.Bool

	mu   sync.Mutex
	used map[net.Conn]time.Time // when each was last used; zero while it is
}

func newConnections(next http.Handler) *connections {
	return &connections{next: next, used: map[net.Conn]time.Time{}}
}

func (c *connections) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if c.retiring.Load() {
		w.Header().Set("Connection", "close")
	}
	c.next.ServeHTTP(w, r)
}

// changed is the ConnState of the server.
func (c *connections) changed(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch state {
	case http.StateNew, http.StateIdle:
		c.used[conn] = time.Now()
	case http.StateActive:
		c.used[conn] = time.Time{}
	case http.StateClosed, http.StateHijacked:
		delete(c.used, conn)
	}
}

// retire makes every answer from now on the last one of its connection.
func (c *connections) retire() { c.retiring.Store(true) }

// wait returns when no connection is open but those on which nothing has come for a while, when the drain is over, or when ctx is done.
func (c *connections) wait(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, drain)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for c.busy() {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// busy reports whether a request is being answered, or may come on a connection that was used lately.
func (c *connections) busy() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, last := range c.used {
		if last.IsZero() || time.Since(last) < linger {
			return true
		}
	}
	return false
}
