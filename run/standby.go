package run

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/call"
)

// standby is that of a process which listens and opens nothing until it is told to. The zero value is a process that opens everything at start.
type standby struct {
	on     atomic.Bool
	change sync.Mutex // held while the process opens, and closes
}

func (s *standby) waiting() bool { return s.on.Load() }

// ServeHTTP answers that the process is alive and cannot do its work yet.
func (s *standby) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/healthz":
		writeJSON(w, http.StatusOK, health{Status: "ok"})
	case "/readyz":
		writeJSON(w, http.StatusServiceUnavailable, health{Status: "standby"})
	default:
		refused := *spinoff.ErrUnavailable.With("this process is on standby: it opens its apps when it is told to")
		refused.RequestID = call.RequestID(r)
		w.Header().Set("Retry-After", "1")
		call.WriteProblem(w, &refused)
	}
}

// activate opens what the apps here hold, and answers for them from then on. An error leaves the process on standby.
func (p *Process) activate(ctx context.Context) error {
	p.standby.change.Lock()
	defer p.standby.change.Unlock()
	if !p.standby.waiting() {
		return nil
	}
	if err := p.Open(ctx); err != nil {
		return err
	}
	if err := p.openBoxes(ctx); err != nil {
		return err
	}
	p.standby.on.Store(false)
	return nil
}

func (p *Process) openBoxesUnlessStandby(ctx context.Context) error {
	if p.standby.waiting() {
		return nil
	}
	return p.openBoxes(ctx)
}
