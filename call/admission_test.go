package call_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/call"
)

type blank struct{}

var (
	busy  = spinoff.Service{Name: "busy", Version: 1}
	work  = spinoff.Endpoint[blank, blank]{Service: busy, Route: "POST /work"}
	chore = spinoff.Endpoint[blank, blank]{Service: busy, Route: "POST /chore", Priority: spinoff.Background}
	brief = spinoff.Endpoint[blank, blank]{Service: busy, Route: "POST /brief"}
)

// machine is a computer of the tests' own, whose time is that of synctest.
type machine chan struct{}

// compute takes a processor for so long.
func (m machine) compute(d time.Duration) {
	m <- struct{}{}
	time.Sleep(d)
	<-m
}

// busyApp returns a provider of the app busy, and a caller of it.
func busyApp(t *testing.T, answer, answerQuick func(context.Context)) (*call.Provider, spinoff.Caller) {
	t.Helper()
	serve := func(f func(context.Context)) func(context.Context, blank) (blank, error) {
		return func(ctx context.Context, _ blank) (blank, error) { f(ctx); return blank{}, nil }
	}
	p, err := call.NewProvider("busy", []spinoff.Handler{work.Serve(serve(answer)), chore.Serve(serve(answer)), brief.Serve(serve(answerQuick))}, nil, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return p, call.NewAllCalls("test", call.Targets{"busy": {Local: p}})
}

// crowd is what became of calls that arrived at a fixed rate.
type crowd struct {
	mu       sync.Mutex
	answered []time.Duration // how long each took
	refused  []time.Duration
	other    []error
}

// arrive makes rate calls a second for so long, and waits for all of them.
func (c *crowd) arrive(rate int, length time.Duration, do func() error) {
	var wg sync.WaitGroup
	for range int(length.Seconds() * float64(rate)) {
		time.Sleep(time.Second / time.Duration(rate))
		wg.Go(func() {
			start := time.Now()
			err := do()
			took := time.Since(start)
			c.mu.Lock()
			defer c.mu.Unlock()
			switch {
			case err == nil:
				c.answered = append(c.answered, took)
			case errors.Is(err, spinoff.ErrOverloaded):
				c.refused = append(c.refused, took)
			default:
				c.other = append(c.other, err)
			}
		})
	}
	wg.Wait()
	slices.Sort(c.answered)
	slices.Sort(c.refused)
}

// TestFourTimesCapacity floods an app on machines of several kinds with four times what they can do. The limit finds what each can.
func TestFourTimesCapacity(t *testing.T) {
	for _, c := range []struct {
		name     string
		places   int // how many calls the machine answers at the same time
		each     time.Duration
		length   time.Duration
		min, max int // of the limit that is found
	}{
		{"two processors", 2, 2 * time.Millisecond, 20 * time.Second, 2, 4},
		{"one processor, long calls", 1, 40 * time.Millisecond, 20 * time.Second, 2, 3},
		{"eight processors, short calls", 8, 500 * time.Microsecond, 3 * time.Second, 8, 16},
		{"calls that wait for fifty others", 50, 20 * time.Millisecond, 10 * time.Second, 45, 100},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := make(machine, c.places)
				p, calls := busyApp(t, func(context.Context) { m.compute(c.each) }, nil)
				capacity := float64(c.places) / c.each.Seconds()
				var flood crowd
				flood.arrive(int(4*capacity), c.length, func() error { _, err := work.Call(t.Context(), calls, blank{}); return err })

				goodput := float64(len(flood.answered)) / c.length.Seconds()
				p99 := flood.answered[len(flood.answered)*99/100]
				t.Logf("goodput %.0f %% of capacity, p50 %s, p99 %s, refused after %s (p50), limit %d",
					100*goodput/capacity, flood.answered[len(flood.answered)/2], p99, flood.refused[len(flood.refused)/2], p.Load().Limit)
				if goodput < 0.8*capacity {
					t.Errorf("goodput is %.0f calls/s, want at least 80 %% of %.0f", goodput, capacity)
				}
				if longest := 700 * time.Millisecond; p99 > longest {
					t.Errorf("p99 of what was answered is %s, want at most %s", p99, longest)
				}
				if limit := p.Load().Limit; limit < c.min || limit > c.max {
					t.Errorf("the limit is %d, want %d to %d", limit, c.min, c.max)
				}
				if got := p.Load(); got.Running != 0 || got.Waiting != 0 || got.Refused[spinoff.Interactive] != int64(len(flood.refused)) {
					t.Errorf("Load() = %+v, want nothing running or waiting, and %d refused", got, len(flood.refused))
				}
				if flood.other != nil {
					t.Errorf("%d calls failed with another error than ErrOverloaded: %v", len(flood.other), flood.other[0])
				}
			})
		})
	}
}

// TestBurst is no overload: what comes at once is worked off.
func TestBurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := make(machine, 2)
		_, calls := busyApp(t, func(context.Context) { m.compute(2 * time.Millisecond) }, nil)
		var burst crowd
		burst.arrive(100_000, 2*time.Millisecond, func() error { _, err := work.Call(t.Context(), calls, blank{}); return err })
		if len(burst.answered) != 200 {
			t.Errorf("of a burst of 200 calls %d were answered, want all", len(burst.answered))
		}
	})
}

// TestManyCallers that each wait for their answer are no overload as long as they need not wait for long.
func TestManyCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := make(machine, 2)
		_, calls := busyApp(t, func(context.Context) { m.compute(2 * time.Millisecond) }, nil)
		var wg sync.WaitGroup
		var refused atomic.Int64
		for range 64 {
			wg.Go(func() {
				for range 100 {
					if _, err := work.Call(t.Context(), calls, blank{}); err != nil {
						refused.Add(1)
					}
				}
			})
		}
		wg.Wait()
		if n := refused.Load(); n > 0 {
			t.Errorf("of 6400 calls of 64 callers %d were refused, want none", n)
		}
	})
}

// TestInteractiveFirst floods an app with both kinds of calls, more of each than it can answer.
func TestInteractiveFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := make(machine, 2)
		p, calls := busyApp(t, func(context.Context) { m.compute(2 * time.Millisecond) }, nil)
		asked := spinoff.WithPriority(t.Context(), spinoff.Background)
		var people, chores, imports crowd
		var wg sync.WaitGroup
		wg.Go(func() {
			people.arrive(800, 10*time.Second, func() error { _, err := work.Call(t.Context(), calls, blank{}); return err })
		})
		wg.Go(func() {
			chores.arrive(1000, 10*time.Second, func() error { _, err := chore.Call(t.Context(), calls, blank{}); return err })
		})
		wg.Go(func() {
			imports.arrive(1000, 10*time.Second, func() error { _, err := work.Call(asked, calls, blank{}); return err })
		})
		wg.Wait()
		if n := len(people.refused); n > 80 {
			t.Errorf("of 8000 calls for which somebody waits %d were refused, want at most 1 %%: there is room for all of them", n)
		}
		if n := len(chores.answered) + len(imports.answered); n < 1000 {
			t.Errorf("of the calls for which nobody waits %d were answered, want at least 1000: there is room for 2000", n)
		}
		if got := p.Load().Refused[spinoff.Background]; got != int64(len(chores.refused)+len(imports.refused)) {
			t.Errorf("Load() says that %d of the background were refused, want %d", got, len(chores.refused)+len(imports.refused))
		}
	})
}

// TestWaitingCallsHoldUpNobody has more calls that wait for another service than the limit allows at first; a quick one passes them.
func TestWaitingCallsHoldUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, calls := busyApp(t, func(context.Context) { time.Sleep(9 * time.Second) }, func(context.Context) {})
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if _, err := work.Call(t.Context(), calls, blank{}); err != nil {
					t.Errorf("a call that waits for another service: %v", err)
				}
			})
		}
		time.Sleep(time.Second)
		start := time.Now()
		if _, err := brief.Call(t.Context(), calls, blank{}); err != nil || time.Since(start) > 100*time.Millisecond {
			t.Errorf("behind them a quick one takes %s and answers with %v, want an answer at once", time.Since(start), err)
		}
		wg.Wait()
	})
}

// TestNoCallWaitsForItself goes from one app to another and back, more often at once than the limits allow.
func TestNoCallWaitsForItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		targets := call.Targets{}
		there := spinoff.Endpoint[blank, blank]{Service: spinoff.Service{Name: "other", Version: 1}, Route: "POST /there"}
		calls := call.NewAllCalls("test", targets)
		m := make(machine, 1)
		p, _ := busyApp(t,
			func(ctx context.Context) {
				if _, err := there.Call(ctx, calls, blank{}); err != nil {
					t.Errorf("a call of a call: %v", err)
				}
			},
			func(context.Context) { m.compute(time.Millisecond) })
		other, err := call.NewProvider("other", []spinoff.Handler{there.Serve(func(ctx context.Context, _ blank) (blank, error) {
			return brief.Call(ctx, calls, blank{})
		})}, nil, nil, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		targets.Of("busy").Local, targets.Of("other").Local = p, other
		var flood crowd
		flood.arrive(4000, 2*time.Second, func() error { _, err := work.Call(t.Context(), calls, blank{}); return err })
		if len(flood.answered) < 1800 || flood.other != nil {
			t.Errorf("%d calls were answered and %d failed, want at least 90 %% of 2000 and none", len(flood.answered), len(flood.other))
		}
	})
}

// TestNothingBeginsTooLate has callers that wait less long than the queue.
func TestNothingBeginsTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := make(machine, 1)
		var late atomic.Int64
		_, calls := busyApp(t, func(ctx context.Context) {
			if ctx.Err() != nil {
				late.Add(1)
			}
			m.compute(20 * time.Millisecond)
		}, nil)
		var flood crowd
		flood.arrive(200, 5*time.Second, func() error {
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			_, err := work.Call(ctx, calls, blank{})
			return err
		})
		if n := late.Load(); n > 0 {
			t.Errorf("%d calls began when their time was over, want none", n)
		}
		if longest := flood.refused[len(flood.refused)-1]; longest > 50*time.Millisecond {
			t.Errorf("a caller with 50 ms was refused after %s", longest)
		}
	})
}
