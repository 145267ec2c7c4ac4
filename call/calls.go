package call

import (
	"context"

	"github.com/spinoff-go/spinoff"
)

// Target is where a service answers: at most one of its fields is set. They are set before the first call, and change while calls go on by [Target.Close] and [Target.Open].
type Target struct {
	Local  *Provider
	Remote *Remote

	app string
	gate
}

// Targets says where services answer, by their names.
type Targets map[string]*Target

// Of returns the target of a service, to be filled in where it is new.
func (t Targets) Of(service string) *Target {
	if t[service] == nil {
		t[service] = &Target{app: service}
	}
	return t[service]
}

// Calls carries the calls of one consumer. It implements [spinoff.Caller].
type Calls struct {
	consumer string
	links    []link  // the services that may be called: few, so that looking through them is fastest
	all      Targets // not nil where every service may be called
}

// link is a service that the consumer uses.
type link struct {
	spinoff.Service
	target *Target
}

// NewCalls returns a caller for the app called consumer, which may call the services it uses. Targets may be filled in later.
func NewCalls(consumer string, uses []spinoff.Service, targets Targets) *Calls {
	c := &Calls{consumer: consumer}
	for _, s := range uses {
		c.links = append(c.links, link{s, targets.Of(s.Name)})
	}
	return c
}

// NewAllCalls returns a caller for a program that may call every service.
func NewAllCalls(consumer string, targets Targets) *Calls {
	return &Calls{consumer: consumer, all: targets}
}

// Call implements [spinoff.Caller].
func (c *Calls) Call(ctx context.Context, d spinoff.Declaration, in, out any) error {
	target := c.find(d.Service)
	if target == nil {
		if c.all == nil {
			return spinoff.ErrInternal.With("app %s calls %s, which is not among the services it Uses", c.consumer, d.Service)
		}
		return noProvider(d.Service)
	}
	if !target.tryEnter() {
		return target.callLater(ctx, c.consumer, &d, in, out)
	}
	defer target.leave()
	return target.call(ctx, c.consumer, &d, in, out)
}

// call calls the service where it answers.
func (t *Target) call(ctx context.Context, consumer string, d *spinoff.Declaration, in, out any) error {
	switch {
	case t.Local != nil:
		return t.Local.call(ctx, consumer, d, in, out)
	case t.Remote != nil:
		return t.Remote.call(ctx, consumer, d, in, out)
	}
	return noProvider(d.Service)
}

func noProvider(s spinoff.Service) *spinoff.Error {
	e := spinoff.ErrUnavailable.With("service %s has no provider: it is not in this process and %s is not set", s.Name, spinoff.Variable(s.Name))
	e.Service = s.Name
	return e
}

// find returns the target of a service, or nil.
func (c *Calls) find(s spinoff.Service) *Target {
	if c.all != nil {
		return c.all[s.Name]
	}
	for i := range c.links {
		if l := &c.links[i]; l.Version == s.Version && l.Name == s.Name {
			return l.target
		}
	}
	return nil
}
