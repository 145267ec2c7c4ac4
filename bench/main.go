// Bench measures what a call costs, beside other ways to do the same, and prints one table.
//
//	go run ./bench
//	go run ./bench -rounds 5 -only "in process"
//
// Every round runs each way once, in turn, so that a slow moment of the machine meets all of them alike; the table has medians
// over the rounds and, in brackets, the smallest and the greatest. Figures of two runs are not to be compared, ratios within one are.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

func main() {
	rounds := flag.Int("rounds", 11, "how often each way is measured")
	length := flag.Duration("time", 300*time.Millisecond, "how long each way runs in a round")
	only := flag.String("only", "", "measure only ways whose name has this in it; without the bars")
	flag.Parse()
	fmt.Printf("%s %s/%s, %d cores, %d rounds of %s\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0), *rounds, *length)
	if err := run(*rounds, *length, *only); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(rounds int, length time.Duration, only string) error {
	fixture, err := newFixture()
	if err != nil {
		return err
	}
	defer fixture.close()
	ways := slices.DeleteFunc(fixture.ways(), func(w way) bool { return !strings.Contains(w.name, only) })
	results := make([][]result, len(ways))
	for range rounds {
		for i, w := range ways {
			r, err := measure(w, length)
			if err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
			results[i] = append(results[i], r)
		}
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "way\tcallers\tcalls/s\tns/call\t(min–max)\tp50 µs\tp99 µs\tB/call\tallocs/call\t")
	for i, w := range ways {
		s := summarize(results[i])
		fmt.Fprintf(table, "%s\t%d\t%.0f\t%.0f\t(%.0f–%.0f)\t%.1f\t%.1f\t%.0f\t%.1f\t\n",
			w.name, w.callers, s.rate.median, s.nanos.median, s.nanos.min, s.nanos.max, s.p50.median, s.p99.median, s.bytes.median, s.allocs.median)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if only == "" {
		printBars(ways, results)
	}
	return nil
}
