package run

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/call"
	"github.com/spinoff-go/spinoff/page"
)

// place is where an app answers: here, at an address, or nowhere, which is the zero value.
type place struct {
	here   bool
	base   call.Bases   // nil where it is here or nowhere
	remote *call.Remote // has counted the calls to base, or to where the app was last when it was not here
}

// here reports whether an app runs in this process.
func (a *placed) here() bool { return a.place.Load().here }

// base is where an app answers that is not here; nil where that is not known.
func (a *placed) base() call.Bases { return a.place.Load().base }

// where says in words where the app answers.
func (a *placed) where() string {
	now := a.place.Load()
	switch {
	case a.target.Moving():
		return "moving"
	case now.here:
		return "here"
	case now.base != nil:
		return now.base.Redacted()
	}
	return "nowhere"
}

// settle lets the calls and pages of an app go to a place, which is not nowhere, from now on. Its gate is closed, or nobody has called it yet.
func (p *Process) settle(a *placed, where place) {
	if before := a.place.Load().remote; before != nil {
		before.Close()
	}
	if where.here {
		where.remote = a.place.Load().remote
		a.place.Store(&where)
		a.target.Open(a.provider, nil)
		return
	}
	options := p.remotes
	options.KeepsKeys = a.Data != nil
	where.remote = call.NewRemote(a.Name, where.base, p.transport, p.identity, p.options.Log, options)
	where.remote.SetTracer(p.recorder())
	a.place.Store(&where)
	a.target.Open(nil, where.remote)
}

// routed answers the requests to an app where it is when they come: by local, by proxy, or not at all. While the app moves, they wait.
func (p *Process) routed(a *placed, local http.Handler) http.Handler {
	proxy, missing := p.proxy(a), page.Secure(http.HandlerFunc(notFound))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, err := a.target.Enter(r.Context(), call.Patience(r))
		if err != nil {
			refuse(w, r, a, spinoff.AsError(err))
			return
		}
		defer a.target.Leave()
		if isStream(r) {
			var end context.CancelFunc
			ctx, end = untilClosed(ctx, a.target.Closing())
			defer end()
		}
		r = r.WithContext(ctx)
		switch now := a.place.Load(); {
		case now.here:
			local.ServeHTTP(w, r)
		case now.base != nil:
			proxy.ServeHTTP(w, r)
		default:
			missing.ServeHTTP(w, r)
		}
	})
}

// untilClosed returns a context that is done when ended is closed.
func untilClosed(ctx context.Context, ended <-chan struct{}) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-ended:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// refuse answers a request that has waited for an app that moves, or finds too many waiting.
func refuse(w http.ResponseWriter, r *http.Request, a *placed, err *spinoff.Error) {
	if wantsPage(r) {
		w.Header().Set("Retry-After", "5")
		page.Error(w, r, http.StatusServiceUnavailable, a.Title+" is moving", "The rest of the site works. Please try again in a moment.")
		return
	}
	call.WriteProblem(w, err)
}

// open opens what the app holds, after what of it is open already. When one cannot be opened, those that were before stay open.
func (a *placed) open(ctx context.Context) error {
	for _, r := range a.resources()[len(a.opened):] {
		if err := a.openResource(ctx, r); err != nil {
			return fmt.Errorf("app %s: %w", a.Name, err)
		}
		a.opened = append(a.opened, r)
	}
	return nil
}

// close closes what the app holds, in reverse order, up to the first keep of it.
func (a *placed) close(keep int) error {
	var failed []error
	for _, r := range slices.Backward(a.opened[keep:]) {
		failed = append(failed, r.Close())
	}
	a.opened = a.opened[:keep]
	return errors.Join(failed...)
}

// shut closes all that the app holds, where it does not matter how that goes: its database is somebody else's.
func (a *placed) shut() {
	if err := a.close(0); err != nil {
		a.log.Warn("close what the app held", "error", err)
	}
}

// openBox lets the events of an app that is here come and go.
func (p *Process) openBox(ctx context.Context, a *placed) error {
	if a.box == nil {
		return nil
	}
	if err := p.needEngine(ctx); err != nil {
		return fmt.Errorf("events: %w", err)
	}
	if err := a.box.Open(ctx); err != nil {
		return fmt.Errorf("app %s: events: %w", a.Name, err)
	}
	return nil
}

// openBoxSoon is openBox for an app that has arrived: its calls need not wait for it, since events can. It tries again until it succeeds.
func (p *Process) openBoxSoon(ctx context.Context, a *placed) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	a.endOpening = func() { cancel(); <-done }
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			err := p.openBox(ctx, a)
			if err == nil {
				return
			}
			a.log.Error("events wait; it is tried again", "error", err)
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
	}()
}

// closeBox lets no events of an app come or go any more.
func (a *placed) closeBox() error {
	if a.endOpening != nil {
		a.endOpening()
		a.endOpening = nil
	}
	if a.box == nil {
		return nil
	}
	return a.box.Close()
}

// prefix is the path of the app without the slash at its end.
func (a *placed) prefix() string { return strings.TrimSuffix(a.Path, "/") }
