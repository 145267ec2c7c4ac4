// Package telemetry records traces with OpenTelemetry, as the standard OTEL_* variables say. Where they name nowhere to send spans to, nothing is recorded.
package telemetry

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	otel "go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"github.com/spinoff-go/spinoff/trace"
)

// closing is how long a tracer that is closed tries to send what it has.
const closing = 3 * time.Second

// Tracer records spans and sends them to a collector. It implements [trace.Tracer] and is safe for concurrent use.
type Tracer struct {
	settings Settings
	sampler  *sampler
	log      *slog.Logger
	open     atomic.Bool
	provider *sdk.TracerProvider
	tracer   otel.Tracer // records nothing while it is closed
}

// New returns a closed tracer, which is opened before the first call. log gets what goes wrong when spans are sent.
func New(s Settings, log *slog.Logger) *Tracer {
	return &Tracer{settings: s, sampler: newSampler(s.Share, s.HeedsParent), log: log, tracer: noop.NewTracerProvider().Tracer("")}
}

// Open begins to record. apps are those that run in this process, version that of the program.
func (t *Tracer) Open(ctx context.Context, version, apps string) error {
	exporter, err := otlptrace.New(ctx, newCollector(t.settings.Collector))
	if err != nil {
		return err
	}
	attributes := []attribute.KeyValue{
		attribute.String("service.version", version), attribute.String("spinoff.apps", apps), attribute.String("service.instance.id", rand.Text()),
	}
	for _, a := range t.settings.Resource {
		attributes = append(attributes, attribute.String(a[0], a[1]))
	}
	about, err := resource.New(ctx, resource.WithTelemetrySDK(), resource.WithAttributes(attributes...))
	if err != nil {
		return err
	}
	t.provider = sdk.NewTracerProvider(
		sdk.WithSampler(sdk.AlwaysSample()), // whether is decided before, by the sampler
		sdk.WithIDGenerator(t.sampler),
		sdk.WithResource(about),
		sdk.WithBatcher(&complaining{SpanExporter: exporter, log: t.log, where: t.settings.Collector.String()}),
	)
	t.tracer = t.provider.Tracer("github.com/spinoff-go/spinoff", otel.WithInstrumentationVersion(version))
	t.open.Store(true)
	return nil
}

// Close sends what was recorded and is still here, for at most three seconds. Closing a closed tracer does nothing.
func (t *Tracer) Close() error {
	if !t.open.CompareAndSwap(true, false) {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), closing)
	defer cancel()
	err := t.provider.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		t.log.Warn("the last spans were not sent in time", "to", t.settings.Collector.String())
		return nil
	}
	return err
}

// Sample implements [trace.Tracer].
func (t *Tracer) Sample(parent string) bool { return t.open.Load() && t.sampler.sample(parent) }

// kinds are the kinds of OpenTelemetry.
var kinds = map[trace.Kind]otel.SpanKind{trace.Server: otel.SpanKindServer, trace.Client: otel.SpanKindClient, trace.Handler: otel.SpanKindConsumer}

// Start implements [trace.Tracer].
func (t *Tracer) Start(parent string, kind trace.Kind, name string, attributes ...slog.Attr) trace.Span {
	ctx := otel.ContextWithRemoteSpanContext(context.Background(), spanContext(parent))
	_, s := t.tracer.Start(ctx, name, otel.WithSpanKind(kinds[kind]), otel.WithAttributes(convert(attributes)...))
	return span{s}
}

// spanContext reads a traceparent as package trace has it.
func spanContext(parent string) otel.SpanContext {
	traceText, spanText := trace.IDs(parent)
	traceID, err := otel.TraceIDFromHex(traceText)
	spanID, err2 := otel.SpanIDFromHex(spanText)
	if errors.Join(err, err2) != nil {
		return otel.SpanContext{}
	}
	return otel.NewSpanContext(otel.SpanContextConfig{TraceID: traceID, SpanID: spanID, TraceFlags: otel.FlagsSampled, Remote: true})
}

// span is a span of OpenTelemetry.
type span struct{ otel.Span }

// Traceparent implements [trace.Span].
func (s span) Traceparent() string {
	c := s.SpanContext()
	return "00-" + c.TraceID().String() + "-" + c.SpanID().String() + "-01"
}

// End implements [trace.Span].
func (s span) End(failed string, attributes ...slog.Attr) {
	s.SetAttributes(convert(attributes)...)
	if failed != "" {
		s.SetStatus(codes.Error, failed)
	}
	s.Span.End()
}

// convert makes attributes those of OpenTelemetry.
func convert(attributes []slog.Attr) []attribute.KeyValue {
	converted := make([]attribute.KeyValue, 0, len(attributes))
	for _, a := range attributes {
		switch v := a.Value.Resolve(); v.Kind() {
		case slog.KindInt64:
			converted = append(converted, attribute.Int64(a.Key, v.Int64()))
		case slog.KindFloat64:
			converted = append(converted, attribute.Float64(a.Key, v.Float64()))
		case slog.KindBool:
			converted = append(converted, attribute.Bool(a.Key, v.Bool()))
		default:
			converted = append(converted, attribute.String(a.Key, v.String()))
		}
	}
	return converted
}
