package run

import (
	"bytes"
	"context"
	"maps"
	"net/http"
	"net/url"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/call"
	"github.com/spinoff-go/spinoff/page"
)

// admitted answers a page of a where the app can, before anybody is asked who the visitor is.
func (p *Process) admitted(a *placed, next http.Handler) http.Handler {
	return a.provider.Admit(next, p.refusal(a))
}

// refusal returns what answers where an app has too much to do: a problem for programs, and for people a page in the design of the project, which is
// made once, because many see it at the same time.
func (p *Process) refusal(a *placed) func(http.ResponseWriter, *http.Request, *spinoff.Error) {
	made := sync.OnceValue(func() *kept { return p.keepRefusal(a) })
	return func(w http.ResponseWriter, r *http.Request, e *spinoff.Error) {
		if wantsPage(r) {
			made().send(w)
			return
		}
		call.WriteProblem(w, e)
	}
}

// keepRefusal makes the page of an app for visitors who may sit in front of a page of it already: htmx shows it as a page of its own.
func (p *Process) keepRefusal(a *placed) *kept {
	k := &kept{header: http.Header{}}
	r := &http.Request{Method: http.MethodGet, URL: &url.URL{Path: a.Path}, Header: http.Header{"Hx-Request": {"true"}}}
	site := page.WithSite(r.Context(), p.site(a.Path, spinoff.Person{}))
	refuse := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "1")
		page.Error(w, r, http.StatusServiceUnavailable, "Too many people at once",
			"More is asked of this part of the site than it can answer. Nothing of yours was changed: please try again in a moment. The rest of the site works.")
	}
	page.Secure(http.HandlerFunc(refuse)).ServeHTTP(k, r.WithContext(site))
	return k
}

// kept is an answer that is given again and again.
type kept struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (k *kept) Header() http.Header         { return k.header }
func (k *kept) WriteHeader(status int)      { k.status = status }
func (k *kept) Write(p []byte) (int, error) { return k.body.Write(p) }

func (k *kept) send(w http.ResponseWriter) {
	maps.Copy(w.Header(), k.header)
	w.WriteHeader(k.status)
	w.Write(k.body.Bytes()) //nolint:errcheck // the client is gone
}

// share gives each app here its share of the connections: a flood on one leaves those of the others.
func (p *Process) share() {
	for _, a := range p.apps {
		a.provider.SetShare(max(leastShare, mostConnections/(len(p.apps)+1)))
	}
}

// leastShare is how many requests an app may hold at least, however many apps there are.
const leastShare = 256

// measureLoad sends what each app here has to do.
func (p *Process) measureLoad(_ context.Context, to chan<- prometheus.Metric) {
	for _, a := range p.apps {
		if !a.here() {
			continue
		}
		load := a.provider.Load()
		gauge(to, loadLimit, float64(load.Limit), a.Name)
		gauge(to, loadRunning, float64(load.Running), a.Name)
		gauge(to, loadWaiting, float64(load.Waiting), a.Name)
		gauge(to, loadInside, float64(load.Inside), a.Name)
		gauge(to, loadHeld, float64(load.Held), a.Name)
		for priority, n := range load.Refused {
			counter(to, loadRefused, float64(n), a.Name, string(priority))
		}
	}
}
