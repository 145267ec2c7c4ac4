package telemetry_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/spinoff-go/spinoff/trace"
)

// parents returns traceparents of different traces, all of them recorded where they come from.
func parents(n int) (all []string) {
	for range n {
		all = append(all, fmt.Sprintf("00-%016x%016x-b7ad6b7169203331-01", rand.Uint64(), rand.Uint64()|1))
	}
	return all
}

// TestSamplers: what is recorded by which setting, of what begins here and of what comes from outside.
func TestSamplers(t *testing.T) {
	const all, some, none = 1, 0.5, 0
	for _, c := range []struct {
		sampler, arg               string
		here, recorded, unrecorded float64 // share of what begins here, comes recorded, comes not recorded
	}{
		{"", "", all, all, none},
		{"always_on", "", all, all, all},
		{"always_off", "", none, none, none},
		{"traceidratio", "0.5", some, some, some},
		{"parentbased_always_on", "", all, all, none},
		{"parentbased_always_off", "", none, none, none},
		{"parentbased_traceidratio", "0.5", some, some, none},
		{"parentbased_traceidratio", "", all, all, none},
	} {
		tracer, _ := open(t, map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_TRACES_SAMPLER": c.sampler, "OTEL_TRACES_SAMPLER_ARG": c.arg})
		const n = 4000
		var here, recorded, unrecorded, by float64
		began := time.Now()
		for _, parent := range parents(n) {
			here += count(tracer.Sample(""))
			recorded += count(tracer.Sample(parent))
			_, yes := trace.Enter(tracer, trace.Unsampled(parent))
			unrecorded += count(yes || tracer.Sample(trace.Unsampled(parent)))
		}
		by = 11 + 10*time.Since(began).Seconds() // what others may force
		for _, got := range []struct {
			name            string
			got, want, more float64
		}{{"what begins here", here, c.here, 0}, {"what is recorded outside", recorded, c.recorded, by}, {"what is not", unrecorded, c.unrecorded, 0}} {
			spread := 0.0
			if got.want == some {
				spread = n * 0.06 // more than seven standard deviations
			}
			if least, most := got.want*n-spread, got.want*n+spread+got.more; got.got < least || got.got > most {
				t.Errorf("%s %s: of %d traces, %v of %s are recorded, want %v to %v", c.sampler, c.arg, n, got.got, got.name, least, most)
			}
		}
	}
}

func count(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// TestForced: by the flag of a traceparent others can have some traces recorded, a few a second, and no more.
func TestForced(t *testing.T) {
	tracer, _ := open(t, map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_TRACES_SAMPLER": "parentbased_always_off"})
	forced := 0.0
	began := time.Now()
	for _, parent := range parents(4000) {
		forced += count(tracer.Sample(parent))
	}
	if most := 11 + 10*time.Since(began).Seconds(); forced < 10 || forced > most {
		t.Errorf("of 4000 traces from outside %v are recorded, want 10 to %v", forced, most)
	}
}

// TestOneDecision: processes with the same share decide the same about a trace, whichever of them it began in.
func TestOneDecision(t *testing.T) {
	variables := map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.1"}
	one, _ := open(t, variables)
	two, _ := open(t, variables)
	for _, parent := range parents(1000) {
		if one.Sample(parent) != two.Sample(parent) {
			t.Fatalf("one process records %s and the other does not", parent)
		}
	}
	seen := map[string]bool{}
	for range 1000 {
		span := one.Start("", trace.Server, "begins here")
		parent := span.Traceparent()
		span.End("")
		id, _ := trace.IDs(parent)
		if !two.Sample(parent) || seen[id] || trace.Parse(parent) != parent {
			t.Fatalf("trace %s, which has begun in one process, is new: %v, and is recorded in the other: %v", parent, !seen[id], two.Sample(parent))
		}
		seen[id] = true
	}
}
