package telemetry_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/call"
	"github.com/spinoff-go/spinoff/trace"
)

// BenchmarkCall is what a call in process costs: without a tracer, not recorded, and recorded as two spans.
func BenchmarkCall(b *testing.B) {
	collector := newCollector(b)
	tracer, _ := open(b, map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": collector.URL})
	for _, c := range []struct {
		name   string
		tracer trace.Tracer
		parent string
	}{
		{"without a tracer", nil, quiet},
		{"not recorded", tracer, quiet},
		{"recorded", tracer, outside},
	} {
		b.Run(c.name, func(b *testing.B) {
			answer := func(context.Context, take) (taken, error) { return taken{}, nil }
			provider, err := call.NewProvider("stock", []spinoff.Handler{takeOne.Serve(answer)}, nil, nil, slog.New(slog.DiscardHandler))
			if err != nil {
				b.Fatal(err)
			}
			if c.tracer != nil {
				provider.SetTracer(c.tracer)
			}
			calls := call.NewAllCalls("bench", call.Targets{"stock": {Local: provider}})
			ctx := spinoff.WithOrigin(b.Context(), spinoff.Origin{RequestID: "one", Trace: c.parent})
			b.ReportAllocs()
			for b.Loop() {
				if _, err := takeOne.Call(ctx, calls, take{Item: "x"}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
