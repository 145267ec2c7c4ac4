package telemetry

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"strconv"

	otel "go.opentelemetry.io/otel/trace"
	"golang.org/x/time/rate"

	"github.com/spinoff-go/spinoff/trace"
)

// forced is how many traces a second others may have recorded here beyond our own share, by the flag in a traceparent.
const forced = 10

// sampler decides which traces are recorded, and makes their ids. The decision is one about the id, the same as that of OpenTelemetry's TraceIDRatioBased:
// processes with the same share decide the same about one trace, whoever asks them.
type sampler struct {
	below       uint64 // half of 8 bytes of the id is below this where the trace is recorded
	heedsParent bool
	forced      *rate.Limiter
}

// newSampler returns a sampler that records share of all traces, from 0 to 1. One that heeds its parents records nothing that they have not recorded, and of what
// they have also up to [forced] traces a second that are not in its share.
func newSampler(share float64, heedsParent bool) *sampler {
	return &sampler{below: uint64(share * (1 << 63)), heedsParent: heedsParent, forced: rate.NewLimiter(forced, forced)}
}

func (s *sampler) sample(parent string) bool {
	if parent == "" {
		return rand.Uint64()>>1 < s.below //nolint:gosec // ids of traces need only differ, here and below
	}
	id, _ := trace.IDs(parent)
	low, err := strconv.ParseUint(id[min(16, len(id)):], 16, 64)
	mine := err == nil && low>>1 < s.below
	if !s.heedsParent {
		return mine
	}
	return trace.Sampled(parent) && (mine || s.forced.Allow())
}

// NewIDs returns ids for a trace that is recorded: among those of which that is decided.
func (s *sampler) NewIDs(ctx context.Context) (id otel.TraceID, span otel.SpanID) {
	binary.NativeEndian.PutUint64(id[:8], rand.Uint64())                                 //nolint:gosec // as above
	binary.BigEndian.PutUint64(id[8:], rand.Uint64N(max(s.below, 1))<<1|rand.Uint64()&1) //nolint:gosec // as above
	if !id.IsValid() {
		return s.NewIDs(ctx)
	}
	return id, s.NewSpanID(ctx, id)
}

// NewSpanID returns an id for a span.
func (s *sampler) NewSpanID(context.Context, otel.TraceID) (id otel.SpanID) {
	binary.NativeEndian.PutUint64(id[:], max(rand.Uint64(), 1)) //nolint:gosec // as above
	return id
}
