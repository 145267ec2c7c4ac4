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
	priority spinoff.Priority // of the endpoint; "" is interactive

	start  time.Duration // on clock
	budget time.Duration // how long the call may take
	report shape.Report  // of the request, then of the answer

	waited atomic.Pointer[timer]          // nil until somebody waits
	merged atomic.Pointer[spinoff.Origin] // that of the parent with the consumer; nil until somebody asks
	ended  atomic.Bool

	replayed bool // whether the answer was kept from before
	overHTTP bool // how the call travels

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

// end cancels the context: the call is over, and nobody may go on working for it.
func (s *scope) end() {
	s.ended.Store(true)
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
	if _, ok := key.(scopeKey); ok {
		return s
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
