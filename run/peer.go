package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/call"
	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/move"
)

// drainLimit is how long a move waits for what is being answered, before it is undone. Calls that wait meanwhile have a little more time, by default.
const drainLimit = 5 * time.Second

// moving is what a placed app has besides its place, so that it can change it. While the process runs, it belongs to whoever holds the lock of its standby.
type moving struct {
	opened     []spinoff.Resource // of its resources, the first ones
	endOpening func()             // ends the opening of its box; nil where that is not going on
	holder     string             // in whose name the database is opened; "" where it belongs to whoever opens it
	lease      data.Lease         // the last one that is known here
	at         move.State         // of a peer; "" until it is asked for something
}

// What a coordinator sends to a peer, on its control socket.
type (
	// peerWish is the body of POST /move/prepare, /move/open and /move/return.
	peerWish struct {
		App     string     `json:"app"`
		Lease   data.Lease `json:"lease"`
		Forward string     `json:"forward,omitempty"` // where the app answers when it has returned
	}
	// peerWords is what two processes have to have in common before an app moves from one to the other.
	peerWords struct {
		Version  string `json:"version"`
		Contract string `json:"contract"` // a hash
		Database string `json:"database"`
		Pending  int    `json:"pending"` // migrations
	}
	// peerAnswer says what has become of a wish, and why.
	peerAnswer struct {
		Event move.Event `json:"event"`
		Why   string     `json:"why,omitempty"`
	}
)

// servePeer lets a coordinator ask this process to open an app and to return it.
func (p *Process) servePeer() {
	p.control.handle("POST /move/prepare", func(r *http.Request) (any, error) {
		return p.asPeer(r, func(ctx context.Context, a *placed, _ peerWish) (any, error) { return p.getReady(ctx, a) })
	})
	p.control.handle("POST /move/open", func(r *http.Request) (any, error) {
		return p.asPeer(r, func(ctx context.Context, a *placed, w peerWish) (any, error) { return p.joinMove(ctx, a, w), nil })
	})
	p.control.handle("POST /move/return", func(r *http.Request) (any, error) {
		return p.asPeer(r, func(ctx context.Context, a *placed, w peerWish) (any, error) { return p.leaveMove(ctx, a, w), nil })
	})
}

// asPeer reads a wish and fulfils it, also when whoever has sent it does not wait any more.
func (p *Process) asPeer(r *http.Request, do func(context.Context, *placed, peerWish) (any, error)) (any, error) {
	var w peerWish
	if err := json.NewDecoder(r.Body).Decode(&w); err != nil {
		return nil, fmt.Errorf("which app: %w", err)
	}
	a := p.find(w.App)
	if a == nil {
		return nil, fmt.Errorf("there is no app %q here", w.App)
	}
	p.standby.change.Lock()
	defer p.standby.change.Unlock()
	return do(context.WithoutCancel(r.Context()), a, w)
}

// getReady does all that can be done before the app arrives.
func (p *Process) getReady(ctx context.Context, a *placed) (peerWords, error) {
	words, err := p.words(ctx, a)
	if err != nil || !p.standby.waiting() {
		return words, err
	}
	if err := p.openIdentity(ctx); err != nil {
		return words, err
	}
	if a.box != nil {
		if err := p.needEngine(ctx); err != nil {
			return words, fmt.Errorf("events: %w", err)
		}
	}
	if err := a.target.Close(ctx); err != nil { // nobody is inside
		return words, err
	}
	a.place.Store(new(place))
	a.at, a.holder = move.Standby, p.options.Environ(variableHolder)
	p.standby.on.Store(false) // who calls waits at the gate
	return words, nil
}

// joinMove opens the app, if the lease is still the one that the coordinator has granted.
func (p *Process) joinMove(ctx context.Context, a *placed, w peerWish) peerAnswer {
	switch {
	case a.at == move.Serving && a.lease == w.Lease:
		return peerAnswer{Event: move.Done}
	case a.at != move.Standby && a.at != move.Left:
		return refused("app %s is %s here", a.Name, a.at)
	}
	return p.act(ctx, a, move.Joining, w)
}

// leaveMove returns the app, if it is here under the lease that the coordinator knows.
func (p *Process) leaveMove(ctx context.Context, a *placed, w peerWish) peerAnswer {
	if a.at == "" && a.here() { // since the start of this process
		a.at = move.Serving
		if db := a.database(); db != nil && a.holder == "" { // of a split
			lease, err := db.Lease(ctx)
			if err != nil {
				return refused("%v", err)
			}
			a.lease = lease
		}
	}
	if a.at != move.Serving || a.lease != w.Lease {
		return refused("app %s is %s here, under lease %+v, and not under %+v", a.Name, a.at, a.lease, w.Lease)
	}
	return p.act(ctx, a, move.Leaving, w)
}

func refused(format string, args ...any) peerAnswer {
	return peerAnswer{move.Failed, fmt.Sprintf(format, args...)}
}

// act goes on by the machine of the peer from a state.
func (p *Process) act(ctx context.Context, a *placed, from move.State, w peerWish) peerAnswer {
	var why error
	a.at = move.Peer().Run(from, func(_ move.State, does move.Action) move.Event {
		faultPoint("peer before", does)
		event, err := p.peerAction(ctx, a, does, w)
		faultPoint("peer after", does)
		why = errors.Join(why, err)
		return event
	})
	answer := peerAnswer{Event: move.Failed}
	switch {
	case from == move.Joining && a.at == move.Serving, from == move.Leaving && a.at == move.Left:
		return peerAnswer{Event: move.Done}
	case from == move.Leaving && a.at == move.Standby:
		answer.Event = move.Lost
	}
	if why != nil {
		answer.Why = why.Error()
	}
	return answer
}

func (p *Process) peerAction(ctx context.Context, a *placed, does move.Action, w peerWish) (move.Event, error) {
	switch does {
	case move.Join:
		err := a.open(ctx)
		if err == nil && a.lease != w.Lease {
			err = fmt.Errorf("the lease is %+v by now, and not %+v", a.lease, w.Lease)
		}
		if err != nil {
			return move.Failed, errors.Join(err, a.close(0))
		}
		p.arrive(ctx, a)
		return move.Done, nil
	case move.Leave:
		if err := p.depart(ctx, a); err != nil {
			return move.Failed, err
		}
		return move.Done, nil
	case move.Give:
		return p.giveBack(ctx, a, w.Forward)
	case move.Rejoin:
		if err := a.open(ctx); err != nil {
			return move.Failed, errors.Join(err, a.close(0))
		}
		p.arrive(ctx, a)
		return move.Done, nil
	}
	panic("the peer does not know the action " + string(does))
}

// giveBack gives the lease to nobody and leads who calls to the coordinator.
func (p *Process) giveBack(ctx context.Context, a *placed, forward string) (move.Event, error) {
	base, err := url.Parse(forward)
	if err != nil || base.Host == "" {
		return move.Failed, fmt.Errorf("%q is not where the app answers", forward)
	}
	if db := a.database(); db != nil {
		if event, err := a.grant(ctx, db, ""); event != move.Done {
			if event == move.Lost {
				err = errors.Join(err, a.close(0))
			}
			return event, err
		}
	}
	a.shut()
	p.settle(a, place{base: call.Bases{base}})
	return move.Done, nil
}

// depart lets nobody in to an app that is here, waits until everybody has left, and closes what it holds, but not its database. On an error all is as before, but for
// what arrive mends.
func (p *Process) depart(ctx context.Context, a *placed) error {
	if err := a.closeBox(); err != nil {
		return err
	}
	if err := a.drain(ctx); err != nil {
		return err
	}
	keep := 0
	if a.Data != nil {
		keep = 1
	}
	return a.close(keep)
}

// drain closes the gate.
func (a *placed) drain(ctx context.Context) error {
	if a.target.Moving() {
		return nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, drainLimit, fmt.Errorf("not within %s", drainLimit))
	defer cancel()
	return a.target.Close(ctx)
}

// arrive lets calls go to an app that is open here, and its events.
func (p *Process) arrive(ctx context.Context, a *placed) {
	if a.target.Moving() {
		p.settle(a, place{here: true})
	}
	p.openBoxSoon(ctx, a)
}
