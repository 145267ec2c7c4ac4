package run

import (
	"net/http"
	"net/http/httputil"
	"slices"
	"strings"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/call"
	"github.com/spinoff-go/spinoff/trace"
)

// proxy answers for an app that runs elsewhere, so that its pages keep their addresses. Who is signed in goes along as a
// statement for that app; the cookie that proves it stays here.
func (p *Process) proxy(a *placed) http.Handler {
	protection := http.NewCrossOriginProtection()
	forward := &httputil.ReverseProxy{
		Transport: elsewhere{a},
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.Host = "" // that of the replica
			r.SetXForwarded()
			if r.In.Header.Get("Origin") != "" {
				r.Out.Header.Set("Sec-Fetch-Site", fetchSite(protection.Check(r.In)))
			}
			o := spinoff.OriginOf(r.In.Context())
			p.identity.Forward(r.Out, o, a.Name)
			p.introduce(r, a)
			r.Out.Header.Del(trace.Header)
			r.Out.Header.Del("Tracestate") // it would belong to another span
			if o.Trace != "" {
				r.Out.Header.Set(trace.Header, o.Trace)
			}
			if signIn := p.signIn(); signIn != nil && signIn != a {
				dropCookie(r.Out, signIn.SignIn.Cookie)
			}
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			a.log.WarnContext(r.Context(), "app does not answer", "at", a.base().Redacted(), "error", call.Trouble(err))
			a.away(w, r, a.base().Redacted(), 5*time.Second)
		},
	}
	return a.provider.Bound(p.screen(a, p.watched(a, "", call.OverHTTP, p.identified(a, forward))), p.refusal(a))
}

// elsewhere carries the requests for pages of an app to where it is when they come.
type elsewhere struct{ *placed }

// RoundTrip implements [http.RoundTripper].
func (e elsewhere) RoundTrip(r *http.Request) (*http.Response, error) {
	return e.place.Load().remote.Pages().RoundTrip(r)
}

// fetchSite says to the app where a request comes from. The app could not find out by the Origin, which it would compare with
// its own address: browsers that do not say (old ones, and all of them over plain HTTP) could send it no form.
func fetchSite(foreign error) string {
	if foreign != nil {
		return "cross-site"
	}
	return "same-origin"
}

// dropCookie takes one cookie out of a request.
func dropCookie(r *http.Request, name string) {
	kept := slices.DeleteFunc(r.Cookies(), func(c *http.Cookie) bool { return c.Name == name })
	r.Header.Del("Cookie")
	pairs := make([]string, 0, len(kept))
	for _, c := range kept {
		pairs = append(pairs, c.String())
	}
	if len(pairs) > 0 {
		r.Header.Set("Cookie", strings.Join(pairs, "; "))
	}
}
