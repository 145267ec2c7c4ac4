package run

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/spinoff-go/spinoff/call"
	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/move"
)

// answerLimit is how long the coordinator waits for a peer that opens or returns an app, before it takes it back.
const answerLimit = drainLimit + 10*time.Second

// coordinator carries out one move, by the machine of package move. It belongs to one goroutine, which holds the lock of the process's standby.
type coordinator struct {
	p      *Process
	a      *placed
	db     *data.DB // nil where the app has none
	holder string   // the name of the peer
	say    func(format string, args ...any)

	peer   *supervised
	closed time.Time // when calls began to wait
	why    error     // what has gone wrong first
}

// moveApp lets an app leave this process, or return to it. It returns when that is done, or undone: then the error says why.
func (p *Process) moveApp(ctx context.Context, app string, back bool, say func(format string, args ...any)) error {
	if !p.standby.change.TryLock() {
		return errors.New("another move is under way, or the process is ending")
	}
	defer p.standby.change.Unlock()
	c, err := p.newCoordinator(ctx, app, back)
	if err != nil {
		return err
	}
	c.say = say
	begin, want := move.Preparing, move.Apart
	if back {
		begin, want = move.Recalling, move.Here
	}
	ended := move.Coordinator().Run(begin, func(_ move.State, does move.Action) move.Event {
		faultPoint("coordinator before", does)
		event := c.act(ctx, does)
		faultPoint("coordinator after", does)
		return event
	})
	switch {
	case ended != want:
		return fmt.Errorf("undone, the app is %s: %w", ended, c.why)
	case c.why != nil:
		c.a.log.Warn("the move is complete, and not all went well", "error", c.why)
	}
	return nil
}

// newCoordinator refuses a move that cannot be.
func (p *Process) newCoordinator(ctx context.Context, app string, back bool) (*coordinator, error) {
	a := p.find(app)
	if a == nil {
		return nil, fmt.Errorf("there is no app %q; there are %s", app, strings.Join(p.names(), ", "))
	}
	c := &coordinator{p: p, a: a, db: a.database(), peer: p.family.with(app)}
	switch {
	case back && a.here():
		return nil, fmt.Errorf("app %s is here already", app)
	case back && c.peer == nil:
		return nil, fmt.Errorf("app %s is %s, which this process has not started: it cannot come from there", app, a.where())
	case back && len(c.peer.spec.Apps) > 1:
		return nil, fmt.Errorf("app %s shares a process with %s; only an app that has one of its own comes back", app, strings.Join(c.peer.spec.Apps, ", "))
	case !back && !a.here():
		return nil, fmt.Errorf("app %s is apart already, %s", app, a.where())
	case !inFamily:
		return nil, errors.New("a move starts a process and looks after it, which needs a system such as Linux, macOS or a BSD")
	case p.from.parent != 0:
		return nil, fmt.Errorf("process %d is looked after by process %d: move the app there", p.pid, p.from.parent)
	case a.SignIn != nil:
		return nil, fmt.Errorf("app %s signs people in: it stays where their requests arrive", app)
	case a.Data != nil && c.db == nil:
		return nil, fmt.Errorf("app %s has a database without a lease; set App.Data to what data.New returns", app)
	}
	if back {
		err := c.readLease(ctx)
		c.holder = a.lease.Holder
		return c, err
	}
	if other, err := p.processWith(ctx, app); err != nil || other != 0 {
		return nil, errors.Join(err, fmt.Errorf("app %s runs in process %d too: an app with replicas does not move", app, other))
	}
	c.holder = fmt.Sprintf("%s-%08x", app, rand.Uint32()) //nolint:gosec // it names, and nothing more
	return c, nil
}

// readLease takes note of the lease under which the peer has the app.
func (c *coordinator) readLease(ctx context.Context) (err error) {
	if c.db != nil {
		c.a.lease, err = c.db.Lease(ctx)
	}
	return err
}

// act does what a state of the coordinator says. The first thing that goes wrong is why the move is undone.
func (c *coordinator) act(ctx context.Context, does move.Action) move.Event {
	event, err := c.do(ctx, does)
	if err != nil {
		c.why = errors.Join(c.why, fmt.Errorf("%s: %w", does, err))
		c.a.log.Warn("a move does not go on as planned", "step", does, "event", event, "error", err)
	}
	return event
}

func (c *coordinator) do(ctx context.Context, does move.Action) (move.Event, error) {
	switch does {
	case move.Prepare:
		return outcome(c.prepare(ctx))
	case move.Pause:
		c.closed = time.Now()
		return outcome(c.p.depart(ctx, c.a))
	case move.Grant:
		return c.grant(ctx)
	case move.Open:
		c.peer.serving.Store(true) // it opens the app by itself, should it have to be started again
		return c.ask(ctx, "POST /move/open", peerWish{App: c.a.Name, Lease: c.a.lease})
	case move.Route:
		c.route()
		return move.Done, nil
	case move.Recall:
		c.closed = time.Now()
		return outcome(c.a.drain(ctx))
	case move.Return:
		return c.ask(ctx, "POST /move/return", peerWish{App: c.a.Name, Lease: c.a.lease, Forward: c.p.innerAddress() + c.a.prefix()})
	case move.Take:
		c.take(ctx)
		return move.Done, nil
	case move.Resume:
		return outcome(c.resume(ctx))
	case move.Yield:
		return outcome(c.yield(ctx))
	case move.Discard:
		return move.Done, c.discard(ctx)
	}
	panic("the coordinator does not know the action " + string(does))
}

func outcome(err error) (move.Event, error) {
	if err != nil {
		return move.Failed, err
	}
	return move.Done, nil
}

// prepare starts the peer, and does all that can be done while calls still go on.
func (c *coordinator) prepare(ctx context.Context) error {
	own, err := c.p.words(ctx, c.a)
	if err != nil {
		return err
	}
	l, err := listenLoopback(ctx)
	if err != nil {
		return err
	}
	spec := childSpec{Apps: []string{c.a.Name}, Standby: true, Listener: l, Environ: []string{variableHolder + "=" + c.holder}}
	if c.peer, err = c.p.supervise(ctx, spec); err != nil {
		return errors.Join(err, l.Close())
	}
	var theirs peerWords
	if err := c.peer.current().control.do(ctx, "POST /move/prepare", peerWish{App: c.a.Name}, &theirs); err != nil {
		return err
	}
	if err := own.fits(theirs); err != nil {
		return err
	}
	c.warm(ctx)
	c.say("prepared: process %d is on standby at %s", c.peer.current().pid, c.peer.current().base)
	return nil
}

// warm opens connections to the peer, so that the first calls do not wait for them.
func (c *coordinator) warm(ctx context.Context) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.peer.current().base.JoinPath("healthz").String(), nil)
	if err != nil {
		return
	}
	if response, err := c.p.transport.RoundTrip(r); err == nil {
		_ = response.Body.Close()
	}
}

// grant is the point of no return.
func (c *coordinator) grant(ctx context.Context) (move.Event, error) {
	if c.db == nil {
		return move.Done, nil
	}
	event, err := c.a.grant(ctx, c.db, c.holder)
	if event == move.Done {
		c.a.shut()
	}
	return event, err
}

// ask sends the peer a wish. An answer that does not come leaves open what has happened.
func (c *coordinator) ask(ctx context.Context, pattern string, wish peerWish) (move.Event, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, answerLimit, fmt.Errorf("no answer within %s", answerLimit))
	defer cancel()
	var answer peerAnswer
	if err := c.peer.current().control.do(ctx, pattern, wish, &answer); err != nil {
		return move.Lost, err
	}
	if answer.Event != move.Done {
		return answer.Event, errors.New(answer.Why)
	}
	return move.Done, nil
}

// route lets calls go to the peer.
func (c *coordinator) route() {
	if c.a.target.Moving() {
		c.p.settle(c.a, place{base: call.Bases{c.peer.current().base}})
	}
	c.say("open at %s, after a pause of %s", c.peer.current().base, time.Since(c.closed).Round(time.Millisecond))
}

// take takes the lease from the peer. It does not give up: calls wait meanwhile, and without the lease nothing can go on.
func (c *coordinator) take(ctx context.Context) {
	c.a.shut()
	for c.db != nil {
		err := c.a.take(ctx, c.db, "")
		if err == nil {
			return
		}
		c.a.log.Error("the database cannot be taken back; it is tried again", "error", err)
		time.Sleep(time.Second)
	}
}

// resume opens the app here, and lets calls go on.
func (c *coordinator) resume(ctx context.Context) error {
	if err := c.a.open(ctx); err != nil {
		return err
	}
	c.p.arrive(ctx, c.a)
	c.say("open here, after a pause of %s", time.Since(c.closed).Round(time.Millisecond))
	return nil
}

// yield gives the app, which cannot be opened here, to the peer.
func (c *coordinator) yield(ctx context.Context) error {
	err := errors.Join(c.a.closeBox(), c.a.drain(ctx), c.a.close(0))
	if err == nil && c.db != nil {
		err = c.a.take(ctx, c.db, c.holder)
	}
	if err != nil {
		time.Sleep(time.Second) // before it is tried again to open it here
	}
	return err
}

// discard ends the peer.
func (c *coordinator) discard(ctx context.Context) error {
	if c.peer == nil { // it has not got ready
		return nil
	}
	err := c.peer.stop(ctx)
	c.p.transport.CloseIdleConnections()
	return err
}

// fingerprint is the same where the app has the same contract.
func (a *placed) fingerprint() string {
	hash := sha256.New()
	for _, d := range a.contracts {
		hash.Write(d.document.Text())
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// words returns what the other process has to have in common with this one.
func (p *Process) words(ctx context.Context, a *placed) (peerWords, error) {
	w := peerWords{Version: Version(), Contract: a.fingerprint()}
	if db := a.database(); db != nil {
		status, err := db.Status(ctx)
		if err != nil {
			return w, err
		}
		w.Database, w.Pending = status.Name, len(status.System.Pending)+len(status.App.Pending)
	}
	return w, nil
}

// fits compares what two processes have to have in common.
func (w peerWords) fits(theirs peerWords) error {
	switch {
	case theirs.Version != w.Version:
		return fmt.Errorf("the program on the disk is version %s, and %s runs here: restart the project first", theirs.Version, w.Version)
	case theirs.Contract != w.Contract:
		return errors.New("the program on the disk has another contract of the app than the one that runs here: restart the project first")
	case theirs.Pending != 0:
		return fmt.Errorf("the program on the disk has %d migrations that the one here does not know: restart the project first", theirs.Pending)
	case theirs.Database != w.Database:
		return fmt.Errorf("its database is %s, and the one here %s", theirs.Database, w.Database)
	}
	return nil
}
