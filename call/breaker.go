package call

import (
	"errors"
	"time"

	"github.com/sony/gobreaker/v2"
)

// When the circuit of an endpoint at a replica opens. It closes again when a call that is let through after openFor has a proper answer.
const (
	openAfter  = 5                // failures in a row
	openRatio  = 0.5              // or this part of the calls, where there were openLeast
	openLeast  = 20               //
	openWindow = 10 * time.Second // in which they are counted
	openFor    = 2 * time.Second
)

// breaker keeps calls of one endpoint from a replica that does not answer them, so that nobody waits for it and it can recover.
type breaker = gobreaker.TwoStepCircuitBreaker[struct{}]

// errFailure counts against a replica, errNothing neither for nor against it.
var errFailure, errNothing = errors.New("failure"), errors.New("nothing")

func newBreaker() *breaker {
	return gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		MaxRequests:  1,
		Interval:     openWindow,
		BucketPeriod: openWindow / 10,
		Timeout:      openFor,
		ReadyToTrip: func(c gobreaker.Counts) bool {
			return c.ConsecutiveFailures >= openAfter || c.Requests >= openLeast && float64(c.TotalFailures) >= openRatio*float64(c.Requests)
		},
		IsExcluded: func(err error) bool { return err == errNothing }, //nolint:errorlint // it is ours, and never wrapped
	})
}

func (r *replica) breaker(e *endpoint) *breaker {
	if b, ok := r.breakers.Load(e); ok {
		return b.(*breaker)
	}
	b, _ := r.breakers.LoadOrStore(e, newBreaker())
	return b.(*breaker)
}

// forBreaker returns what a breaker makes of a verdict. That a replica is away costs nothing to find out, and to wait for it to be back would keep calls from one
// that is; and a replica that has too much to do says so itself.
func (v verdict) forBreaker() error {
	switch v {
	case fine:
		return nil
	case failed, late:
		return errFailure
	default:
		return errNothing
	}
}
