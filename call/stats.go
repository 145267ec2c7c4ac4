package call

import (
	"math"
	"math/bits"
	"slices"
	"sync/atomic"
	"time"

	"github.com/spinoff-go/spinoff"
)

// Placement is how a call reached its provider.
type Placement string

// The placements.
const (
	InProcess Placement = "in_process"
	OverHTTP  Placement = "http"
)

// placements are the placements by their numbers.
var placements = [...]Placement{InProcess, OverHTTP}

// other stands in counts for an error that is neither declared nor one of package spinoff: that of a provider which is newer.
var other = &spinoff.Error{Code: "other", Status: 500}

// general are the errors that any call can fail with.
var general = []*spinoff.Error{
	other, spinoff.ErrMalformed, spinoff.ErrInvalid, spinoff.ErrUnauthenticated, spinoff.ErrForbidden, spinoff.ErrNoEndpoint, spinoff.ErrGone, spinoff.ErrTooLarge,
	spinoff.ErrMediaType, spinoff.ErrInFlight, spinoff.ErrKeyReused, spinoff.ErrCanceled, spinoff.ErrInternal, spinoff.ErrUnavailable, spinoff.ErrOverloaded,
	spinoff.ErrTimeout,
}

// counts are what is counted of an endpoint, on one side of its calls. What they hold is bounded, whoever calls: by placement, and by consumer up to
// maxConsumers. They are safe for concurrent use.
type counts struct {
	errors []*spinoff.Error // that are counted apart
	begun  atomic.Int64     // calls that have begun
	by     [len(placements)][maxConsumers]atomic.Pointer[stats]
}

// errorsOf returns the errors that are counted apart for an operation.
func errorsOf(op spinoff.Operation) []*spinoff.Error {
	all := slices.Clone(general)
	for _, e := range op.Errors {
		if numberOf(e, all) == 0 {
			all = append(all, e)
		}
	}
	return all
}

// numberOf returns the number of an error, 0 being that of others.
func numberOf(e *spinoff.Error, all []*spinoff.Error) int {
	return max(slices.IndexFunc(all, func(known *spinoff.Error) bool { return known.Code == e.Code }), 0)
}

// count counts a call that has ended, by the consumer with this number.
func (c *counts) count(overHTTP bool, consumer int, took time.Duration, told *spinoff.Error) {
	place := &c.by[0][consumer]
	if overHTTP {
		place = &c.by[1][consumer]
	}
	s := place.Load()
	if s == nil {
		if s = (&stats{failed: make([]atomic.Int64, len(c.errors))}); !place.CompareAndSwap(nil, s) {
			s = place.Load()
		}
	}
	s.nanos.Add(int64(took))
	s.slower[bucket(took)].Add(1)
	if told != nil {
		s.failed[numberOf(told, c.errors)].Add(1)
	}
}

// all calls visit with everything that was counted.
func (c *counts) all(visit func(placement Placement, consumer int, s *stats)) {
	for i := range c.by {
		for consumer := range c.by[i] {
			if s := c.by[i][consumer].Load(); s != nil {
				visit(placements[i], consumer, s)
			}
		}
	}
}

// snapshot adds everything up.
func (c *counts) snapshot() Snapshot {
	var h Histogram
	var errors int64
	c.all(func(_ Placement, _ int, s *stats) {
		one := s.histogram()
		h.Sum += one.Sum
		for i, n := range one.Buckets {
			h.Buckets[i] += n
		}
		for i := range s.failed {
			errors += s.failed[i].Load()
		}
	})
	s := Snapshot{Calls: h.Calls(), Errors: errors, P50: h.quantile(0.5), P99: h.quantile(0.99)}
	if s.Calls > 0 {
		s.Mean = time.Duration(int64(h.Sum) / s.Calls)
	}
	return s
}

// stats are the calls of one consumer to one endpoint since the process started.
type stats struct {
	nanos  atomic.Int64
	slower [buckets]atomic.Int64 // see Histogram
	failed []atomic.Int64        // by the number of the error
}

func (s *stats) histogram() Histogram {
	h := Histogram{Sum: time.Duration(s.nanos.Load())}
	for i := range s.slower {
		h.Buckets[i] = s.slower[i].Load()
	}
	return h
}

// failures returns how many calls have failed with which of all errors.
func (s *stats) failures(all []*spinoff.Error) []Failures {
	var some []Failures
	for i := range s.failed {
		if n := s.failed[i].Load(); n > 0 {
			some = append(some, Failures{all[i].Code, all[i].Status, n})
		}
	}
	return some
}

// Buckets of a [Histogram] and how they are numbered.
const (
	buckets   = 40
	perSecond = 30 // 2^perSecond is a second
)

// Histogram is how long calls took.
type Histogram struct {
	Sum     time.Duration
	Buckets [buckets]int64 // Buckets[i] took at least 2^(i-30) s and less than 2^(i-29) s; the first and the last have what is beyond
}

// bucket returns the number of the bucket of a duration.
func bucket(took time.Duration) int {
	const scale = 1<<(perSecond+20)/1_000_000_000 + 1 // a nanosecond in 2^-30 s, times 2^20
	parts := uint64(min(max(took, 1), time.Hour)) * scale >> 20
	return min(bits.Len64(parts)-1, buckets-1)
}

// UpperBound returns what calls in bucket i took less than, in seconds.
func UpperBound(i int) float64 { return math.Ldexp(1, i+1-perSecond) }

// Calls returns how many calls there were.
func (h Histogram) Calls() (n int64) {
	for _, some := range h.Buckets {
		n += some
	}
	return n
}

func (h Histogram) quantile(q float64) time.Duration {
	total, sum := float64(h.Calls()), int64(0)
	for i, n := range h.Buckets {
		if sum += n; total > 0 && float64(sum) >= q*total {
			return time.Duration(UpperBound(i) * float64(time.Second))
		}
	}
	return 0
}

// Snapshot is what was counted so far. Calls that end meanwhile may be counted in some of its fields only.
type Snapshot struct {
	Calls, Errors int64
	Mean          time.Duration
	P50, P99      time.Duration // upper bounds: the true value is at most this and more than half of it
}

// Measured is what was counted of the calls of one consumer to one endpoint, on one side of them.
type Measured struct {
	spinoff.Operation
	Consumer  string // its name, or [Unknown] or [Others]
	Placement Placement
	Histogram
	Errors []Failures
}

// Failures is how many calls have failed with one error.
type Failures struct {
	Code   string // of an error that is declared, or one of package spinoff; "other" for any other
	Status int
	Calls  int64
}

// measured returns what was counted of an endpoint.
func (e *endpoint) measured() []Measured {
	var all []Measured
	e.counts.all(func(placement Placement, consumer int, s *stats) {
		name := (*e.consumers.names.Load())[consumer] // it had its number before anything was counted for it
		all = append(all, Measured{e.Operation, name, placement, s.histogram(), s.failures(e.counts.errors)})
	})
	return all
}

// Measured returns what was counted of the calls that were answered, by version, placement and consumer.
func (p *Provider) Measured() []Measured {
	var all []Measured
	for _, e := range p.sorted {
		all = append(all, e.measured()...)
	}
	return all
}

// InFlight returns how many calls are being answered.
func (p *Provider) InFlight() int64 {
	var n int64
	for _, e := range p.sorted {
		ended := e.counts.snapshot().Calls // before: a call that begins and ends meanwhile is not to make it negative
		n += max(e.counts.begun.Load()-ended, 0)
	}
	return n
}

// Measured returns what was counted of the calls that were made, in no particular order.
func (c *Remote) Measured() []Measured {
	c.mu.RLock()
	defer c.mu.RUnlock()
	var all []Measured
	for _, e := range c.endpoints {
		all = append(all, e.measured()...)
	}
	return all
}
