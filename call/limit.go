package call

import (
	"math"
	"runtime"
	"runtime/metrics"
	"time"
)

// Bounds of a limit, in calls.
const (
	minLimit = 2 // two calls that wait for each other end
	maxLimit = 1000
)

// worth says how much throughput a higher limit must bring: twice the limit must bring 2^worth times as much, that is 15 % more.
const worth = 0.2

// limit finds the least number of calls that, answered at the same time, answer about as many in a second as any number does. It climbs: now and then it tries
// a higher or a lower limit for a short while, and keeps what proved better. Only throughput while somebody waits is compared: it is then what the app can do,
// and with a full limit it is the reverse of latency (Little's law). So nothing has to be known of how long a call takes, which the mix of calls changes.
//
// It is not safe for concurrent use.
type limit struct {
	kept  int // what proved best so far
	trial int // what is tried now; 0 while nothing is

	skip  int           // calls to end before counting begins: they began under the limit before
	from  time.Duration // when counting began, on clock
	ended int           // calls since

	rate  float64 // calls per second with the kept limit; 0 while unknown
	fresh bool    // whether that is of now, not of when somebody waited before
	up    bool    // the direction of the next trial
	step  float64 // its factor
	rest  int     // windows to wait before it
	pause int     // how many to wait after the next trial that fails
}

// newLimit starts low: a flood meets few calls of its own, and an app that only waits climbs within a second.
func newLimit() limit {
	return limit{kept: max(4, 2*runtime.NumCPU()), step: 2, pause: 1}
}

// now returns the limit that holds now.
func (l *limit) now() int {
	if l.trial != 0 {
		return l.trial
	}
	return l.kept
}

// restart forgets what was counted: for a while nobody waited, so that it said nothing.
func (l *limit) restart(at time.Duration) {
	l.trial, l.fresh = 0, false
	l.count(at, 0)
}

func (l *limit) count(at time.Duration, skip int) { l.from, l.ended, l.skip = at, 0, skip }

// end counts a call that ended while others waited.
func (l *limit) end(at time.Duration) {
	if l.skip > 0 {
		l.skip--
		l.from = at
		return
	}
	l.ended++
	took := at - l.from
	enough := l.ended >= max(32, 4*l.now()) && took >= 50*time.Millisecond || l.ended >= 8 && took >= 500*time.Millisecond
	if enough {
		l.compare(float64(l.ended)/took.Seconds(), at)
	}
}

// compare decides what a window with the given rate says.
func (l *limit) compare(rate float64, at time.Duration) {
	before := l.now()
	switch {
	case l.trial == 0:
		if l.fresh {
			rate = (l.rate + rate) / 2
		}
		l.rate, l.fresh = rate, true
		if l.rest--; l.rest < 0 {
			l.try()
		}
	case rate >= l.rate*math.Pow(float64(l.trial)/float64(l.kept), worth):
		l.kept, l.rate, l.step, l.pause = l.trial, rate, 2, 1
		l.try()
	default:
		l.trial, l.rest = 0, l.pause
		l.up, l.step, l.pause = !l.up, math.Sqrt2, min(2*l.pause, 64)
	}
	l.count(at, max(before, l.now()))
	if l.now() == before {
		l.skip = 0
	}
}

// try begins the next trial.
func (l *limit) try() {
	if l.up {
		l.trial = min(max(l.kept+1, int(float64(l.kept)*l.step)), maxLimit)
	} else {
		l.trial = max(min(l.kept-1, int(float64(l.kept)/l.step)), minLimit)
	}
	if l.trial == l.kept { // at an end of the range
		l.trial, l.up, l.rest = 0, !l.up, l.pause
	}
}

// stall returns for how long no call has to end until it is said that they only wait: twice as long as each should take by the rate that is known.
func (l *limit) stall() time.Duration {
	if l.rate == 0 {
		return leastStall
	}
	return min(max(time.Duration(2*float64(l.kept)/l.rate*float64(time.Second)), leastStall), 10*leastStall)
}

// crowded lowers the limit where the processors have more to do than they can: what begins now only takes turns with what has begun, and with those who read and refuse the rest.
func (l *limit) crowded(at time.Duration) {
	if l.kept > minLimit {
		l.kept--
		l.restart(at)
	}
}

// crowded reports whether goroutines wait for a processor, several for each.
func crowded() bool {
	sample := []metrics.Sample{{Name: "/sched/goroutines/runnable:goroutines"}}
	metrics.Read(sample)
	return sample[0].Value.Kind() == metrics.KindUint64 && sample[0].Value.Uint64() > uint64(2*runtime.GOMAXPROCS(0))
}

const leastStall = 50 * time.Millisecond

// stalled raises the limit where calls only wait, for a disk or for another service, and none ends: there is nothing to compare then, and those
// behind them could go on.
func (l *limit) stalled(at time.Duration) {
	l.kept = min(l.kept*3/2, maxLimit)
	l.restart(at)
}
