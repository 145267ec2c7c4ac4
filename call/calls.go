package call

import (
	"context"
	"slices"

	"github.com/spinoff-go/spinoff"
)

// Calls carries the calls of one consumer. It implements [spinoff.Caller].
type Calls struct {
	consumer string
	targets  map[string]Target // by the name of the service
	uses     []spinoff.Service // few, so that looking through them is fastest
}

// Target is where a service answers: one of its fields is set.
type Target struct {
	Local  *Provider
	Remote *Remote
}

// NewCalls returns a caller for the app called consumer, which may call the services it uses; with uses nil it may call all.
// targets is looked up when a call is made, so it may be filled after this returns and before the first call.
func NewCalls(consumer string, uses []spinoff.Service, targets map[string]Target) *Calls {
	return &Calls{consumer: consumer, uses: uses, targets: targets}
}

// Call implements [spinoff.Caller].
func (c *Calls) Call(ctx context.Context, op spinoff.Operation, in, out any) error {
	if c.uses != nil && !slices.Contains(c.uses, op.Service) {
		return spinoff.ErrInternal.With("app %s calls %s, which is not among the services it Uses", c.consumer, op.Service)
	}
	switch target := c.targets[op.Service.Name]; {
	case target.Local != nil:
		return target.Local.call(ctx, c.consumer, &op, in, out)
	case target.Remote != nil:
		return target.Remote.call(ctx, c.consumer, &op, in, out)
	}
	e := spinoff.ErrUnavailable.With("service %s has no provider: it is not in this process and %s is not set", op.Service.Name, spinoff.Variable(op.Service.Name))
	e.Service = op.Service.Name
	return e
}
