package call

import "sync/atomic"

// counters count what is not one call, one request.
type counters struct {
	retries, exhausted, hedges, hedgesWon atomic.Int64
}

// Effort is what a consumer did besides sending each call once, since it started.
type Effort struct {
	Retries   int64 // requests that were sent once more
	Exhausted int64 // calls that were not, because the budget was used up
	Hedges    int64 // requests sent to a second replica because the first took long
	HedgesWon int64 // of those, the ones that answered first
	Ejections int64 // times a replica was left out for a while
}

// Effort returns the counts.
func (c *Remote) Effort() Effort {
	return Effort{
		Retries: c.counters.retries.Load(), Exhausted: c.counters.exhausted.Load(),
		Hedges: c.counters.hedges.Load(), HedgesWon: c.counters.hedgesWon.Load(), Ejections: c.pool.ejections.Load(),
	}
}
