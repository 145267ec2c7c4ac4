package main

import (
	"context"
	"fmt"

	"github.com/spinoff-go/spinoff/bench/workload"
)

// Names of the ways that the bars compare.
const (
	directSmall, endpointSmall, jsonSmall = "direct call, small", "endpoint in process, small", "JSON round trip, small"
	directBig, endpointBig, jsonBig       = "direct call, 3 kB", "endpoint in process, 3 kB", "JSON round trip, 3 kB"
	newestVersion, twoOlder               = "newest version in process", "through two conversions in process"
	handSmall, httpSmall                  = "net/http by hand, small", "endpoint over HTTP, small"
	handBig, httpBig                      = "net/http by hand, 3 kB", "endpoint over HTTP, 3 kB"
)

// ways returns all that is measured.
func (f *fixture) ways() []way {
	s, b := workload.NewSmall(), workload.NewBig()
	unrelated, oldest := workload.Small{Question: s.Question, Source: s.Source}, SmallV1{s.Question, s.Source} // the same request in two versions
	direct := workload.AnswerSmall                                                                             // through a variable, so that it is not inlined
	directly := workload.AnswerBig
	ways := []way{
		{directSmall, 1, 1000, func(ctx context.Context) error { _, err := direct(ctx, s); return err }, 1},
		{endpointSmall, 1, 100, func(ctx context.Context) error { _, err := askSmall.Call(ctx, f.local, s); return err }, 1},
		{jsonSmall, 1, 10, func(ctx context.Context) error { _, err := throughJSON(ctx, workload.AnswerSmall, s); return err }, 1},
		{newestVersion, 1, 100, func(ctx context.Context) error { _, err := newest.Call(ctx, f.local, unrelated); return err }, 1},
		{twoOlder, 1, 100, func(ctx context.Context) error { _, err := old1.Call(ctx, f.local, oldest); return err }, 1},
		{directBig, 1, 1000, func(ctx context.Context) error { _, err := directly(ctx, b); return err }, 1},
		{endpointBig, 1, 100, func(ctx context.Context) error { _, err := askBig.Call(ctx, f.local, b); return err }, 1},
		{jsonBig, 1, 10, func(ctx context.Context) error { _, err := throughJSON(ctx, workload.AnswerBig, b); return err }, 1},
	}
	for _, callers := range []int{1, 16, 64} {
		ways = append(ways,
			way{handSmall, callers, 1, func(ctx context.Context) error {
				_, err := workload.CallByHand[workload.SmallAnswer](ctx, f.handClient, f.handURL+"/v1/small", s)
				return err
			}, 1},
			way{httpSmall, callers, 1, func(ctx context.Context) error { _, err := askSmall.Call(ctx, f.remote, s); return err }, 1},
			way{handBig, callers, 1, func(ctx context.Context) error {
				_, err := workload.CallByHand[workload.BigAnswer](ctx, f.handClient, f.handURL+"/v1/big", b)
				return err
			}, 1},
			way{httpBig, callers, 1, func(ctx context.Context) error { _, err := askBig.Call(ctx, f.remote, b); return err }, 1},
		)
	}
	for _, callers := range []int{16, 64} {
		ways = append(ways, way{endpointSmall, callers, 100, func(ctx context.Context) error { _, err := askSmall.Call(ctx, f.local, s); return err }, 1})
	}
	return ways
}

// bars prints what the project promises of calls.
func bars(r results) {
	for _, pair := range [][2]string{{endpointSmall, jsonSmall}, {endpointBig, jsonBig}} {
		atMost(pair[0]+" / "+pair[1], r.ratio(pair[0], pair[1], 1, nanos), "", 0.1)
	}
	atMost(endpointSmall+" − "+directSmall, r.compare(endpointSmall, directSmall, 1, func(a, b result) float64 { return a.nanos - b.nanos }), " ns", 400)
	atMost(twoOlder+" − "+newestVersion, r.compare(twoOlder, newestVersion, 1, func(a, b result) float64 { return a.nanos - b.nanos }), " ns", 1000)
	atMost("the same, allocations", r.compare(twoOlder, newestVersion, 1, func(a, b result) float64 { return a.allocs - b.allocs }), "", 0.01)
	for _, pair := range [][2]string{{httpSmall, handSmall}, {httpBig, handBig}} {
		for _, callers := range []int{1, 16, 64} {
			name := fmt.Sprintf("%s / by hand, %d callers", pair[0], callers)
			atLeast(name+", calls/s", r.ratio(pair[0], pair[1], callers, rate), 0.9)
			atMost(name+", p99", r.ratio(pair[0], pair[1], callers, p99), "", 1.1)
		}
	}
}

// openCalls returns what is measured of calls.
func openCalls() (group, error) {
	f, err := newFixture()
	if err != nil {
		return group{}, err
	}
	return group{f.ways(), bars, f.close}, nil
}
