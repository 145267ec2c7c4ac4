package call

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spinoff-go/spinoff"
)

// maxWaiting is how many calls may wait at one gate. More are refused: each holds memory, and all of them begin at once when the gate opens.
const maxWaiting = 1024

// closed is added to the count of what is inside while a gate is closed, so that entering is one addition that says both.
const closed = math.MinInt64

// gate counts what is inside of an app, and lets nobody in while it is closed: those who come then wait. The zero value is open.
type gate struct {
	inside atomic.Int64 // what is inside, with closed added while it is closed

	mu      sync.Mutex
	waiting int
	drained bool          // it is closed, and the last one has left: nobody is let in, whoever it is
	closing chan struct{} // closed when the gate closes; nil where nobody has asked for it
	opened  chan struct{} // closed when the gate opens; nil while it is open
	empty   chan struct{} // told when the last one leaves a closed gate
}

// tryEnter lets a call in, unless the gate is closed.
func (g *gate) tryEnter() bool {
	if g.inside.Add(1) > 0 {
		return true
	}
	g.leave()
	return false
}

// leave ends what tryEnter and enter begin.
func (g *gate) leave() {
	if g.inside.Add(-1) == closed {
		select {
		case g.empty <- struct{}{}:
		default: // told already
		}
	}
}

// enter lets a call in, when the gate is open again or at once where it belongs to one that is inside. It fails when ctx is done first, and with
// [spinoff.ErrOverloaded] where too many wait.
func (g *gate) enter(ctx context.Context, nested bool) error {
	for !g.tryEnter() {
		opened, err := g.line(nested)
		if opened == nil {
			return err
		}
		select {
		case <-opened:
		case <-ctx.Done():
		}
		g.mu.Lock()
		g.waiting--
		g.mu.Unlock()
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// line puts a call into the line before a closed gate, and returns what it has to wait for; nil where it need not wait: it has been let in, or there is an error.
func (g *gate) line(nested bool) (<-chan struct{}, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.opened == nil || nested && !g.drained:
		g.inside.Add(1)
		return nil, nil
	case g.waiting >= maxWaiting:
		full := spinoff.ErrOverloaded.With("the app is moving to another process, and %d calls wait for it", g.waiting)
		full.RetryAfter = time.Second
		return nil, full
	}
	g.waiting++
	return g.opened, nil
}

// errClosed says that somebody else has closed a gate.
var errClosed = errors.New("it is moving already")

// close lets nobody in who does not belong to what is inside, and waits until nothing is. When ctx is done first, the gate is open again, as if nothing had happened.
func (g *gate) close(ctx context.Context) error {
	g.mu.Lock()
	if g.opened != nil {
		g.mu.Unlock()
		return errClosed
	}
	g.opened = make(chan struct{})
	if g.empty == nil {
		g.empty = make(chan struct{}, 1)
	}
	if g.closing != nil {
		close(g.closing)
		g.closing = nil
	}
	g.inside.Add(closed)
	g.mu.Unlock()
	for !g.drain() {
		select {
		case <-g.empty:
		case <-ctx.Done():
			left := g.inside.Load() - closed
			g.open(func() {})
			return fmt.Errorf("%d calls or pages were still being answered: %w", left, context.Cause(ctx))
		}
	}
	return nil
}

// drain reports whether nothing is inside of a closed gate; then nothing ever will be until it opens.
func (g *gate) drain() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.drained = g.inside.Load() == closed
	return g.drained
}

// open does what is to be done while nobody is inside, and lets everybody in.
func (g *gate) open(change func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	change()
	if g.opened == nil {
		return
	}
	close(g.opened)
	g.opened, g.drained = nil, false
	g.inside.Add(closed) // takes it off again: twice the lowest number is 0
}

// Enter lets in what is no call by [Calls]: a request for a page. It waits at most for patience while the app is moving, and fails with a [*spinoff.Error]. The context it returns
// says to calls made with it that they belong to what is inside. Where it has not failed, [Target.Leave] is to be called.
func (t *Target) Enter(ctx context.Context, patience time.Duration) (context.Context, error) {
	if !t.tryEnter() {
		waiting, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		if err := t.enter(waiting, t.holds(ctx)); err != nil {
			return ctx, t.refusal(ctx, err)
		}
	}
	return context.WithValue(ctx, insideKey{t.app}, true), nil
}

// Leave ends what Enter has begun.
func (t *Target) Leave() { t.leave() }

// Closing returns a channel that is closed when the app begins to move: what has no end of its own has to end then.
func (t *Target) Closing() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.opened != nil {
		return t.opened // has begun already; what passes all the same belongs to something inside, and may wait for that
	}
	if t.closing == nil {
		t.closing = make(chan struct{})
	}
	return t.closing
}

// Moving reports whether the target is closed.
func (t *Target) Moving() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.opened != nil
}

// Close lets nobody in any more and waits until everybody has left, but not longer than ctx: then the target is open again, and the error says how many have not left. Those who come
// meanwhile wait for Open, as long as they would wait for an answer.
func (t *Target) Close(ctx context.Context) error { return t.close(ctx) }

// Open lets calls in, from now on to this place, of which at most one is not nil. It is for a target that is closed, or that nobody has called yet.
func (t *Target) Open(local *Provider, remote *Remote) {
	t.open(func() { t.Local, t.Remote = local, remote })
}

// callLater is call for one that has not been let in at once.
func (t *Target) callLater(ctx context.Context, consumer string, d *spinoff.Declaration, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(d.Timeout, spinoff.DefaultTimeout))
	defer cancel()
	if err := t.enter(ctx, t.holds(ctx)); err != nil {
		return t.refusal(ctx, err)
	}
	defer t.leave()
	return t.call(ctx, consumer, d, in, out)
}

// refusal is the error of a call that was not let in.
func (t *Target) refusal(ctx context.Context, err error) *spinoff.Error {
	told := spinoff.AsError(err)
	switch {
	case told != nil:
	case errors.Is(err, context.DeadlineExceeded):
		told = spinoff.ErrTimeout.With("the app has not arrived where it moves to")
	default:
		told = spinoff.ErrCanceled
	}
	refused := *told
	refused.Service, refused.RequestID = t.app, spinoff.OriginOf(ctx).RequestID
	return &refused
}

// insideKey asks a context whether it belongs to a call of an app, or to a page, that is being answered in this process.
type insideKey struct{ app string }

// holds reports whether a context belongs to what is inside. A call that such a one makes must not wait for it to end.
func (t *Target) holds(ctx context.Context) bool { return ctx.Value(insideKey{t.app}) != nil }
