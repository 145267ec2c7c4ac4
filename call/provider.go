// Package call carries calls: in process, where the provider gets its own copy of the request, and over HTTP.
// Both ways are one pipeline: the request is brought into canonical form and checked, the provider answers within a deadline,
// a panic becomes an error, errors are narrowed to what the contract declares, the answer is brought into canonical form, the call is counted.
package call

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync/atomic"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/keys"
	"github.com/spinoff-go/spinoff/trace"
)

// Provider answers the endpoints of one app, for callers in this process and, as an http.Handler, for all others.
type Provider struct {
	app       string
	endpoints map[string][]*endpoint // by route, then by version: one string to hash for each call
	sorted    []*endpoint            // by version, then as the app lists them
	mux       *http.ServeMux
	gone      []*gone // what was retired
	consumers *consumers
	log       *slog.Logger
	identity  *Identity
	data      spinoff.Database // nil where the app has none
	keys      *keys.Ring       // of those who call over HTTP; nil where it has none
	refused   atomic.Int64     // when a refusal was last logged, in seconds of clock
	tracer    trace.Tracer     // nil where nothing is recorded
	admission *admission
	door      door
}

// NewProvider prepares the handlers of the app called app. It refuses contracts that could not be kept, naming the endpoint and the field.
// Where the app has a database, db, each endpoint that is not GET is one unit of it; see [spinoff.Database].
// identity checks who is signed in where the call comes over HTTP; nil means that nobody is.
func NewProvider(app string, handlers []spinoff.Handler, db spinoff.Database, identity *Identity, log *slog.Logger) (*Provider, error) {
	p := &Provider{app: app, endpoints: map[string][]*endpoint{}, log: log, identity: identity, data: db, consumers: newConsumers(), admission: newAdmission(), door: door{share: defaultShare}}
	named := map[string]bool{}
	for _, h := range handlers {
		e, err := compile(h.Operation)
		if err != nil {
			return nil, err
		}
		switch {
		case h.Service.Name != app:
			return nil, fmt.Errorf("app %s answers service %s; an app answers only the service of its own name", app, h.Service)
		case p.find(h.Service.Version, h.Route) != nil:
			return nil, fmt.Errorf("endpoint %s %q is answered twice", h.Service, h.Route)
		case named[h.FullName()]:
			return nil, fmt.Errorf("two endpoints are called %s; give one of them a Name", h.FullName())
		}
		named[h.FullName()] = true
		e.consumers = p.consumers
		versions := p.endpoints[h.Route]
		versions = append(versions, make([]*endpoint, max(0, h.Service.Version+1-len(versions)))...)
		versions[h.Service.Version] = e
		p.endpoints[h.Route] = versions
		p.sorted = append(p.sorted, e)
	}
	slices.SortStableFunc(p.sorted, func(a, b *endpoint) int { return cmp.Compare(a.Service.Version, b.Service.Version) })
	if err := p.link(handlers); err != nil {
		return nil, err
	}
	return p, p.SetEnds(Ends{})
}

// find returns an endpoint, or nil.
func (p *Provider) find(version int, route string) *endpoint {
	if versions := p.endpoints[route]; uint(version) < uint(len(versions)) {
		return versions[version]
	}
	return nil
}

// link gives each endpoint its answer: that of its handler, or the conversions around that of a newer version.
func (p *Provider) link(handlers []spinoff.Handler) error {
	byKey := map[key]spinoff.Handler{}
	for _, h := range handlers {
		byKey[key{h.Service, h.Route}] = h
	}
	find := func(op spinoff.Operation) (spinoff.Handler, bool) {
		h, ok := byKey[key{op.Service, op.Route}]
		return h, ok
	}
	for _, h := range handlers {
		l, err := p.line(h, find)
		if err != nil {
			return err
		}
		p.find(h.Service.Version, h.Route).answer = l.call
	}
	return nil
}

// call answers a caller in this process. in is a shallow copy that nobody else holds.
func (p *Provider) call(ctx context.Context, consumer string, d *spinoff.Declaration, in, out any) error {
	e := p.find(d.Service.Version, d.Route)
	if e == nil {
		return p.noEndpoint(d.Service.Version, d.Route)
	}
	s := &scope{provider: p}
	s.begin(ctx, consumer, e.Timeout)
	s.priority = e.Priority
	if err := s.enter(p, e.Priority); err != nil {
		return e.refused(err, s)
	}
	s.traceLocal(p.tracer, e)
	if e.ending != nil {
		e.ending.warn(s, e, p.consumers.number(consumer), p.log)
	}
	err := e.permits(consumer)
	if err == nil {
		err = e.admitRequest(s, in, false)
	}
	told := e.run(s, in, out, false, err, p.log)
	s.endSpans(e, out, told)
	if told != nil {
		return told
	}
	return nil
}

// noEndpoint says what there is instead.
func (p *Provider) noEndpoint(version int, route string) *spinoff.Error {
	if g := p.findGone(version, route); g != nil {
		return g.problem()
	}
	if versions := p.Versions(); !slices.Contains(versions, version) {
		e := spinoff.ErrNoEndpoint.With("service %s has no version %d; it has %s", p.app, version, listVersions(versions))
		e.Service = p.app
		return e
	}
	e := spinoff.ErrNoEndpoint.With("service %s has no %q in version %d", p.app, route, version)
	e.Service = p.app
	return e
}

// Versions returns the versions of the service, in order.
func (p *Provider) Versions() []int {
	var versions []int
	for _, e := range p.sorted {
		versions = append(versions, e.Service.Version)
	}
	return slices.Compact(versions)
}

func listVersions(versions []int) string {
	if len(versions) == 0 {
		return "none"
	}
	var b []byte
	for i, v := range versions {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = fmt.Appendf(b, "v%d", v)
	}
	return string(b)
}

// Operations returns the operations, by version.
func (p *Provider) Operations() []spinoff.Operation {
	operations := make([]spinoff.Operation, 0, len(p.sorted))
	for _, e := range p.sorted {
		operations = append(operations, e.Operation)
	}
	return operations
}

// Counted is an operation with what was counted of it.
type Counted struct {
	spinoff.Operation
	Count Snapshot
}

// Counts returns the operations with their counts, by version.
func (p *Provider) Counts() []Counted {
	counts := make([]Counted, 0, len(p.sorted))
	for _, e := range p.sorted {
		counts = append(counts, Counted{e.Operation, e.counts.snapshot()})
	}
	return counts
}
