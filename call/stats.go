package call

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// Stats counts the calls of one endpoint since the process started. The zero value is ready; it is safe for concurrent use.
type Stats struct {
	errors atomic.Int64
	nanos  atomic.Int64
	slower [40]atomic.Int64 // slower[i]: calls that took at least 2^i and less than 2^(i+1) nanoseconds
}

func (s *Stats) count(took time.Duration, failed bool) {
	s.nanos.Add(int64(took))
	s.slower[min(bits.Len64(uint64(max(took, 1)))-1, len(s.slower)-1)].Add(1)
	if failed {
		s.errors.Add(1)
	}
}

// Snapshot is what was counted so far.
type Snapshot struct {
	Calls, Errors int64
	Mean          time.Duration
	P50, P99      time.Duration // upper bounds: the true value is at most this and more than half of it
}

// Snapshot reads the counters. Calls that end meanwhile may be counted in some of them only.
func (s *Stats) Snapshot() Snapshot {
	snapshot := Snapshot{Errors: s.errors.Load()}
	for i := range s.slower {
		snapshot.Calls += s.slower[i].Load()
	}
	if snapshot.Calls > 0 {
		snapshot.Mean = time.Duration(s.nanos.Load() / snapshot.Calls)
	}
	snapshot.P50, snapshot.P99 = s.quantile(0.5, snapshot.Calls), s.quantile(0.99, snapshot.Calls)
	return snapshot
}

func (s *Stats) quantile(q float64, total int64) time.Duration {
	var sum int64
	for i := range s.slower {
		sum += s.slower[i].Load()
		if total > 0 && float64(sum) >= q*float64(total) {
			return time.Duration(1) << (i + 1)
		}
	}
	return 0
}
