package run

import (
	"net/http"
	"net/url"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/call"
	"github.com/spinoff-go/spinoff/page"
	"github.com/spinoff-go/spinoff/trace"
)

// withOrigin gives every request an id. Who asks is found out by identified, for the pages of an app.
func (p *Process) withOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o := spinoff.Origin{RequestID: call.RequestID(r), Trace: trace.Parent(r.Header)}
		ctx := page.WithSite(spinoff.WithOrigin(r.Context(), o), p.site(r.URL.Path, o.Person))
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// identified finds out who asks for a page of a.
func (p *Process) identified(a *placed, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o := spinoff.OriginOf(r.Context())
		var err error
		if o.Person, err = p.person(r, a.Name); err != nil {
			a.log.WarnContext(r.Context(), "who is signed in is not known", "error", err)
		}
		ctx := page.WithSite(spinoff.WithOrigin(r.Context(), o), p.site(a.address(r), o.Person))
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// address returns the path that a visitor asked the project for; r has the path relative to the app.
func (a *placed) address(r *http.Request) string { return a.prefix() + r.URL.Path }

// person returns who asks: by the cookie where the app that signs people in is here, else by a signed statement from the process where it is.
func (p *Process) person(r *http.Request, audience string) (spinoff.Person, error) {
	if signIn := p.signIn(); signIn != nil && signIn.here() {
		return signIn.SignIn.Person(r)
	}
	return p.identity.Person(r, audience)
}

// signIn returns the app that signs people in, or nil.
func (p *Process) signIn() *placed {
	for _, a := range p.apps {
		if a.SignIn != nil {
			return a
		}
	}
	return nil
}

// onlyStaff lets in who has signed in, and sends everybody else to sign in.
func (p *Process) onlyStaff(a *placed, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if spinoff.OriginOf(r.Context()).Person != (spinoff.Person{}) {
			next.ServeHTTP(w, r)
			return
		}
		signIn := p.signIn()
		switch {
		case signIn == nil || !signIn.here() && signIn.base() == nil && !proxied(r):
			page.Error(w, r, http.StatusForbidden, "Nobody can sign in here",
				"This page is for the staff, and the app that signs people in does not run here. Open the page through the process where it runs.")
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			page.Error(w, r, http.StatusForbidden, "You are signed out", "Sign in and send it again; go back in your browser to find what you typed.")
		default:
			next := a.address(r)
			if r.URL.RawQuery != "" {
				next += "?" + r.URL.RawQuery
			}
			w.Header().Set("Cache-Control", "no-store")
			http.Redirect(w, r, signIn.SignIn.URL+"?next="+url.QueryEscape(next), http.StatusSeeOther)
		}
	})
}

// proxied reports whether a request came through the process in front of this one, which has the page that signs people in.
func proxied(r *http.Request) bool { return r.Header.Get("X-Forwarded-Host") != "" }

// site says what the pages show around their content.
func (p *Process) site(path string, person spinoff.Person) page.Site {
	s := page.Site{Name: p.project.Name, Path: path, Person: person.Name}
	for _, a := range p.apps {
		for _, link := range a.Nav {
			if link.Public == (person == spinoff.Person{}) {
				s.Nav = append(s.Nav, page.Link{Title: link.Title, URL: link.URL})
			}
		}
	}
	if person != (spinoff.Person{}) {
		s.Footer = []page.Link{{Title: "Contracts in use", URL: usagePath}}
	}
	if a := p.signIn(); a != nil {
		s.SignIn, s.SignOut = a.SignIn.URL, a.SignIn.Out
	}
	return s
}
