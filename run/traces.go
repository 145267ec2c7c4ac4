package run

import (
	"cmp"
	"context"
	"strings"

	"github.com/spinoff-go/spinoff/telemetry"
	"github.com/spinoff-go/spinoff/trace"
)

// readTelemetry prepares what records traces, where the environment asks for it.
func (p *Process) readTelemetry() error {
	settings, err := telemetry.Read(p.options.Environ, cmp.Or(p.project.Name, "spinoff"))
	if err == nil && settings.On {
		p.tracer = telemetry.New(settings, p.options.Log)
	}
	return err
}

func (p *Process) openTelemetry(ctx context.Context) error {
	if p.tracer == nil {
		return nil
	}
	return p.tracer.Open(ctx, Version(), strings.Join(p.Here(), ","))
}

// recorder returns what records spans, nil where nothing does.
func (p *Process) recorder() trace.Tracer {
	if p.tracer == nil {
		return nil // not a nil pointer in an interface
	}
	return p.tracer
}
