package run

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/spinoff-go/spinoff/contract/docs"
	"github.com/spinoff-go/spinoff/page"
)

// docs serves the reference of each version of an app's service, beside its document. It is for whom the endpoints are for: everybody on this machine;
// where the project has a public name, those who have signed in.
func (p *Process) docs(a *placed, mux *http.ServeMux) error {
	var versions []docs.Version
	for _, d := range a.contracts {
		v := docs.Version{Number: d.Service.Version, Old: d.Deprecated != nil}
		if v.Old {
			v.Gone = d.Deprecated.Sunset
		}
		versions = append(versions, v)
	}
	for i, d := range a.contracts {
		var older []byte
		if i > 0 {
			older = a.contracts[i-1].document.Text()
		}
		reference := sync.OnceValues(func() (*docs.Page, error) { return docs.New(d.document.Text(), older) })
		path := "/v" + strconv.Itoa(d.Service.Version) + "/docs"
		show := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			shown, err := reference()
			if err != nil {
				a.log.Error("the reference is not shown", "service", d.Service.String(), "error", err)
				page.Error(w, r, http.StatusInternalServerError, "", "")
				return
			}
			shown.Serve(w, r, a.answersAt(r, path), versions)
		})
		if err := handle(mux, "GET "+path, p.admitted(a, p.identified(a, page.Secure(p.hereOrStaff(a, show))))); err != nil {
			return fmt.Errorf("app %s: the reference of %s: %w", a.Name, d.Service, err)
		}
	}
	return nil
}

// hereOrStaff lets in who asks for this machine by its own name, as programs and developers on it do, and else who has signed in.
func (p *Process) hereOrStaff(a *placed, next http.Handler) http.Handler {
	staff := p.onlyStaff(a, next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isLoopback(hostname(r.Host)) && isLoopback(hostname(askedHost(r))) { // the second one anybody can write
			next.ServeHTTP(w, r)
			return
		}
		staff.ServeHTTP(w, r)
	})
}

// askedHost returns the host that the visitor asked for: that of the process in front where there is one.
func askedHost(r *http.Request) string {
	if front := r.Header.Get("X-Forwarded-Host"); front != "" {
		return front
	}
	return r.Host
}

// answersAt returns where the app answers, for somebody who has asked for path below it.
func (a *placed) answersAt(r *http.Request, path string) string {
	scheme := "http"
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	below := a.prefix()
	if asked, _, _ := strings.Cut(r.RequestURI, "?"); !proxied(r) {
		below = strings.TrimSuffix(asked, path)
	}
	return scheme + "://" + askedHost(r) + below
}
