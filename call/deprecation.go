package call

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spinoff-go/spinoff"
)

// Headers of an answer that tell of a deprecation.
const (
	headerDeprecation = "Deprecation" // RFC 9745: "@" and Unix seconds
	headerSunset      = "Sunset"      // RFC 8594: an HTTP date
	headerLink        = "Link"        // RFC 8288, with the relations of RFC 5829 and RFC 9745
)

// ending is what is told about an endpoint that is to go.
type ending struct {
	spinoff.Deprecation
	since, sunset []string  // values of headers; sunset is nil where the day is not decided
	successor     *endpoint // nil where there is none, or not exactly one, in the same service
	told          daily
}

// Ends says what of an app's service is to go, and what is gone. The zero value knows only what the endpoints say themselves.
type Ends struct {
	Deprecated map[spinoff.Service]spinoff.Deprecation // whole versions; what an endpoint says itself counts more
	Retired    []Retired
	// Known reports whether there is a service or an endpoint of this name. Default: those of the app are known.
	Known func(name string) bool
}

// SetEnds makes known what of the service is to go or gone. It is called before the first call. It refuses days that are none, a sunset before the deprecation,
// a successor that does not exist, and an endpoint where a retired one was.
func (p *Provider) SetEnds(ends Ends) error {
	for service := range ends.Deprecated {
		if service.Name != p.app || p.versionNamed(service.String()) == 0 {
			return fmt.Errorf("app %s deprecates %s, which it does not provide; it has %s", p.app, service, listVersions(p.Versions()))
		}
	}
	for _, e := range p.sorted {
		if whole, ok := ends.Deprecated[e.Service]; ok && e.Deprecated == nil {
			e.Deprecated = &whole
		}
		if e.Deprecated == nil {
			continue
		}
		if err := p.end(e, ends.Known); err != nil {
			return fmt.Errorf("endpoint %s is deprecated: %w", e.FullName(), err)
		}
	}
	if err := p.retire(ends.Retired); err != nil {
		return err
	}
	p.mux = p.routes()
	return nil
}

// end checks a deprecation and prepares what is told of it.
func (p *Provider) end(e *endpoint, known func(name string) bool) error {
	d := *e.Deprecated
	on, err := time.Parse(time.DateOnly, d.On)
	if err != nil {
		return fmt.Errorf("its On is %q; it is the day from which new code should not use it, such as \"2026-11-01\"", d.On)
	}
	ending := &ending{Deprecation: d, since: []string{"@" + strconv.FormatInt(on.Unix(), 10)}}
	if d.Sunset != "" {
		sunset, err := time.Parse(time.DateOnly, d.Sunset)
		if err != nil {
			return fmt.Errorf("its Sunset is %q; it is the day from which it may be gone, such as \"2027-05-01\", or empty while that is not decided", d.Sunset)
		}
		if sunset.Before(on) {
			return fmt.Errorf("its Sunset %s is before On %s: consumers need time between the two", d.Sunset, d.On)
		}
		ending.sunset = []string{sunset.Format(http.TimeFormat)}
	}
	successor, there := p.successor(e, d.Successor)
	if !there && (known == nil || !known(d.Successor)) {
		return fmt.Errorf("its Successor %q does not exist; name an endpoint such as \"%s.v%d.create\", a version such as \"%s.v%d\", or nothing", d.Successor, p.app, e.Service.Version+1, p.app, e.Service.Version+1)
	}
	if successor == e {
		return fmt.Errorf("its Successor is itself")
	}
	ending.successor, e.ending = successor, ending
	return nil
}

// successor finds what takes the place of e among the app's own endpoints. In a whole version that is the endpoint with the same route or
// the same name, if there is one. there says whether what is named exists.
func (p *Provider) successor(e *endpoint, name string) (found *endpoint, there bool) {
	if name == "" {
		return nil, true
	}
	version := p.versionNamed(name)
	for _, other := range p.sorted {
		switch {
		case other.FullName() == name:
			return other, true
		case other.Service.Version != version:
		case other.Route == e.Route:
			return other, true
		case shortName(other.Declaration) == shortName(e.Declaration):
			found = other
		}
	}
	return found, version > 0
}

// versionNamed returns the version that is called name, such as "faq.v2", where the app provides it, and 0 elsewhere.
func (p *Provider) versionNamed(name string) int {
	for _, version := range p.Versions() {
		if (spinoff.Service{Name: p.app, Version: version}).String() == name {
			return version
		}
	}
	return 0
}

func shortName(d spinoff.Declaration) string {
	return strings.TrimPrefix(d.FullName(), d.Service.String()+".")
}

// tell puts what is to be known about the endpoint into the headers of its answer. Links are relative to the request, so that they hold behind a proxy, under the
// app's name and at the root.
func (d *ending) tell(h http.Header, e *endpoint, r *http.Request) {
	h[headerDeprecation] = d.since
	if d.sunset != nil {
		h[headerSunset] = d.sunset
	}
	root := toRoot(r)
	if path := d.successorPath(r); path != "" {
		h.Add(headerLink, fmt.Sprintf("<%s%s>; rel=\"successor-version\"; title=%q", root, path, d.successor.FullName()))
	}
	h.Add(headerLink, fmt.Sprintf("<%sv%d/docs>; rel=\"deprecation\"; type=\"text/html\"", root, e.Service.Version))
}

// toRoot returns the way from the path of a request, which is relative to the app, to the root of the app.
func toRoot(r *http.Request) string {
	return cmp.Or(strings.Repeat("../", max(0, strings.Count(r.URL.EscapedPath(), "/")-1)), "./")
}

// successorPath returns the path of the successor with the values of this request, or "" where there is none or the request lacks one.
func (d *ending) successorPath(r *http.Request) string {
	if d.successor == nil {
		return ""
	}
	parts := strings.Split(strings.TrimPrefix(d.successor.Path(), "/"), "/")
	for i, part := range parts {
		if strings.HasPrefix(part, "{") {
			parts[i] = url.PathEscape(r.PathValue(strings.Trim(part, "{}")))
		}
		if parts[i] == "" {
			return ""
		}
	}
	return fmt.Sprintf("v%d/%s", d.successor.Service.Version, strings.Join(parts, "/"))
}

// daily remembers, for each consumer, the day on which it was told.
type daily [maxConsumers]atomic.Int64

// first reports whether a consumer is told for the first time on the day of t.
func (d *daily) first(consumer int, t time.Time) bool {
	day := t.Unix()/(24*60*60) + 1 // 0 is never
	before := d[consumer].Load()
	return before != day && d[consumer].CompareAndSwap(before, day)
}

// warn says once a day, in the log of who calls, that an endpoint is to go.
func (d *ending) warn(s *scope, e *endpoint, consumer int, log *slog.Logger) {
	if d.told.first(consumer, epoch.Add(s.start)) {
		d.log(s, e, log)
	}
}

func (d *ending) log(s *scope, e *endpoint, log *slog.Logger) {
	log.Warn("a deprecated endpoint is called", "endpoint", e.FullName(), "consumer", s.consumer, "deprecated", d.On, "sunset", d.Sunset, "instead", d.Successor)
}

// learn makes an ending of what the provider says with an answer; nil where it says nothing.
func learn(h http.Header) *ending {
	if h[headerDeprecation] == nil {
		return nil
	}
	d := new(ending)
	if seconds, err := strconv.ParseInt(strings.TrimPrefix(h.Get(headerDeprecation), "@"), 10, 64); err == nil {
		d.On = time.Unix(seconds, 0).UTC().Format(time.DateOnly)
	}
	if sunset, err := http.ParseTime(h.Get(headerSunset)); err == nil {
		d.Sunset = sunset.UTC().Format(time.DateOnly)
	}
	for _, link := range h[headerLink] {
		if target, rest, ok := strings.Cut(link, ">"); ok && strings.Contains(rest, `rel="successor-version"`) {
			_, title, _ := strings.Cut(rest, `title="`)
			title, _, _ = strings.Cut(title, `"`)
			d.Successor = cmp.Or(title, strings.TrimPrefix(target, "<"))
		}
	}
	return d
}
