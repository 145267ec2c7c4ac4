package run

import (
	"context"
	"fmt"
	"log/slog"
	"slices"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/trace"
)

// logger returns what writes the log, in a format: text, json, or "" for text on a terminal and json elsewhere.
func (p *program) logger(format string) (*slog.Logger, error) {
	options := &slog.HandlerOptions{Level: slog.LevelInfo}
	if p.verbose {
		options.Level = slog.LevelDebug
	}
	switch {
	case format == "text", format == "" && isTerminal(p.stderr):
		return slog.New(slog.NewTextHandler(p.stderr, options)), nil
	case format == "json", format == "":
		return slog.New(slog.NewJSONHandler(p.stderr, options)), nil
	}
	return nil, fmt.Errorf("--log-format is %q; it is text or json", format)
}

// located is a log handler that says of each line where it comes from: the app, and of the request that its context belongs to the id and, where it has one, the
// trace. They stand outside of all groups.
type located struct {
	slog.Handler
	app   *string                           // known only when the app has been declared; nil for lines of the process itself
	after []func(slog.Handler) slog.Handler // the groups, and what was added in them
}

// Handle implements [slog.Handler].
func (h located) Handle(ctx context.Context, r slog.Record) error {
	place := make([]slog.Attr, 0, 4)
	if h.app != nil {
		place = append(place, slog.String("app", *h.app))
	}
	if o, ok := ctx.Value(spinoff.OriginKey{}).(*spinoff.Origin); ok {
		if o.RequestID != "" {
			place = append(place, slog.String("request_id", o.RequestID))
		}
		if id, span := trace.IDs(o.Trace); id != "" {
			place = append(place, slog.String("trace_id", id), slog.String("span_id", span))
		}
	}
	if h.after == nil {
		r = r.Clone()
		r.AddAttrs(place...)
		return h.Handler.Handle(ctx, r)
	}
	handler := h.Handler.WithAttrs(place)
	for _, add := range h.after {
		handler = add(handler)
	}
	return handler.Handle(ctx, r)
}

// WithAttrs implements [slog.Handler].
func (h located) WithAttrs(attrs []slog.Attr) slog.Handler {
	if h.after != nil {
		return h.then(func(inner slog.Handler) slog.Handler { return inner.WithAttrs(attrs) })
	}
	h.Handler = h.Handler.WithAttrs(attrs)
	return h
}

// WithGroup implements [slog.Handler].
func (h located) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	return h.then(func(inner slog.Handler) slog.Handler { return inner.WithGroup(name) })
}

func (h located) then(add func(slog.Handler) slog.Handler) slog.Handler {
	h.after = append(slices.Clip(h.after), add)
	return h
}
