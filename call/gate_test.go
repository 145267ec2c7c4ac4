package call_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/call"
)

type nothing = struct{}

var (
	kiosk1 = spinoff.Service{Name: "kiosk", Version: 1}
	buy    = spinoff.Endpoint[nothing, nothing]{Service: kiosk1, Route: "POST /buy"}
	stay   = spinoff.Endpoint[nothing, nothing]{Service: kiosk1, Route: "POST /stay"}
	quick  = spinoff.Endpoint[nothing, nothing]{Service: kiosk1, Route: "POST /quick", Timeout: 30 * time.Millisecond}
	bank1  = spinoff.Service{Name: "bank", Version: 1}
	pay    = spinoff.Endpoint[nothing, nothing]{Service: bank1, Route: "POST /pay"}
)

// kiosk is an app that moves: its endpoint stay answers when the test lets it, after it has called the app again, straight and through another one.
type kiosk struct {
	targets call.Targets
	calls   *call.Calls
	inside  chan context.Context // told by stay when it has begun
	leave   chan struct{}
	bought  atomic.Int64
}

func newKiosk(t *testing.T) *kiosk {
	t.Helper()
	s := &kiosk{targets: call.Targets{}, inside: make(chan context.Context), leave: make(chan struct{})}
	s.calls = call.NewAllCalls("test", s.targets)
	s.targets.Of("kiosk").Open(provide(t, "kiosk",
		buy.Serve(func(context.Context, nothing) (nothing, error) {
			s.bought.Add(1)
			return nothing{}, nil
		}),
		stay.Serve(func(ctx context.Context, _ nothing) (nothing, error) {
			s.inside <- ctx
			<-s.leave
			_, err := pay.Call(ctx, s.calls, nothing{})
			return nothing{}, err
		}),
		quick.Serve(func(context.Context, nothing) (nothing, error) { return nothing{}, nil })), nil)
	s.targets.Of("bank").Open(provide(t, "bank", pay.Serve(func(ctx context.Context, _ nothing) (nothing, error) {
		_, err := buy.Call(ctx, s.calls, nothing{})
		return nothing{}, err
	})), nil)
	return s
}

func provide(t *testing.T, app string, handlers ...spinoff.Handler) *call.Provider {
	t.Helper()
	p, err := call.NewProvider(app, handlers, nil, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// within returns a context for what should take no time, so that a test that hangs says where.
func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// Closing waits for what is inside, which may call the app again by any way; what comes from outside waits for the opening.
func TestGate(t *testing.T) {
	s, ctx := newKiosk(t), within(t)
	target := s.targets["kiosk"]
	var calls sync.WaitGroup
	calls.Go(func() {
		if _, err := stay.Call(ctx, s.calls, nothing{}); err != nil {
			t.Errorf("the call that was inside, and calls the app again through another: %v", err)
		}
	})
	inside, closing, drained := <-s.inside, target.Closing(), make(chan error)
	go func() { drained <- target.Close(ctx) }()
	<-closing
	calls.Go(func() {
		if _, err := buy.Call(ctx, s.calls, nothing{}); err != nil {
			t.Errorf("a call that waits: %v", err)
		}
	})
	if _, err := quick.Call(ctx, s.calls, nothing{}); !errors.Is(err, spinoff.ErrTimeout) {
		t.Errorf("a call whose time is over before the gate opens: got %v, want ErrTimeout", err)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := buy.Call(gone, s.calls, nothing{}); !errors.Is(err, spinoff.ErrCanceled) {
		t.Errorf("a call that is given up: got %v, want ErrCanceled", err)
	}
	if n := s.bought.Load(); n != 0 {
		t.Errorf("the gate is closed: %d calls have passed", n)
	}
	if _, err := buy.Call(inside, s.calls, nothing{}); err != nil || s.bought.Load() != 1 {
		t.Errorf("a call by what is inside: %v", err)
	}
	close(s.leave)
	if err := <-drained; err != nil || s.bought.Load() != 2 {
		t.Errorf("Close: %v, after %d calls by what was inside; want 2", err, s.bought.Load())
	}
	left, cancel := context.WithTimeout(inside, 20*time.Millisecond)
	defer cancel()
	if _, err := buy.Call(left, s.calls, nothing{}); err == nil {
		t.Errorf("a goroutine that its call has left behind came in after the last one had left")
	}
	target.Open(target.Local, nil)
	calls.Wait()
	if n := s.bought.Load(); n != 3 {
		t.Errorf("after Open: %d calls, want 3", n)
	}
}

// A gate that does not drain in time is open again.
func TestGateUndone(t *testing.T) {
	s, ctx := newKiosk(t), within(t)
	target := s.targets["kiosk"]
	var calls sync.WaitGroup
	calls.Go(func() { _, _ = stay.Call(ctx, s.calls, nothing{}) })
	<-s.inside
	short, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
	defer cancel()
	if err := target.Close(short); err == nil || !strings.HasPrefix(err.Error(), "1 calls or pages were still") {
		t.Errorf("Close: got %v, want that one was still inside", err)
	}
	if _, err := buy.Call(ctx, s.calls, nothing{}); err != nil {
		t.Errorf("a call afterwards: %v", err)
	}
	close(s.leave)
	calls.Wait()
	if err := target.Close(ctx); err != nil {
		t.Errorf("Close again: %v", err)
	}
	if err := target.Close(ctx); err == nil {
		t.Error("Close of a closed target: no error")
	}
}

// Only so many wait; the others are refused, and nothing has happened.
func TestGateIsBounded(t *testing.T) {
	s, ctx := newKiosk(t), within(t)
	target := s.targets["kiosk"]
	if err := target.Close(ctx); err != nil {
		t.Fatal(err)
	}
	var served, refused atomic.Int64
	var calls sync.WaitGroup
	for range 1100 {
		calls.Go(func() {
			switch _, err := buy.Call(ctx, s.calls, nothing{}); {
			case err == nil:
				served.Add(1)
			case errors.Is(err, spinoff.ErrOverloaded) && spinoff.AsError(err).RetryAfter > 0:
				refused.Add(1)
			default:
				t.Errorf("a call: %v", err)
			}
		})
	}
	for refused.Load() < 1100-1024 {
		time.Sleep(time.Millisecond)
	}
	target.Open(target.Local, nil)
	calls.Wait()
	if served.Load() != 1024 || s.bought.Load() != 1024 {
		t.Errorf("served %d calls, the provider %d; want 1024", served.Load(), s.bought.Load())
	}
}

// However calls come while a target closes and opens, none is inside of a closed one, and none is lost.
func TestGateUnderLoad(t *testing.T) {
	targets := call.Targets{}
	calls, target := call.NewAllCalls("test", targets), targets.Of("kiosk")
	var here, there, shut atomic.Int64
	handler := func(count *atomic.Int64) *call.Provider {
		return provide(t, "kiosk", buy.Serve(func(context.Context, nothing) (nothing, error) {
			if shut.Load() != 0 {
				t.Error("a call is inside of a closed gate")
			}
			count.Add(1)
			return nothing{}, nil
		}))
	}
	places, counts := []*call.Provider{handler(&here), handler(&there)}, []*atomic.Int64{&here, &there}
	target.Open(places[0], nil)
	var callers sync.WaitGroup
	var sent atomic.Int64
	stop := make(chan struct{})
	for range 4 {
		callers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				sent.Add(1)
				if _, err := buy.Call(t.Context(), calls, nothing{}); err != nil {
					t.Errorf("call: %v", err)
				}
			}
		})
	}
	for i := range 50 {
		if err := target.Close(within(t)); err != nil {
			t.Fatal(err)
		}
		shut.Store(1)
		time.Sleep(10 * time.Microsecond)
		shut.Store(0)
		place := (i + 1) % 2
		before := counts[place].Load()
		target.Open(places[place], nil)
		for counts[place].Load() == before {
			time.Sleep(10 * time.Microsecond)
		}
	}
	close(stop)
	callers.Wait()
	if got := here.Load() + there.Load(); got != sent.Load() {
		t.Errorf("sent %d calls; %d came here and %d there", sent.Load(), here.Load(), there.Load())
	}
}

// A page is inside too, and what it calls.
func TestGateForPages(t *testing.T) {
	s, ctx := newKiosk(t), within(t)
	target := s.targets["kiosk"]
	page, err := target.Enter(ctx, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	closing, drained := target.Closing(), make(chan error)
	go func() { drained <- target.Close(ctx) }()
	<-closing
	if _, err := buy.Call(page, s.calls, nothing{}); err != nil {
		t.Errorf("a call by a page that is inside: %v", err)
	}
	if _, err := target.Enter(ctx, time.Millisecond); !errors.Is(err, spinoff.ErrTimeout) {
		t.Errorf("Enter of another one: got %v, want ErrTimeout", err)
	}
	target.Leave()
	if err := <-drained; err != nil {
		t.Errorf("Close: %v", err)
	}
}

func BenchmarkCallInProcess(b *testing.B) {
	p, err := call.NewProvider("faq", handlers, nil, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	targets := call.Targets{}
	targets.Of("faq").Open(p, nil)
	calls := call.NewAllCalls("bench", targets)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := create1.Call(b.Context(), calls, newQuestion1{Question: "q", Source: 1}); err != nil {
			b.Fatal(err)
		}
	}
}
