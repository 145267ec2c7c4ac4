package main

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"time"
)

// way is one way to do a call.
type way struct {
	name    string
	callers int // how many call at once
	batch   int // how many calls between two looks at the clock; 1 also records each call's latency
	call    func(ctx context.Context) error
	each    int // how many things one call does
}

// result is one round of one way.
type result struct {
	rate, nanos, p50, p99, bytes, allocs float64 // nanos is wall time by calls and callers: what one caller waits
}

// measure runs a way for about length.
func measure(w way, length time.Duration) (result, error) {
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var mu sync.Mutex
	var calls int
	var latencies []time.Duration
	var failed error
	start := time.Now()
	var wg sync.WaitGroup
	for range w.callers {
		wg.Go(func() {
			n, mine, err := w.loop(start.Add(length))
			mu.Lock()
			defer mu.Unlock()
			calls += n * w.each
			latencies = append(latencies, mine...)
			if err != nil {
				failed = err
			}
		})
	}
	wg.Wait()
	took := time.Since(start)
	runtime.ReadMemStats(&after)
	r := result{
		rate:   float64(calls) / took.Seconds(),
		nanos:  float64(took.Nanoseconds()) * float64(w.callers) / float64(calls),
		bytes:  float64(after.TotalAlloc-before.TotalAlloc) / float64(calls),
		allocs: float64(after.Mallocs-before.Mallocs) / float64(calls),
	}
	slices.Sort(latencies)
	if n := len(latencies); n > 0 {
		r.p50 = float64(latencies[n/2].Nanoseconds()) / 1000
		r.p99 = float64(latencies[n*99/100].Nanoseconds()) / 1000
	}
	return r, failed
}

func (w way) loop(end time.Time) (calls int, latencies []time.Duration, err error) {
	ctx := context.Background()
	if w.batch == 1 {
		latencies = make([]time.Duration, 0, 1<<16)
	}
	for last := time.Now(); last.Before(end); {
		for range w.batch {
			if err := w.call(ctx); err != nil {
				return calls, nil, err
			}
		}
		calls += w.batch
		now := time.Now()
		if w.batch == 1 {
			latencies = append(latencies, now.Sub(last))
		}
		last = now
	}
	return calls, latencies, nil
}

// spread is a median with the smallest and the greatest value.
type spread struct{ median, min, max float64 }

type summary struct{ rate, nanos, p50, p99, bytes, allocs spread }

func summarize(results []result) summary {
	of := func(value func(result) float64) spread {
		var values []float64
		for _, r := range results {
			values = append(values, value(r))
		}
		return spreadOf(values)
	}
	return summary{
		of(func(r result) float64 { return r.rate }), of(func(r result) float64 { return r.nanos }),
		of(func(r result) float64 { return r.p50 }), of(func(r result) float64 { return r.p99 }),
		of(func(r result) float64 { return r.bytes }), of(func(r result) float64 { return r.allocs }),
	}
}

func spreadOf(values []float64) spread {
	slices.Sort(values)
	return spread{values[len(values)/2], values[0], values[len(values)-1]}
}
