package call

import (
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"time"

	"github.com/spinoff-go/spinoff"
)

// How often, and after how long, a call is sent again.
const (
	maxSent         = 3                     // in all
	firstWait       = 25 * time.Millisecond // at most; twice as much each further time
	longWait        = time.Second           // and never more
	restartPatience = 3 * time.Second       // how long a provider that cannot be connected to is waited for, from when that began: a restart
	awayWait        = 200 * time.Millisecond
)

// again decides whether the call is sent once more, and after how long.
//
//   - What the provider has not seen is sent to another replica at once, whatever it is; where there is none, to a provider that may be restarting after a while.
//   - What the provider has refused to begin is sent again after a while, whatever it is.
//   - Everything else is sent again only where that does no harm.
//
// What adds to the load of a provider is sent again only a few times, and within the budget; see [budget].
func (d *delivery) again(a *attempt) (wait time.Duration, ok bool) {
	if d.options.NoRetries || a.request == nil || d.s.parent.Err() != nil || d.over(a.err) {
		return 0, false
	}
	other := d.pool.another(d.e.endpoint, d.tried)
	told := a.told()
	switch {
	case told == nil && !a.sent && (other || a.watch.reused && d.sent < 2*maxSent): // a kept connection can break only once
		d.counters.retries.Add(1)
		return 0, true
	case told == nil && !a.sent:
		return d.backOff(awayWait, 0), a.replica.mayReturn(a.err)
	case told != nil && told.Code == spinoff.ErrInFlight.Code && d.sent > 1 && d.reached: // it is our own, sent before
		return max(a.after, firstWait), true
	case told != nil && told.Code != spinoff.ErrOverloaded.Code, told == nil && !d.repeatable():
		return 0, false
	case told == nil && a.watch.reused && !d.repeated && isBroken(a): // so this cannot become much either
		d.repeated = true
		return 0, true
	case d.sent >= maxSent:
		return 0, false
	}
	if other {
		a.after = 0 // it was said by this one
	}
	if wait = d.backOff(longWait, a.after); wait >= d.s.left() {
		return 0, false
	}
	if !d.retries.spend() {
		d.counters.exhausted.Add(1)
		return 0, false
	}
	d.counters.retries.Add(1)
	return wait, true
}

// repeatable reports whether it does no harm to send the call twice: RFC 9110 says so of its method, its contract does, or the provider knows it by its key.
func (d *delivery) repeatable() bool {
	switch d.e.Method() {
	case http.MethodGet, http.MethodPut, http.MethodDelete:
		return true
	}
	return d.e.Idempotent || d.options.KeepsKeys
}

// isBroken reports whether the connection ended before there was an answer.
func isBroken(a *attempt) bool { return a.response == nil && !isTimeout(a.err) }

// mayReturn reports whether it makes sense to wait for a replica that could not be connected to: it may be restarting. One that has been away for longer is not
// waited for, so that calls of an app that is down fail at once.
func (r *replica) mayReturn(err error) bool {
	dial, is := errors.AsType[*net.OpError](err)
	return is && dial.Op == "dial" && clock()-time.Duration(r.failing.Load()) < restartPatience
}

// backOff returns how long to wait: exponential back-off with full jitter, and at least what was asked for.
func (d *delivery) backOff(most, asked time.Duration) time.Duration {
	ceiling := min(firstWait<<min(d.waited, 10), most)
	return max(asked, time.Duration(rand.Int64N(int64(ceiling)))+time.Millisecond) //nolint:gosec // nobody gains by foreseeing it
}

// sleep waits, and reports whether the call goes on. Where all replicas were tried, each may be asked again.
func (d *delivery) sleep(wait time.Duration) bool {
	if !d.pool.another(d.e.endpoint, d.tried) {
		d.tried = d.tried[:0]
	}
	if wait == 0 {
		return true
	}
	if wait >= d.s.left() {
		return false
	}
	d.waited++
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-d.s.wait().Done():
		return false
	}
	return true
}
