// Bench measures what a call, a durable change, an event and a comparison of contracts cost, and what a flood does, beside other ways to do the same, and prints a table of each.
//
//	go run ./bench
//	go run ./bench -rounds 5 -only "in process" calls
//	go run ./bench creates events
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
	rounds := flag.Int("rounds", 21, "how often each way is measured")
	length := flag.Duration("time", 300*time.Millisecond, "how long each way runs in a round")
	only := flag.String("only", "", "measure only ways whose name has this in it; without the bars")
	callers := flag.Int("callers", 0, "measure only ways with so many callers; without the bars")
	flooding := flag.Duration("flood", 20*time.Second, "how long the group overload floods each server")
	isPart := flag.Bool("part", false, "for the processes that the group overload starts")
	flag.Parse()
	groups := flag.Args()
	if *isPart {
		if err := part(groups); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	if len(groups) == 0 {
		groups = []string{"calls", "creates", "events", "contracts", "overload"}
	}
	fmt.Printf("%s %s/%s, %d cores, %d rounds of %s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0), *rounds, *length)
	for _, name := range groups {
		var err error
		if name == "overload" {
			err = overload(*flooding, *only)
		} else {
			err = runGroup(name, *rounds, *length, func(w way) bool { return strings.Contains(w.name, *only) && (*callers == 0 || *callers == w.callers) }, *only == "" && *callers == 0)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
	}
}

// group is ways to do one thing, and what the project promises of them.
type group struct {
	ways  []way
	bars  func(results) // prints them
	close func()
}

// open returns the group called name.
func open(name string) (group, error) {
	switch name {
	case "calls":
		return openCalls()
	case "creates":
		return openCreates()
	case "events":
		return openEvents()
	case "contracts":
		return openContracts()
	}
	return group{}, fmt.Errorf("there is no group %q; there are calls, creates, events, contracts, overload", name)
}

func runGroup(name string, rounds int, length time.Duration, chosen func(way) bool, all bool) error {
	g, err := open(name)
	if err != nil {
		return err
	}
	defer g.close()
	fmt.Printf("\n%s\n", name)
	ways := slices.DeleteFunc(g.ways, func(w way) bool { return !chosen(w) })
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
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "way\tcallers\tcalls/s\tns/call\t(min–max)\tp50 µs\tp99 µs\tB/call\tallocs/call\t")
	for i, w := range ways {
		s := summarize(measured[i])
		fmt.Fprintf(table, "%s\t%d\t%.0f\t%.0f\t(%.0f–%.0f)\t%.1f\t%.1f\t%.0f\t%.1f\t\n",
			w.name, w.callers, s.rate.median, s.nanos.median, s.nanos.min, s.nanos.max, s.p50.median, s.p99.median, s.bytes.median, s.allocs.median)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if all {
		fmt.Println()
		g.bars(results{ways, measured})
	}
	return nil
}
