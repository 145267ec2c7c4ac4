package main

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"time"
)

// way is one way to call, with so many callers.
type way struct {
	name    string
	callers int
	call    func(ctx context.Context) error
}

// result is one round of one way.
type result struct{ rate, p50, p99, cpu, bytes, allocs float64 } // calls a second, microseconds, and of both sides together, per call: microseconds of the processor, memory

// measure runs a way for about length.
func measure(w way, length time.Duration) (result, error) {
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	used := processor()
	latencies, failed := make([][]time.Duration, w.callers), make([]error, w.callers)
	start := time.Now()
	var wg sync.WaitGroup
	for i := range w.callers {
		wg.Go(func() { latencies[i], failed[i] = w.loop(start.Add(length)) })
	}
	wg.Wait()
	took := time.Since(start)
	used = processor() - used
	runtime.ReadMemStats(&after)
	all := slices.Concat(latencies...)
	slices.Sort(all)
	n := float64(len(all))
	return result{
		rate: n / took.Seconds(), p50: micros(all[len(all)/2]), p99: micros(all[len(all)*99/100]),
		cpu:   micros(used) / n,
		bytes: float64(after.TotalAlloc-before.TotalAlloc) / n, allocs: float64(after.Mallocs-before.Mallocs) / n,
	}, errors.Join(failed...)
}

// processor returns how much of it this process has used. Unlike the time on a clock, it hardly depends on what else the machine does.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

func (w way) loop(end time.Time) ([]time.Duration, error) {
	ctx := context.Background()
	latencies := make([]time.Duration, 0, 1<<15)
	for last := time.Now(); last.Before(end) || len(latencies) == 0; {
		if err := w.call(ctx); err != nil {
			return latencies, err
		}
		now := time.Now()
		latencies = append(latencies, now.Sub(last))
		last = now
	}
	return latencies, nil
}

// spread is a median with the smallest and the greatest value.
type spread struct{ median, min, max float64 }

func spreadOf(results []result, value func(result) float64) spread {
	var values []float64
	for _, r := range results {
		values = append(values, value(r))
	}
	slices.Sort(values)
	return spread{values[len(values)/2], values[0], values[len(values)-1]}
}
