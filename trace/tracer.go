package trace

import "log/slog"

// Kind is what a span is, seen from who records it.
type Kind int

// The kinds.
const (
	Server  Kind = iota // answers: a page, the provider's side of a call
	Client              // asks: the consumer's side of a call
	Handler             // handles an event
)

// Tracer records spans. It is safe for concurrent use.
type Tracer interface {
	// Sample decides whether what begins here is recorded. parent is "" where the trace begins here too, and otherwise a traceparent
	// from outside, which is not believed more than the tracer's settings allow. Within a process nobody asks twice: what belongs to
	// a span is recorded when the span is.
	Sample(parent string) bool
	// Start begins a span; parent is "" where it begins a trace. Whether it is recorded has been decided. Names of attributes are those of the
	// semantic conventions of OpenTelemetry where there is one that fits.
	Start(parent string, kind Kind, name string, attributes ...slog.Attr) Span
}

// Span is a span that is being recorded.
type Span interface {
	// Traceparent is what belongs to the span has as its parent.
	Traceparent() string
	// End ends the span. failed says what went wrong, in a word or two; "" is nothing.
	End(failed string, attributes ...slog.Attr)
}

// Below reports whether what belongs to the span with traceparent parent is recorded: as that is. Where parent is "", a trace begins.
func Below(t Tracer, parent string) bool {
	return t != nil && (Sampled(parent) || parent == "" && t.Sample(""))
}

// Enter decides about what comes from outside with a traceparent, or "". It returns the traceparent to go on with and, where a span is to be recorded, true:
// then it is the parent of that span. Without a tracer what came goes on as it is, so that it may be recorded elsewhere.
func Enter(t Tracer, parent string) (traceparent string, record bool) {
	switch {
	case t == nil:
		return parent, false
	case parent != "" && !Sampled(parent) || !t.Sample(parent):
		return Unsampled(parent), false
	}
	return parent, true
}
