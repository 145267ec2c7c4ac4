package call

import (
	"fmt"
	"net/http"
	"regexp"

	"github.com/spinoff-go/spinoff"
)

// Retired is an endpoint that there was. It answers [spinoff.ErrGone], and no other endpoint takes its place.
type Retired struct {
	Version   int
	Route     string // "POST /create"
	On        string // day on which it went
	Successor string // what to use instead: "faq.v3.create"; "" where there is nothing
}

// gone is a retired endpoint.
type gone struct {
	Retired
	p  *Provider
	op spinoff.Operation // its declaration, for its patterns
	to *endpoint         // the successor, where it is of the same service
}

var anyParameter = regexp.MustCompile(`\{[^}]*\}`)

// sameRoute brings routes that a request cannot tell apart into one form.
func sameRoute(route string) string { return anyParameter.ReplaceAllString(route, "{}") }

// retire makes known which endpoints are gone.
func (p *Provider) retire(retired []Retired) error {
	p.gone = nil
	for _, r := range retired {
		g := &gone{Retired: r, p: p}
		g.op.Declaration = spinoff.Declaration{Service: spinoff.Service{Name: p.app, Version: r.Version}, Route: r.Route}
		for _, e := range p.sorted {
			if e.Service.Version == r.Version && sameRoute(e.Route) == sameRoute(r.Route) {
				return fmt.Errorf("endpoint %s %q: an endpoint with this path was retired on %s, and its path is not used again: give the new one another path, or put it into a new version",
					e.Service, e.Route, r.On)
			}
		}
		g.to, _ = p.successor(&endpoint{Operation: g.op}, r.Successor)
		p.gone = append(p.gone, g)
	}
	return nil
}

// findGone returns the retired endpoint of a version and route, or nil.
func (p *Provider) findGone(version int, route string) *gone {
	for _, g := range p.gone {
		if g.Version == version && sameRoute(g.Route) == sameRoute(route) {
			return g
		}
	}
	return nil
}

// problem says where to go.
func (g *gone) problem() *spinoff.Error {
	instead := "nothing takes its place"
	if g.Successor != "" {
		instead = "use " + g.Successor
	}
	if g.to != nil {
		instead = fmt.Sprintf("use %s: %s /v%d%s", g.to.FullName(), g.to.Method(), g.to.Service.Version, g.to.Path())
	}
	e := spinoff.ErrGone.With("%s %s was retired on %s; %s", g.op.Service, g.Route, g.On, instead)
	e.Service = g.p.app
	return e
}

// ServeHTTP answers as every retired endpoint does.
func (g *gone) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e := g.problem()
	e.RequestID = RequestID(r)
	h := w.Header()
	h.Set(headerRequestID, e.RequestID)
	if path := (&ending{successor: g.to}).successorPath(r); path != "" {
		h.Add(headerLink, fmt.Sprintf("<%s%s>; rel=\"successor-version\"; title=%q", toRoot(r), path, g.to.FullName()))
	}
	WriteProblem(w, e)
}
