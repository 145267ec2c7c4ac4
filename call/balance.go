package call

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/sony/gobreaker/v2"
)

// pool has the replicas of one app, and chooses among them. It is safe for concurrent use.
type pool struct {
	bases     Bases
	transport *http.Transport
	lookUp    Resolver

	replicas  atomic.Pointer[[]*replica] // never empty
	resolving resolving

	mu        sync.Mutex // of ejecting
	ejections atomic.Int64
}

func newPool(bases Bases, transport *http.Transport, lookUp Resolver) *pool {
	p := &pool{bases: bases, transport: transport, lookUp: lookUp}
	var all []*replica
	for _, b := range bases { // names are looked up with the first call
		all = append(all, newReplica(b, "", transport))
	}
	p.replicas.Store(&all)
	p.resolving.needed = slices.ContainsFunc(bases, isName)
	return p
}

// pick returns the replica that a request goes to: the better of two that are chosen by chance among those that are not left out, so that the load spreads
// without everybody running to the same one. Those in not are out of the question; it returns nil where there is no other.
func (p *pool) pick(not []*replica) *replica {
	all := *p.replicas.Load()
	if len(all) == 1 {
		if len(not) > 0 && not[0] == all[0] {
			return nil
		}
		return all[0]
	}
	now := clock()
	room := [8]*replica{}
	candidates := room[:0]
	for _, r := range all {
		if !r.isEjected(now) && !slices.Contains(not, r) {
			candidates = append(candidates, r)
		}
	}
	if len(candidates) == 0 { // better one of those that are left out than none
		for _, r := range all {
			if !slices.Contains(not, r) {
				candidates = append(candidates, r)
			}
		}
	}
	n := len(candidates)
	switch n {
	case 0:
		return nil
	case 1:
		return candidates[0]
	}
	i := rand.IntN(n)     //nolint:gosec // nobody gains by foreseeing it
	j := rand.IntN(n - 1) //nolint:gosec // as above
	if j >= i {
		j++
	}
	a, b := candidates[i], candidates[j]
	switch wa, wb := a.weight(now), b.weight(now); {
	case wa < 1 && rand.Float64() >= wa: //nolint:gosec // as above
		return b
	case wb < 1 && rand.Float64() >= wb: //nolint:gosec // as above
		return a
	case a.isResting(now) != b.isResting(now):
		if a.isResting(now) {
			return b
		}
		return a
	case b.outstanding.Load() < a.outstanding.Load():
		return b
	}
	return a
}

// another reports whether there is a replica that is not among tried, and whose circuit for e is not open, to ask next.
func (p *pool) another(e *endpoint, tried []*replica) bool {
	for _, r := range *p.replicas.Load() {
		if !slices.Contains(tried, r) && r.breaker(e).State() != gobreaker.StateOpen {
			return true
		}
	}
	return false
}

// begin is called before a request is sent to r, and end after it.
func (p *pool) begin(r *replica) {
	r.outstanding.Add(1)
	p.refresh()
}

func (p *pool) end(r *replica, v verdict) {
	r.outstanding.Add(-1)
	if r.note(v) {
		p.eject(r)
	}
	if v == away || v == failed {
		p.hurry()
	}
}

// eject leaves r out for a while, unless half of the replicas are left out already: where most seem to fail, the reason may be with us, and the rest
// could not carry the load of all.
func (p *pool) eject(r *replica) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, all, out := clock(), *p.replicas.Load(), 0
	if r.isEjected(now) {
		return
	}
	for _, other := range all {
		if other.isEjected(now) {
			out++
		}
	}
	if out < len(all)/2 {
		r.eject()
		p.ejections.Add(1)
	}
}

// close closes the connections that nobody uses.
func (p *pool) close() {
	for _, r := range *p.replicas.Load() {
		r.transport.CloseIdleConnections()
	}
}
