package call

import (
	"log/slog"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/trace"
)

// SetTracer lets calls be recorded as spans, those in process on both sides. It is called before the first call. Default: nothing is recorded
func (p *Provider) SetTracer(t trace.Tracer) { p.tracer = t }

// SetTracer lets calls be recorded as spans, on the consumer's side. It is called before the first call. Default: nothing is recorded
func (c *Remote) SetTracer(t trace.Tracer) { c.tracer = t }

// spans are what is recorded of a call in this process; what is not is nil.
type spans struct {
	consumer, provider trace.Span
}

// traceLocal begins both spans of a call in process. One that is not recorded costs a look at the context, and no memory.
func (s *scope) traceLocal(t trace.Tracer, e *endpoint) {
	if t == nil {
		return
	}
	parent, record := s.sampled(t)
	if !record {
		return
	}
	s.spans.consumer = t.Start(parent, trace.Client, e.name, e.attributes(s, s.consumer, InProcess)...)
	s.spans.provider = t.Start(s.spans.consumer.Traceparent(), trace.Server, e.name, e.attributes(s, e.Service.Name, InProcess)...)
	s.trace = s.spans.provider.Traceparent()
}

// traceRemote begins the span of a consumer that calls over HTTP.
func (s *scope) traceRemote(t trace.Tracer, e *endpoint, host, port string) {
	if t == nil {
		return
	}
	parent, record := s.sampled(t)
	if !record {
		return
	}
	attributes := append(e.attributes(s, s.consumer, OverHTTP), slog.String("server.address", host))
	if port != "" {
		attributes = append(attributes, slog.String("server.port", port))
	}
	s.spans.consumer = t.Start(parent, trace.Client, e.name, attributes...)
	s.trace = s.spans.consumer.Traceparent()
}

// traceServed begins the span of a provider that is called over HTTP. It comes before anybody knows the origin of the call.
func (s *scope) traceServed(t trace.Tracer, e *endpoint, o *spinoff.Origin) {
	parent, record := trace.Enter(t, o.Trace)
	o.Trace = parent
	if record {
		s.spans.provider = t.Start(parent, trace.Server, e.name, e.attributes(s, e.Service.Name, OverHTTP)...)
		o.Trace = s.spans.provider.Traceparent()
	}
}

// sampled reports whether the call is recorded, and below which span: within a process everything is that belongs to a span.
func (s *scope) sampled(t trace.Tracer) (parent string, record bool) {
	if o, ok := s.parent.Value(spinoff.OriginKey{}).(*spinoff.Origin); ok {
		parent = o.Trace
	}
	record = trace.Below(t, parent)
	s.untraced = parent == "" && !record
	return parent, record
}

// attributes are what the spans of a call say; app is the one in whose name this is recorded.
func (e *endpoint) attributes(s *scope, app string, placement Placement) []slog.Attr {
	return []slog.Attr{
		slog.String("rpc.system.name", "spinoff"),
		slog.String("rpc.method", e.name),
		slog.String("http.request.method", e.Method()),
		slog.String("spinoff.app", app),
		slog.String("spinoff.consumer", s.consumer),
		slog.String("spinoff.placement", string(placement)),
	}
}

// endSpans ends what is recorded. As the semantic conventions have it, a provider has not failed where the request was at fault.
func (s *scope) endSpans(e *endpoint, out any, told *spinoff.Error) {
	if s.spans.consumer == nil && s.spans.provider == nil {
		return
	}
	status, code := e.outcome(out, told)
	attributes := []slog.Attr{slog.Int("http.response.status_code", status)}
	if code != "" {
		attributes = append(attributes, slog.String("error.type", code))
	}
	failed := code
	if status < 500 {
		failed = ""
	}
	if s.spans.provider != nil {
		s.spans.provider.End(failed, attributes...)
	}
	if s.spans.consumer != nil {
		s.spans.consumer.End(code, attributes...)
	}
}

// outcome returns the status of a call that has ended and, where it has failed, the code of its error.
func (e *endpoint) outcome(out any, told *spinoff.Error) (status int, code string) {
	if told != nil {
		return told.Status, told.Code
	}
	status, _ = e.reply.Status(out) // it was admitted
	return status, ""
}
