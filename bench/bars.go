package main

import "fmt"

// results are the rounds of every way of a group.
type results struct {
	ways   []way
	rounds [][]result
}

func (r results) find(name string, callers int) []result {
	for i, w := range r.ways {
		if w.name == name && w.callers == callers {
			return r.rounds[i]
		}
	}
	panic("bench: no way called " + name)
}

// compare compares two ways round by round: a slow moment of the machine met both.
func (r results) compare(a, b string, callers int, how func(a, b result) float64) spread {
	second := r.find(b, callers)
	var values []float64
	for i, first := range r.find(a, callers) {
		values = append(values, how(first, second[i]))
	}
	return spreadOf(values)
}

func (r results) ratio(a, b string, callers int, value func(result) float64) spread {
	return r.compare(a, b, callers, func(a, b result) float64 { return value(a) / value(b) })
}

// What of a result is compared.
func nanos(r result) float64 { return r.nanos }
func rate(r result) float64  { return r.rate }
func p99(r result) float64   { return r.p99 }

// atMost prints a bar and whether it holds.
func atMost(what string, s spread, unit string, limit float64) {
	printBar(what, s, unit, "at most", limit, s.median <= limit)
}

func atLeast(what string, s spread, limit float64) {
	printBar(what, s, "", "at least", limit, s.median >= limit)
}

func printBar(what string, s spread, unit, comparison string, limit float64, holds bool) {
	verdict := "holds"
	if !holds {
		verdict = "DOES NOT HOLD"
	}
	fmt.Printf("%-66s %7.2f%s (%.2f–%.2f)  bar: %s %g  %s\n", what, s.median, unit, s.min, s.max, comparison, limit, verdict)
}
