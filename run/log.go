package run

import (
	"context"
	"log/slog"
)

// named is a log handler that adds the name of an app, which is known only when the app has been declared.
type named struct {
	slog.Handler
	name *string
}

func (h named) Handle(ctx context.Context, r slog.Record) error {
	r = r.Clone()
	r.AddAttrs(slog.String("app", *h.name))
	return h.Handler.Handle(ctx, r)
}

func (h named) WithAttrs(attrs []slog.Attr) slog.Handler {
	return named{h.Handler.WithAttrs(attrs), h.name}
}

func (h named) WithGroup(name string) slog.Handler { return named{h.Handler.WithGroup(name), h.name} }
