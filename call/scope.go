package call

import (
	"cmp"
	"context"
	"sync/atomic"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/shape"
	"github.com/spinoff-go/spinoff/trace"
)

// scope is the context of one call. It has a deadline, and of the values in the caller's context only the origin, so that a
// provider finds the same in its context whether the caller is in this process or not.
//
// Most providers of quick answers never wait on their context, and a timer costs more than the rest of a call; so the
// timer, and the context that holds it, are made when somebody first waits.
type scope struct {
	parent   context.Context
	consumer string           // who calls
	provider *Provider        // that answers in this process; nil where the call goes elsewhere
	priority spinoff.Priority // of the endpoint; "" is interactive

	start  time.Duration // on clock
	budget time.Duration // how long the call may take
	report shape.Report  // of the request, then of the answer

	waited atomic.Pointer[timer]          // nil until somebody waits
	merged atomic.Pointer[spinoff.Origin] // that of the parent with the consumer; nil until somebody asks
	ended  atomic.Bool

	replayed bool // whether the answer was kept from before
	overHTTP bool // how the call travels

	admitted *admission // what the call has entered and not left; nil otherwise
	held     *heldBody  // what is held of a body; nil where nothing is
	refused  bool       // whether the call did not begin

	spans    spans
	trace    string // the traceparent of what the call does; "" where it is that of the caller
	untraced bool   // whether a trace would begin here, and it was decided that it is not recorded
}

func (s *scope) placement() Placement {
	if s.overHTTP {
		return OverHTTP
	}
	return InProcess
}

// timer is a context with the deadline and the parent's cancellation.
type timer struct {
	context.Context
	cancel context.CancelFunc
}

// epoch is when the program started. Reading only the monotonic clock since then is twice as fast as time.Now.
var epoch = time.Now()

func clock() time.Duration { return time.Since(epoch) }

// begin fills s for a call by consumer that starts now and may take at most timeout.
func (s *scope) begin(parent context.Context, consumer string, timeout time.Duration) {
	s.consumer = consumer
	s.parent, s.start, s.budget = parent, clock(), timeout
	if d, ok := parent.Deadline(); ok {
		s.budget = min(s.budget, d.Sub(epoch)-s.start)
	}
}

// left returns how much of the budget is left; it is negative when the time is over.
func (s *scope) left() time.Duration { return s.start + s.budget - clock() }

// enter begins the call at an app, perhaps after a while; p is the priority of its endpoint. The error says that it does not begin, and nothing has happened.
func (s *scope) enter(app *Provider, p spinoff.Priority) error {
	switch {
	case nested(s.parent):
		app.admission.enterNested()
	case !app.admission.tryEnter():
		if asked := s.origin().Priority; asked != "" {
			p = asked
		}
		if !app.admission.enter(s.parent.Done(), laneOf(p), s.left()) {
			s.refused = true
			if err := s.parent.Err(); err != nil {
				return err
			}
			return overloaded(app.app, s.origin().RequestID)
		}
	}
	s.admitted = app.admission
	return nil
}

// refuse ends a call of lane l before it begins.
func (s *scope) refuse(app *Provider, l lane) error {
	s.refused = true
	app.admission.refuse(l)
	return overloaded(app.app, s.origin().RequestID)
}

// end cancels the context: the call is over, and nobody may go on working for it.
func (s *scope) end() {
	s.ended.Store(true)
	if s.admitted != nil {
		s.admitted.leave()
		s.admitted = nil
	}
	if s.held != nil {
		s.held.release()
		s.held = nil
	}
	if t := s.waited.Load(); t != nil {
		t.cancel()
	}
}

// wait returns the context that has the timer.
func (s *scope) wait() context.Context {
	if t := s.waited.Load(); t != nil {
		return t
	}
	ctx, cancel := context.WithTimeout(s.parent, s.left())
	if !s.waited.CompareAndSwap(nil, &timer{ctx, cancel}) { // somebody else was faster
		cancel()
		return s.waited.Load()
	}
	if s.ended.Load() { // end, which came first, has not seen the timer
		cancel()
	}
	return ctx
}

func (s *scope) Deadline() (time.Time, bool) { return epoch.Add(s.start + s.budget), true }
func (s *scope) Done() <-chan struct{}       { return s.wait().Done() }

// Err makes no timer where there is none: it looks at the clock.
func (s *scope) Err() error {
	if t := s.waited.Load(); t != nil {
		return t.Err()
	}
	if s.ended.Load() {
		return context.Canceled
	}
	if err := s.parent.Err(); err != nil {
		return err
	}
	if s.left() <= 0 {
		return context.DeadlineExceeded
	}
	return nil
}

// AfterFunc lets contexts made from this one be cancelled without a goroutine each; see [context.AfterFunc].
func (s *scope) AfterFunc(f func()) func() bool { return context.AfterFunc(s.wait(), f) }

func (s *scope) Value(key any) any {
	if _, ok := key.(spinoff.OriginKey); ok {
		return s.origin()
	}
	switch key.(type) {
	case scopeKey:
		return s
	case admittedKey:
		if !s.ended.Load() {
			return s
		}
	}
	if inside, ok := key.(insideKey); ok { // an answer that is being given, or one further up in the chain
		if s.provider != nil && s.provider.app == inside.app {
			return s
		}
		return s.parent.Value(key)
	}
	return nil
}

// origin returns where the call comes from. Its request id is made up where there was none. A key was for this call alone.
func (s *scope) origin() *spinoff.Origin {
	if o := s.merged.Load(); o != nil {
		return o
	}
	o := spinoff.OriginOf(s.parent)
	o.Consumer, o.IdempotencyKey = s.consumer, ""
	o.Priority = cmp.Or(o.Priority, s.priority, spinoff.Interactive)
	if o.RequestID == "" {
		o.RequestID = NewRequestID()
	}
	switch {
	case s.trace != "":
		o.Trace = s.trace
	case s.untraced:
		o.Trace = trace.Unsampled("")
	}
	s.merged.CompareAndSwap(nil, &o) // where somebody else was faster, theirs holds
	return s.merged.Load()
}
