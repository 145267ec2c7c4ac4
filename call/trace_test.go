package call_test

import (
	"log/slog"
	"testing"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/call"
	"github.com/spinoff-go/spinoff/trace"
)

// undecided is a tracer that records nothing.
type undecided struct{ trace.Tracer }

func (undecided) Sample(string) bool { return false }

// TestUntracedCallsAreFree: a call in process that is not recorded takes no memory for that.
func TestUntracedCallsAreFree(t *testing.T) {
	allocs := func(tracer trace.Tracer, parent string) float64 {
		provider, err := call.NewProvider("faq", handlers, nil, nil, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		if tracer != nil {
			provider.SetTracer(tracer)
		}
		calls := call.NewAllCalls("test", call.Targets{"faq": {Local: provider}})
		ctx := spinoff.WithOrigin(t.Context(), spinoff.Origin{RequestID: "one", Trace: parent})
		return testing.AllocsPerRun(1000, func() {
			if _, err := get2.Call(ctx, calls, entryID{ID: "7"}); err != nil {
				t.Fatal(err)
			}
		})
	}
	without := allocs(nil, "")
	for name, parent := range map[string]string{"a trace that is not recorded": trace.Unsampled(""), "a trace that would begin here": ""} {
		if got := allocs(undecided{}, parent); got > without {
			t.Errorf("%s: a call makes %v allocations, want %v as without a tracer", name, got, without)
		}
	}
}
