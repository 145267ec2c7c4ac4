package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/call"
)

// flood is what one server did.
type flood struct {
	peak             float64 // answers a second, at as many callers as it does most with
	goodput, refused float64 // answers a second in time, and refusals, while four times as much came
	p99              time.Duration
	memory           float64 // MB, the most that the process has had
	quiet, loud      probe   // the neighbour, before and meanwhile
	apart            probe   // a neighbour in a process of its own meanwhile: what the flood does to the machine
}

// probe is what a process measured that asks the neighbour.
type probe struct {
	P50, P99 time.Duration
	OK       float64 // how many were answered in time, of 1
}

// overload floods each server for length, with each kind of call, and prints a table.
func overload(length time.Duration, only string) error {
	fmt.Printf("\noverload: four times what the server can do, for %s; an answer after %s is none. Server, load and neighbour's callers are processes of their own on this machine.\n", length, inTime)
	rounds := calibrate()
	if err := refusal(rounds); err != nil {
		return err
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "server\tcall\tpeak/s\tgoodput/s\tof peak\trefused/s\tp99\tMB\tneighbour p50\tp99\tflooded p50\tp99\tin time\tapart p50\tp99\t")
	defer table.Flush()
	for _, path := range []string{"burn", "write"} {
		for _, name := range []string{floodedOurs, floodedPlain, floodedFixed} {
			if !strings.Contains(name+" "+path, only) {
				continue
			}
			f, err := floodOne(name, path, rounds, length)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", name, path, err)
			}
			fmt.Fprintf(table, "%s\t%s\t%.0f\t%.0f\t%.0f %%\t%.0f\t%s\t%.0f\t%s\t%s\t%s\t%s\t%.0f %%\t%s\t%s\t\n", name, path, f.peak, f.goodput, 100*f.goodput/f.peak, f.refused, ms(f.p99), f.memory,
				ms(f.quiet.P50), ms(f.quiet.P99), ms(f.loud.P50), ms(f.loud.P99), 100*f.loud.OK, ms(f.apart.P50), ms(f.apart.P99))
			table.Flush()
		}
	}
	return nil
}

func ms(d time.Duration) string {
	return strconv.FormatFloat(float64(d.Microseconds())/1000, 'f', 1, 64) + " ms"
}

// calibrate returns how many rounds of [compute] take 2 ms here.
func calibrate() int64 {
	best := math.MaxFloat64
	for range 20 {
		start := time.Now()
		compute(context.Background(), Work{1000}) //nolint:errcheck // it has none
		best = min(best, float64(time.Since(start)))
	}
	return int64(2e6 / best * 1000)
}

// child is a server in a process of its own.
type child struct {
	command *exec.Cmd
	folder  string
	address string
}

func startChild(ctx context.Context, name string) (*child, error) {
	folder, err := os.MkdirTemp("", "spinoff-flood")
	if err != nil {
		return nil, err
	}
	c := &child{exec.CommandContext(ctx, os.Args[0], "-part", "server", name, folder), folder, ""} //nolint:gosec // it is this program
	c.command.Stderr = os.Stderr
	says, err := c.command.StdoutPipe()
	if err == nil {
		err = c.command.Start()
	}
	if err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(says).ReadString('\n')
	_, c.address, _ = strings.Cut(strings.TrimSuffix(strings.TrimSpace(line), "/"), "http://")
	return c, err
}

func (c *child) stop() {
	c.command.Process.Kill() //nolint:errcheck // it may have ended
	c.command.Wait()         //nolint:errcheck // it was killed
	os.RemoveAll(c.folder)   //nolint:errcheck // it is temporary
}

// floodOne measures one server.
func floodOne(name, path string, rounds int64, length time.Duration) (f flood, err error) {
	ctx := context.Background()
	server, err := startChild(ctx, name)
	if err != nil {
		return f, err
	}
	defer server.stop()
	other, err := startChild(ctx, name)
	if err != nil {
		return f, err
	}
	defer other.stop()
	load := func() *arrivals {
		return newArrivals(server.address, "POST", "/flooded/v1/"+path, fmt.Sprintf(`{"rounds":%d}`, rounds))
	}
	load().closed(8, time.Second) // warm
	for _, callers := range []int{4, 8, 32} {
		a, each := load(), max(length/8, time.Second)
		a.closed(callers, each)
		f.peak = max(f.peak, float64(len(a.latencies))/each.Seconds())
	}
	if f.quiet, err = probing(ctx, server.address, max(length/2, time.Second)).wait(); err != nil {
		return f, err
	}
	loud, apart := probing(ctx, server.address, length), probing(ctx, other.address, length)
	a := load()
	a.run(4*f.peak, length)
	f.goodput, f.refused, f.p99 = float64(len(a.latencies))/length.Seconds(), float64(a.refused)/length.Seconds(), a.quantile(0.99)
	f.memory = mostMemory(server.command.Process.Pid)
	if f.apart, err = apart.wait(); err == nil {
		f.loud, err = loud.wait()
	}
	return f, err
}

// refusal prints what a refusal takes, beside what is handled, for one caller.
func refusal(rounds int64) error {
	provider, err := call.NewProvider(flooded.Name, []spinoff.Handler{burn.Serve(compute)}, nil, nil, slog.Default())
	if err != nil {
		return err
	}
	var f fixture
	defer f.close()
	base, err := f.serve(provider)
	if err != nil {
		return err
	}
	median := func(share int, rounds int64) time.Duration {
		provider.SetShare(share)
		a := newArrivals(base.Host, "POST", "/v1/burn", fmt.Sprintf(`{"rounds":%d}`, rounds))
		took := make([]time.Duration, 500)
		for i := range took {
			start := time.Now()
			a.one(start)
			took[i] = time.Since(start)
		}
		slices.Sort(took)
		return took[len(took)/2]
	}
	fmt.Printf("a refusal takes %s, a call that does nothing %s, one that computes %s (over HTTP, one caller, medians)\n", median(0, 0), median(1024, 0), median(1024, rounds))
	return nil
}

// prober is a process that asks the neighbour.
type prober struct {
	command *exec.Cmd
	says    strings.Builder
	err     error
}

func probing(ctx context.Context, address string, length time.Duration) *prober {
	p := &prober{command: exec.CommandContext(ctx, os.Args[0], "-part", "probe", address, length.String())} //nolint:gosec // it is this program
	p.command.Stdout, p.command.Stderr = &p.says, os.Stderr
	p.err = p.command.Start()
	return p
}

func (p *prober) wait() (result probe, err error) {
	if p.err != nil {
		return result, p.err
	}
	if err := p.command.Wait(); err != nil {
		return result, err
	}
	return result, json.Unmarshal([]byte(p.says.String()), &result)
}

// part is the main function of the other processes.
func part(args []string) error {
	switch {
	case len(args) == 3 && args[0] == "server":
		return serveFlooded(args[1], args[2])
	case len(args) == 3 && args[0] == "probe":
		length, err := time.ParseDuration(args[2])
		if err != nil {
			return err
		}
		a := newArrivals(args[1], "GET", "/neighbour/v1/look", "")
		a.run(100, length)
		return json.NewEncoder(os.Stdout).Encode(probe{a.quantile(0.5), a.quantile(0.99), float64(len(a.latencies)) / float64(a.total())})
	}
	return errors.New("-part is for the processes that the group overload starts")
}

// mostMemory returns how much memory a process has had at most, in MB; 0 where the system does not say.
func mostMemory(pid int) float64 {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kB, _ := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")), 64)
			return kB / 1000
		}
	}
	return 0
}
