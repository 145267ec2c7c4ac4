package main

import (
	"context"
	"fmt"
)

// Names of the ways that the bars compare.
const (
	directSmall, endpointSmall, jsonSmall = "direct call, small", "endpoint in process, small", "JSON round trip, small"
	directBig, endpointBig, jsonBig       = "direct call, 3 kB", "endpoint in process, 3 kB", "JSON round trip, 3 kB"
	handSmall, httpSmall                  = "net/http by hand, small", "endpoint over HTTP, small"
	handBig, httpBig                      = "net/http by hand, 3 kB", "endpoint over HTTP, 3 kB"
)

// ways returns all that is measured.
func (f *fixture) ways() []way {
	s, b := small(), big()
	direct := answerSmall // through a variable, so that it is not inlined
	directly := answerBig
	ways := []way{
		{directSmall, 1, 1000, func(ctx context.Context) error { _, err := direct(ctx, s); return err }},
		{endpointSmall, 1, 100, func(ctx context.Context) error { _, err := askSmall.Call(ctx, f.local, s); return err }},
		{jsonSmall, 1, 10, func(ctx context.Context) error { _, err := throughJSON(ctx, answerSmall, s); return err }},
		{directBig, 1, 1000, func(ctx context.Context) error { _, err := directly(ctx, b); return err }},
		{endpointBig, 1, 100, func(ctx context.Context) error { _, err := askBig.Call(ctx, f.local, b); return err }},
		{jsonBig, 1, 10, func(ctx context.Context) error { _, err := throughJSON(ctx, answerBig, b); return err }},
	}
	for _, callers := range []int{1, 16, 64} {
		ways = append(ways,
			way{handSmall, callers, 1, func(ctx context.Context) error { _, err := callByHand[SmallAnswer](ctx, f, "/v1/small", s); return err }},
			way{httpSmall, callers, 1, func(ctx context.Context) error { _, err := askSmall.Call(ctx, f.remote, s); return err }},
			way{handBig, callers, 1, func(ctx context.Context) error { _, err := callByHand[BigAnswer](ctx, f, "/v1/big", b); return err }},
			way{httpBig, callers, 1, func(ctx context.Context) error { _, err := askBig.Call(ctx, f.remote, b); return err }},
		)
	}
	for _, callers := range []int{16, 64} {
		ways = append(ways, way{endpointSmall, callers, 100, func(ctx context.Context) error { _, err := askSmall.Call(ctx, f.local, s); return err }})
	}
	return ways
}

// printBars prints what the project promises, with what was measured. A ratio is the median of the ratios within each round.
func printBars(ways []way, results [][]result) {
	find := func(name string, callers int) []result {
		for i, w := range ways {
			if w.name == name && w.callers == callers {
				return results[i]
			}
		}
		panic("bench: no way called " + name)
	}
	ratio := func(a, b []result, value func(result) float64) spread {
		var values []float64
		for i := range a {
			values = append(values, value(a[i])/value(b[i]))
		}
		return spreadOf(values)
	}
	bar := func(what string, s spread, unit, comparison string, limit float64, holds bool) {
		verdict := "holds"
		if !holds {
			verdict = "DOES NOT HOLD"
		}
		fmt.Printf("%-62s %7.2f%s (%.2f–%.2f)  bar: %s %g  %s\n", what, s.median, unit, s.min, s.max, comparison, limit, verdict)
	}
	nanos, rate, p99 := func(r result) float64 { return r.nanos }, func(r result) float64 { return r.rate }, func(r result) float64 { return r.p99 }
	fmt.Println()
	for _, pair := range [][2]string{{endpointSmall, jsonSmall}, {endpointBig, jsonBig}} {
		s := ratio(find(pair[0], 1), find(pair[1], 1), nanos)
		bar(pair[0]+" / "+pair[1], s, "", "at most", 0.1, s.median <= 0.1)
	}
	var extra []float64
	for i, r := range find(endpointSmall, 1) {
		extra = append(extra, r.nanos-find(directSmall, 1)[i].nanos)
	}
	s := spreadOf(extra)
	bar(endpointSmall+" − "+directSmall, s, " ns", "at most", 400, s.median <= 400)
	for _, pair := range [][2]string{{httpSmall, handSmall}, {httpBig, handBig}} {
		for _, callers := range []int{1, 16, 64} {
			name := fmt.Sprintf("%s / by hand, %d callers", pair[0], callers)
			s := ratio(find(pair[0], callers), find(pair[1], callers), rate)
			bar(name+", calls/s", s, "", "at least", 0.9, s.median >= 0.9)
			s = ratio(find(pair[0], callers), find(pair[1], callers), p99)
			bar(name+", p99", s, "", "at most", 1.1, s.median <= 1.1)
		}
	}
}
