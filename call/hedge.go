package call

import (
	"context"
	"math"
	"net/http"
	"sync/atomic"
	"time"
)

// hedged sends the call to one replica and, where the answer has not begun when it usually has, to another one as well. The first answer counts.
func (d *delivery) hedged() *attempt {
	d.hedges.earn()
	first, answers := d.own(), make(chan *attempt, 2)
	if first.err != nil {
		return first
	}
	go func() { first.send(); answers <- first }()
	late, known := d.e.usual.value()
	if !known {
		return d.answered(<-answers)
	}
	timer := time.NewTimer(late)
	defer timer.Stop()
	select {
	case a := <-answers:
		return d.answered(a)
	case <-timer.C:
	}
	if !d.pool.another(d.e.endpoint, d.tried) || !d.hedges.spend() {
		return d.answered(<-answers)
	}
	second := d.own()
	if second.err != nil {
		d.end(second)
		return d.answered(<-answers)
	}
	d.counters.hedges.Add(1)
	go func() { second.send(); answers <- second }()
	a := <-answers
	if !a.isGood() { // perhaps the other one
		d.discard(a)
		return d.answered(<-answers)
	}
	if a == second {
		d.counters.hedgesWon.Add(1)
	}
	loser := first
	if a == first {
		loser = second
	}
	loser.cancel()
	go func() { d.discard(<-answers) }()
	return d.answered(a)
}

// own begins an attempt that can be cancelled on its own.
func (d *delivery) own() *attempt {
	ctx, cancel := context.WithCancel(d.s.wait())
	a := d.begin(ctx)
	a.cancel = cancel
	return a
}

func (a *attempt) isGood() bool {
	return a.err == nil && a.response.StatusCode < http.StatusInternalServerError
}

// answered learns how long answers take.
func (d *delivery) answered(a *attempt) *attempt {
	if a.isGood() {
		d.e.usual.add(clock() - a.begun)
	}
	return a
}

// discard ends an attempt whose answer nobody needs.
func (d *delivery) discard(a *attempt) {
	v := unknown
	switch {
	case a.isGood():
		v = fine
	case a.response == nil && a.request.Context().Err() == nil:
		v = failed
	}
	a.cancel()
	if a.response != nil {
		a.response.Body.Close()
	}
	a.passed(v.forBreaker())
	d.pool.end(a.replica, v)
}

// quantile follows the value that 95 of 100 durations are below, without keeping them: it goes up by a part of itself for each that is above, and down by a 19th of that for
// each below. The zero value is ready; it is safe for concurrent use, where single durations may be lost.
type quantile struct {
	bits  atomic.Uint64 // of a float64, in nanoseconds
	count atomic.Int64
}

const (
	quantileLeast = 20   // durations before it is known
	quantileStep  = 0.19 // of itself
)

func (q *quantile) add(took time.Duration) {
	old := q.bits.Load()
	v := math.Float64frombits(old)
	switch {
	case q.count.Add(1) == 1:
		v = float64(took)
	case float64(took) > v:
		v *= 1 + quantileStep
	default:
		v *= 1 - quantileStep/19
	}
	q.bits.CompareAndSwap(old, math.Float64bits(max(v, 1)))
}

func (q *quantile) value() (late time.Duration, known bool) {
	return time.Duration(math.Float64frombits(q.bits.Load())), q.count.Load() >= quantileLeast
}
