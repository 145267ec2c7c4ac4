package run

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

const (
	startLimit  = time.Minute // how long a process may take to get ready
	firstDelay  = 100 * time.Millisecond
	longestWait = 30 * time.Second // between two starts of a process that keeps ending
	steady      = time.Minute      // a process that has run for so long has not failed to start
	crashLoop   = 5                // so many ends in a row, each before it was steady, are told as one
)

// supervised is a child that is started again when it ends, by itself or to be replaced. It is safe for concurrent use.
type supervised struct {
	p      *Process
	spec   childSpec
	log    *slog.Logger
	wishes chan wish
	cancel context.CancelFunc
	over   chan struct{} // closed when it is looked after no more

	serving atomic.Bool // it opens its apps when it is started again, also where it was started on standby

	mu       sync.Mutex
	child    *child // the one that answers, or answered last
	state    childState
	since    time.Time // of state
	restarts int
	problem  error       // why it ended last
	ends     []time.Time // the ends in a row
}

// childState is what a supervised process does.
type childState string

const (
	childReady      childState = "ready"
	childRestarting childState = "restarting" // it has ended and is being started again
	childFailing    childState = "failing"    // the same, again and again
	childStopped    childState = "stopped"
)

// wish is that of a process to be replaced.
type wish struct {
	ctx    context.Context
	answer chan error
}

// supervise starts a process, waits until it is ready, and looks after it from then on. A process that does not get ready is stopped,
// and the error says why. spec.Listener has to be set, and belongs to it until it is stopped.
func (p *Process) supervise(ctx context.Context, spec childSpec) (*supervised, error) {
	s := &supervised{p: p, spec: spec, log: p.options.Log.With("process", spec.name()), wishes: make(chan wish), over: make(chan struct{})}
	c, err := s.start(ctx)
	if err != nil {
		return nil, err
	}
	s.settle(c)
	life, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.cancel = cancel
	if !spec.heir {
		p.family.add(s)
	}
	go s.lookAfter(life)
	return s, nil
}

// start starts a process and waits until it is ready.
func (s *supervised) start(ctx context.Context) (*child, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, startLimit, fmt.Errorf("not within %s", startLimit))
	defer cancel()
	spec := s.spec
	spec.Standby = spec.Standby && !s.serving.Load()
	c, err := s.p.startChild(ctx, spec)
	if err != nil {
		return nil, err
	}
	if err := c.ready(ctx); err != nil {
		return nil, errors.Join(err, c.stop(ctx))
	}
	return c, nil
}

// lookAfter starts the process again whenever it ends, until ctx is done.
func (s *supervised) lookAfter(ctx context.Context) {
	defer close(s.over)
	for {
		select {
		case <-ctx.Done():
			return
		case w := <-s.wishes:
			s.replace(ctx, w)
		case <-s.current().done:
			if !s.revive(ctx) {
				return
			}
		}
	}
}

// replace starts a successor, which shares the socket, and lets the old process end when that is ready.
func (s *supervised) replace(ctx context.Context, w wish) {
	starting, cancel := context.WithCancel(w.ctx)
	defer cancel()
	defer context.AfterFunc(ctx, cancel)()
	old := s.current()
	c, err := s.start(starting)
	if err != nil {
		w.answer <- fmt.Errorf("the old process goes on: %w", err)
		return
	}
	s.settle(c)
	s.count()
	s.log.Info("restarted", "pid", c.pid, "was", old.pid)
	s.p.transport.CloseIdleConnections() // those to the old one: nothing is on its way on them
	go func() { w.answer <- old.retire(context.WithoutCancel(w.ctx)) }()
}

// revive starts the process again, and again, until it is ready. It returns false when ctx is done.
func (s *supervised) revive(ctx context.Context) bool {
	why := s.current().err()
	for {
		delay := s.fail(why)
		endStandIn := s.standIn(delay)
		var answer chan error
		select {
		case <-ctx.Done():
			endStandIn()
			return false
		case w := <-s.wishes: // somebody has mended it
			answer = w.answer
		case <-time.After(delay):
		}
		c, err := s.start(ctx)
		endStandIn()
		if answer != nil {
			answer <- err
		}
		if err == nil {
			s.settle(c)
			s.count()
			s.log.Info("started again", "pid", c.pid)
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		why = err
	}
}

// fail takes down that the process has ended, tells it, and returns how long to wait before the next start: twice as long after each, with jitter, so that
// processes that fail together do not come back together.
func (s *supervised) fail(why error) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.p.options.Now()
	if s.state == childReady && now.Sub(s.since) >= steady {
		s.ends = nil
	}
	s.ends = append(s.ends, now)
	s.problem = why
	next := childRestarting
	delay := min(longestWait, firstDelay<<min(len(s.ends)-1, 16))
	delay = delay/2 + rand.N(delay/2+1) //nolint:gosec // nobody gains by guessing it
	if len(s.ends) < crashLoop {
		s.log.Warn("ended", "error", why, "again_in", delay.Round(time.Millisecond))
	} else {
		next = childFailing
		s.log.Error(fmt.Sprintf("ended %d times in %s", len(s.ends), now.Sub(s.ends[0]).Round(time.Second)), "error", why, "again_in", delay.Round(time.Millisecond))
	}
	s.enter(next)
	return delay
}

// settle makes c the process that answers.
func (s *supervised) settle(c *child) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.child, s.state, s.since = c, childReady, s.p.options.Now()
}

// count counts a start again.
func (s *supervised) count() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.restarts++
}

// enter changes the state; s is locked.
func (s *supervised) enter(state childState) {
	if s.state != state {
		s.state, s.since = state, s.p.options.Now()
	}
}

func (s *supervised) current() *child {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.child
}

// failing returns why the process keeps ending, or nil.
func (s *supervised) failing() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != childFailing {
		return nil
	}
	return fmt.Errorf("%s has ended %d times in a row: %w", s.spec.name(), len(s.ends), s.problem)
}

// restart replaces the process without a failed request. It returns when the old one has ended; when the new one does not get ready, the old one stays.
func (s *supervised) restart(ctx context.Context) error {
	w := wish{ctx, make(chan error, 1)}
	select {
	case s.wishes <- w:
	case <-s.over:
		return fmt.Errorf("%s is being stopped", s.spec.name())
	case <-ctx.Done():
		return ctx.Err()
	}
	return <-w.answer
}

// stop closes the socket, ends the process as [child.stop] does, and looks after it no more.
func (s *supervised) stop(ctx context.Context) error {
	s.cancel()
	<-s.over
	s.p.family.remove(s)
	s.mu.Lock()
	s.enter(childStopped)
	c := s.child
	s.mu.Unlock()
	_ = s.spec.Listener.Close() // first, so that who calls now does not wait for nobody
	return c.stop(ctx)
}

func (s *supervised) status() childStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := childStatus{Apps: s.spec.Apps, Address: s.child.base.String(), State: s.state, Since: s.since, Restarts: s.restarts}
	select {
	case <-s.child.done:
	default:
		c.PID = s.child.pid
	}
	if s.problem != nil {
		c.Problem = s.problem.Error()
	}
	return c
}
