package run

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// handOver is how a process is replaced by a successor, of the same program or a newer one in its place: the two share the socket, and when the successor is
// ready this process answers what it has begun and closes everything. It stays as its keeper, since whoever started it, be it a shell, a service manager
// or a container, knows this process and no other.
type handOver struct {
	socket *net.TCPListener // where this process answers, to be passed on

	one      sync.Mutex // held by who replaces
	heir     atomic.Pointer[supervised]
	retiring sync.Once
	begun    chan struct{} // closed when a successor answers
	done     chan struct{} // closed when everything here is closed
}

// close closes the socket, so that who calls now does not wait for nobody.
func (h *handOver) close() {
	if h.socket != nil {
		_ = h.socket.Close() // a copy
	}
}

// retire lets this process end when the connections that it has are done.
func (p *Process) retire() { p.handOver.retiring.Do(func() { close(p.handOver.begun) }) }

// restart replaces this process. It returns when nothing is answered by the old one any more; on an error that one goes on.
func (p *Process) restart(ctx context.Context) error {
	if p.from.parent != 0 {
		return fmt.Errorf("process %d is looked after by process %d: restart it there", os.Getpid(), p.from.parent)
	}
	h := &p.handOver
	h.one.Lock()
	defer h.one.Unlock()
	if heir := h.heir.Load(); heir != nil {
		return heir.restart(ctx)
	}
	if moved := p.family.moved(); moved != "" {
		return fmt.Errorf("app %s has moved to a process of its own, and would come back by a restart while people use it there: move it back first; company restart %s restarts that process alone", moved, moved)
	}
	heir, err := p.supervise(ctx, childSpec{Apps: slices.Concat(p.Here(), p.family.apps()), Listener: h.socket, heir: true})
	if err != nil {
		return fmt.Errorf("the old process goes on: %w", err)
	}
	h.heir.Store(heir)
	p.options.Log.Info("handed over", "pid", heir.current().pid)
	p.retire()
	select {
	case <-h.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// restartApp replaces the process in which an app runs, be it this one or one that it has started.
func (p *Process) restartApp(ctx context.Context, app string) error {
	if heir := p.handOver.heir.Load(); heir != nil {
		return heir.restartApp(ctx, app)
	}
	if s := p.family.with(app); s != nil {
		return s.restart(ctx)
	}
	if slices.Contains(p.Here(), app) {
		return p.restart(ctx)
	}
	return fmt.Errorf("app %s does not run here; %s does", app, strings.Join(p.Here(), ", "))
}

// restartApp is [Process.restartApp] for the keeper of a process that has children of its own.
func (s *supervised) restartApp(ctx context.Context, app string) error {
	var heir processStatus
	c := s.current().control
	if err := c.do(ctx, "GET /status", nil, &heir); err != nil {
		return err
	}
	for _, a := range heir.Apps {
		if a.Name == app && a.State == stateHere {
			return s.restart(ctx)
		}
	}
	return c.do(ctx, "POST /restart", restartWish{app}, nil)
}

// keep waits for the end of this process when it has handed over, and then stops the successor.
func (p *Process) keep(ctx context.Context, heir *supervised) error {
	close(p.handOver.done)
	debug.FreeOSMemory() // it may stay for months
	<-ctx.Done()
	return heir.stop(context.WithoutCancel(ctx))
}

// restartWish is the body of POST /restart: which app to restart, or all that the process has.
type restartWish struct {
	App string `json:"app,omitempty"`
}

// serveRestart answers POST /restart when the successor is ready and the old process has ended to answer.
func (p *Process) serveRestart(r *http.Request) (any, error) {
	var wish restartWish
	if err := json.NewDecoder(r.Body).Decode(&wish); err != nil {
		return nil, fmt.Errorf("which app to restart: %w", err)
	}
	if wish.App == "" {
		return nil, p.restart(r.Context())
	}
	return nil, p.restartApp(r.Context(), wish.App)
}
