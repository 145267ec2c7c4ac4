package call

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// When a replica is left out, and how it comes back. The model is the outlier detection and the slow start of Envoy.
const (
	ejectAfter   = 5                // failures in a row
	ejectFor     = time.Second      // the first time; twice as long each further time
	ejectAtMost  = time.Minute      // and never longer
	ejectForgets = 2 * time.Minute  // a replica that has been there for so long is left out as if for the first time
	slowStart    = 10 * time.Second // in which a new replica comes to its full share
	leastWeight  = 0.1              // its share when that begins
	restFor      = time.Second      // in which a replica that has failed, or has too much to do, is asked only where no other can be
)

// replica is one process that answers for an app, as its consumers see it. It is safe for concurrent use.
type replica struct {
	from      *url.URL // the address that it was named by
	base      *url.URL // the same with http or https
	address   string   // its IP address and port; "" where the host of base is dialled
	transport *http.Transport
	demand    demand

	outstanding atomic.Int64 // requests without an answer yet
	breakers    sync.Map     // *endpoint → *breaker

	// Times are on clock; 0 is never.
	failures atomic.Int64 // in a row
	failing  atomic.Int64 // since when it has not answered properly; 0 while it does
	ejected  atomic.Int64 // until when
	ejects   atomic.Int64 // how often in a row
	warm     atomic.Int64 // since when it comes to its share
	resting  atomic.Int64 // until when
}

func newReplica(base *url.URL, address string, transport *http.Transport) *replica {
	own := *base
	isH2C := own.Scheme == schemeH2C
	if isH2C {
		own.Scheme = "http"
	}
	r := &replica{from: base, base: &own, address: address}
	r.transport = transportTo(transport, address, isH2C, &r.demand)
	return r
}

// name is what people read: without a secret.
func (r *replica) name() string {
	if r.address == "" {
		return r.from.Redacted()
	}
	return r.from.Redacted() + " (" + r.address + ")"
}

// verdict is what one request says about a replica.
type verdict int

const (
	unknown verdict = iota // the caller gave up before anything could be said
	fine                   // it answers, though perhaps with an error that is declared
	away                   // it cannot be connected to, which is found out at once and costs it nothing
	failed                 // it broke off, answers nonsense, or not at all
	late                   // it answers that the time was not enough
	busy                   // it has too much to do
)

// note notes the verdict of a request, and reports whether the replica is to be left out for a while.
func (r *replica) note(v verdict) (eject bool) {
	switch v {
	case fine, late:
		if r.failures.Load() != 0 {
			r.failures.Store(0)
			r.failing.Store(0)
		}
	case busy:
		r.rest()
	case away, failed:
		r.rest()
		r.failing.CompareAndSwap(0, int64(clock()))
		return r.failures.Add(1) >= ejectAfter || v == away
	case unknown:
	}
	return false
}

// rest keeps calls away for a moment: a replica that fails at once has nothing outstanding, and would draw all of them.
func (r *replica) rest() { r.resting.Store(int64(clock() + restFor)) }

// eject leaves the replica out for a while.
func (r *replica) eject() {
	now := clock()
	if now-time.Duration(r.ejected.Load()) > ejectForgets {
		r.ejects.Store(0)
	}
	until := now + min(ejectFor<<min(r.ejects.Add(1)-1, 10), ejectAtMost)
	r.ejected.Store(int64(until))
	r.warm.Store(int64(until))
}

func (r *replica) isEjected(now time.Duration) bool { return now < time.Duration(r.ejected.Load()) }
func (r *replica) isResting(now time.Duration) bool { return now < time.Duration(r.resting.Load()) }

// weight is the part of its full share that the replica gets, more than 0 and at most 1.
func (r *replica) weight(now time.Duration) float64 {
	since := time.Duration(r.warm.Load())
	if since == 0 || now-since >= slowStart {
		return 1
	}
	return max(leastWeight, float64(now-since)/float64(slowStart))
}

// ReplicaState is what a consumer knows of one replica.
type ReplicaState struct {
	Address     string        // for people, without a secret
	Outstanding int           // requests without an answer yet
	Failures    int           // in a row
	Ejected     time.Duration // how long it is still left out. 0: it is not
	Weight      float64       // the part of its full share that it gets, up to 1
	Breakers    []BreakerState
}

// BreakerState is that of the calls of one endpoint to one replica.
type BreakerState struct {
	Endpoint string // full name
	State    string // "closed": calls pass; "open": they do not; "half-open": one does, to find out
}

func (r *replica) state() ReplicaState {
	now := clock()
	s := ReplicaState{
		Address: r.name(), Outstanding: int(r.outstanding.Load()), Failures: int(r.failures.Load()),
		Ejected: max(0, time.Duration(r.ejected.Load())-now), Weight: r.weight(now),
	}
	for e, b := range r.breakers.Range {
		s.Breakers = append(s.Breakers, BreakerState{e.(*endpoint).FullName(), b.(*breaker).State().String()})
	}
	slices.SortFunc(s.Breakers, func(a, b BreakerState) int { return strings.Compare(a.Endpoint, b.Endpoint) })
	return s
}
