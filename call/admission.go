package call

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spinoff-go/spinoff"
)

// How long a call may wait to begin. A burst is worked off, which takes its time; where the queue has stood for a while, waiting longer only makes every answer late.
// The rule is Facebook's for its queues, after CoDel (RFC 8289).
const (
	patience      = 500 * time.Millisecond
	leastPatience = 250 * time.Millisecond // while the queue stands
	standing      = 200 * time.Millisecond // for so long somebody has waited at every moment
)

// How many may wait, beside those who can be answered within the patience.
const (
	leastWaiting = 64
	someWaiting  = 256 // while it is not known how many that is
	mostWaiting  = 1024
)

const (
	tick     = 10 * time.Millisecond // how often a queue is looked at
	lateTick = time.Millisecond      // a tick that is later than this waited for a processor
)

// askAgainAfter says to those who are refused when to ask again.
const askAgainAfter = time.Second

// lane is one of the two queues of an app.
type lane int

const (
	interactive lane = iota
	background
	lanes
)

// laneOf returns the lane of a priority.
func laneOf(p spinoff.Priority) lane {
	if p == spinoff.Background {
		return background
	}
	return interactive
}

// admission decides which calls and pages of one app begin: at once while fewer than the limit have begun, or after a short wait, or not at all.
// Calls that are made inside of one that has begun, by a provider in this process, begin always, so that none waits for itself.
type admission struct {
	begun   atomic.Int64 // calls that are being answered
	allowed atomic.Int64 // how many may be before others wait
	waiting atomic.Int64 // in both lanes; changed while mu is held
	room    atomic.Int64 // how many may wait

	mu    sync.Mutex
	limit limit
	queue [lanes][]*waiter // oldest first
	since time.Duration    // since when somebody waits at every moment, on clock
	ended int              // calls since the last tick, while somebody waits
	idle  int              // ticks since a call ended
	ticks bool             // whether the queue is being looked at

	refused [lanes]atomic.Int64
}

// waiter is a call that waits to begin.
type waiter struct {
	told chan bool // whether it may begin; has room for one
	end  time.Duration
}

func newAdmission() *admission {
	a := &admission{limit: newLimit()}
	a.publish(clock())
	return a
}

// publish lets those who do not hold mu know what has changed.
func (a *admission) publish(now time.Duration) {
	a.allowed.Store(int64(a.limit.now()))
	room := float64(someWaiting)
	if a.limit.rate > 0 {
		room = a.limit.rate * a.patience(now).Seconds()
	}
	a.room.Store(int64(min(max(room, leastWaiting, float64(a.limit.kept)), mostWaiting)))
}

// patience returns how long a call may wait. mu is held.
func (a *admission) patience(now time.Duration) time.Duration {
	if a.waiting.Load() > 0 && now-a.since > standing {
		return leastPatience
	}
	return patience
}

// enter begins a call that may take no longer than left, and returns whether it did. Who entered leaves.
func (a *admission) enter(done <-chan struct{}, l lane, left time.Duration) bool {
	if a.tryEnter() {
		return true
	}
	w := a.wait(l, left)
	if w == nil {
		return a.refuse(l)
	}
	timer := time.NewTimer(w.end - clock())
	defer timer.Stop()
	begun := false
	select {
	case begun = <-w.told:
	case <-timer.C:
		begun = a.giveUp(w, l)
	case <-done:
		begun = a.giveUp(w, l)
	}
	return begun || a.refuse(l)
}

// tryEnter begins a call where it need not wait.
func (a *admission) tryEnter() bool {
	for a.waiting.Load() == 0 {
		n := a.begun.Load()
		if n >= a.allowed.Load() {
			return false
		}
		if a.begun.CompareAndSwap(n, n+1) {
			return true
		}
	}
	return false
}

// enterNested begins a call that is part of one that has begun.
func (a *admission) enterNested() { a.begun.Add(1) }

// leave ends a call.
func (a *admission) leave() {
	a.begun.Add(-1)
	if a.waiting.Load() == 0 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	now := clock()
	if a.waiting.Load() > 0 {
		a.ended++
		a.limit.end(now)
		a.publish(now)
	}
	a.handOn(now)
}

// pause lets another begin while a call waits for its caller. It goes on by enterNested.
func (a *admission) pause() {
	a.begun.Add(-1)
	if a.waiting.Load() == 0 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.handOn(clock())
}

// refuse counts a call that does not begin; it returns false.
func (a *admission) refuse(l lane) bool {
	a.refused[l].Add(1)
	return false
}

// full reports whether a call of lane l would be refused now.
func (a *admission) full(l lane) bool {
	waiting := a.waiting.Load()
	return waiting > 0 && waiting >= a.roomOf(l)
}

// roomOf returns with how many waiting the next of a lane is refused: background work leaves most of the room to those for whom somebody waits.
func (a *admission) roomOf(l lane) int64 {
	if l == background {
		return a.room.Load() / 4
	}
	return a.room.Load()
}

// wait puts a call into its queue. It returns nil where there is no room.
func (a *admission) wait(l lane, left time.Duration) *waiter {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := clock()
	if a.waiting.Load() == 0 {
		a.since, a.ended, a.idle = now, 0, 0
		a.limit.restart(now)
		a.publish(now)
	}
	if a.full(l) && !a.makeRoom(l) {
		return nil
	}
	w := &waiter{told: make(chan bool, 1), end: now + min(left, a.patience(now))}
	a.queue[l] = append(a.queue[l], w)
	a.waiting.Add(1)
	if !a.ticks {
		a.ticks = true
		time.AfterFunc(tick, func() { a.tick(now + tick) })
	}
	a.handOn(now) // who left before waiting was counted has told nobody
	return w
}

// makeRoom sends the newest of the background away for a call of lane l. mu is held.
func (a *admission) makeRoom(l lane) bool {
	last := len(a.queue[background]) - 1
	if l != interactive || last < 0 {
		return false
	}
	a.queue[background][last].told <- false
	a.queue[background] = a.queue[background][:last]
	a.waiting.Add(-1)
	return true
}

// handOn lets those begin who may now. mu is held.
func (a *admission) handOn(now time.Duration) {
	for l := range a.queue {
		for len(a.queue[l]) > 0 && a.begun.Load() < a.allowed.Load() {
			w := a.queue[l][0]
			a.queue[l] = slices.Delete(a.queue[l], 0, 1)
			a.waiting.Add(-1)
			begins := now < w.end
			if begins {
				a.begun.Add(1)
			}
			w.told <- begins
		}
	}
}

// giveUp takes a call out of its queue, and returns whether it has begun meanwhile.
func (a *admission) giveUp(w *waiter, l lane) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if i := slices.Index(a.queue[l], w); i >= 0 {
		a.queue[l] = slices.Delete(a.queue[l], i, i+1)
		a.waiting.Add(-1)
		return false
	}
	return <-w.told
}

// tick looks at a queue: whether it stands, and whether it is stuck. due is when it should have been called: a timer that is late has waited for a processor, so
// that more calls at once would only make it later.
func (a *admission) tick(due time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.waiting.Load() == 0 {
		a.ticks = false
		return
	}
	now := clock()
	a.idle++
	if a.ended > 0 {
		a.ended, a.idle = 0, 0
	}
	switch {
	case crowded():
		a.idle = 0
		a.limit.crowded(now)
	case time.Duration(a.idle)*tick >= a.limit.stall() && now-due < lateTick:
		a.idle = 0
		a.limit.stalled(now)
	}
	a.publish(now)
	a.handOn(now)
	time.AfterFunc(tick, func() { a.tick(now + tick) })
}

// admittedKey is the key of contexts that belong to a call or a page that has begun.
type admittedKey struct{}

// nested reports whether ctx belongs to a call or a page that has begun in this process.
func nested(ctx context.Context) bool { return ctx.Value(admittedKey{}) != nil }

// overloaded returns the error of a call that was refused.
func overloaded(app, requestID string) *spinoff.Error {
	e := *spinoff.ErrOverloaded
	e.RetryAfter, e.Service, e.RequestID = askAgainAfter, app, requestID
	return &e
}
