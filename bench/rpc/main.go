// Rpc measures a remote call of Spinoff beside the same call by hand over net/http, by Connect with JSON, and by gRPC with Protocol Buffers: small messages and
// such of 3 kB, with 1, 16 and 64 callers, over loopback, both sides in this process.
//
//	go run .
//	go run . -rounds 5 -callers 1 -only ours
//	go run . -callers 16 -only "ours, small" -profile cpu.out
//
// Every round runs each way once, in turn, so that a slow moment of the machine meets all of them alike; the table has medians over the rounds and, in
// brackets, the smallest and the greatest. Figures of two runs are not to be compared, ratios within one are: the last columns are medians of the ratios of
// each round. Every call makes its message anew, in the types of the way, and has a time-out of 10 s.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"strings"
	"text/tabwriter"
	"time"
)

// Names of the ways.
const (
	ours        = "ours"
	oursByH2C   = "ours by h2c"
	byHand      = "net/http by hand"
	withConnect = "connect, JSON"
	withGRPC    = "gRPC"
)

func main() {
	rounds := flag.Int("rounds", 11, "how often each way is measured")
	length := flag.Duration("time", 300*time.Millisecond, "how long each way runs in a round")
	only := flag.String("only", "", "measure only ways whose name has this in it")
	callers := flag.Int("callers", 0, "measure only with so many callers")
	profile := flag.String("profile", "", "file for a profile of the processor")
	flag.Parse()
	if err := run(*rounds, *length, *only, *callers, *profile); err != nil {
		fmt.Fprintln(os.Stderr, "bench-rpc:", err)
		os.Exit(1)
	}
}

func run(rounds int, length time.Duration, only string, callers int, profile string) error {
	ways, err := open(only, callers)
	if err != nil {
		return err
	}
	if profile != "" {
		f, err := os.Create(profile)
		if err != nil {
			return err
		}
		defer f.Close() //nolint:errcheck // the profile has been written, or the user sees that it is empty
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	measured := make([][]result, len(ways))
	for range rounds {
		for i, w := range ways {
			r, err := measure(w, length)
			if err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
			measured[i] = append(measured[i], r)
		}
	}
	fmt.Printf("%s %s/%s, %d cores, %d rounds of %s\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0), rounds, length)
	return print(ways, measured)
}

// open returns what is to be measured: one message after the other, from few callers to many.
func open(only string, callers int) ([]way, error) {
	var pairs []pair
	for _, open := range []func() (pair, error){openHand, openOurs, openOursByH2C, openConnect, openGRPC} {
		p, err := open()
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, p)
	}
	var ways []way
	for _, message := range []string{"small", "3 kB"} {
		for _, n := range []int{1, 16, 64} {
			for _, p := range pairs {
				w := way{p.name + ", " + message, n, p.small}
				if message != "small" {
					w.call = p.big
				}
				if strings.Contains(w.name, only) && (callers == 0 || callers == n) {
					ways = append(ways, w)
				}
			}
		}
	}
	if len(ways) == 0 {
		return nil, fmt.Errorf("there is no way with %q in its name and %d callers", only, callers)
	}
	return ways, nil
}

// print prints the table. The ratios compare a way with net/http by hand, round by round; they are left out where that was not measured.
func print(ways []way, measured [][]result) error {
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "way\tcallers\tcalls/s\t(min–max)\tp50 µs\tp99 µs\t(min–max)\tcpu µs/call\tB/call\tallocs/call\trate / by hand\tp99 / by hand\tcpu / by hand\t")
	hand := -1
	for i, w := range ways {
		if strings.HasPrefix(w.name, byHand) {
			hand = i
		}
		value := func(of func(result) float64) spread { return spreadOf(measured[i], of) }
		rate, p99 := value(func(r result) float64 { return r.rate }), value(func(r result) float64 { return r.p99 })
		fmt.Fprintf(table, "%s\t%d\t%.0f\t(%.0f–%.0f)\t%.0f\t%.0f\t(%.0f–%.0f)\t%.1f\t%.0f\t%.0f\t", w.name, w.callers, rate.median, rate.min, rate.max,
			value(func(r result) float64 { return r.p50 }).median, p99.median, p99.min, p99.max,
			value(func(r result) float64 { return r.cpu }).median, value(func(r result) float64 { return r.bytes }).median, value(func(r result) float64 { return r.allocs }).median)
		if hand < 0 || ways[hand].callers != w.callers {
			fmt.Fprint(table, "\t\t\t\n")
			continue
		}
		fmt.Fprintf(table, "%.2f\t%.2f\t%.2f\t\n", ratio(measured[i], measured[hand], func(r result) float64 { return r.rate }),
			ratio(measured[i], measured[hand], func(r result) float64 { return r.p99 }), ratio(measured[i], measured[hand], func(r result) float64 { return r.cpu }))
	}
	return table.Flush()
}

// ratio returns the median of the ratios of each round.
func ratio(a, b []result, of func(result) float64) float64 {
	ratios := make([]result, len(a))
	for i := range a {
		ratios[i].rate = of(a[i]) / of(b[i])
	}
	return spreadOf(ratios, func(r result) float64 { return r.rate }).median
}
