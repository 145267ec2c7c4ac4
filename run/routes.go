package run

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/call"
	"github.com/spinoff-go/spinoff/page"
)

// routes builds what answers the requests to this process: each app under its path, here or by proxy.
func (p *Process) routes() (http.Handler, error) {
	mux := http.NewServeMux()
	alone := p.alone()
	usage := page.Desk[usageView](templates, "templates/contracts.html")
	for _, a := range p.apps {
		if alone != nil && a != alone && a.Path == "/" {
			continue // the root is taken
		}
		own, err := p.appMux(a, usage)
		if err != nil {
			return nil, err
		}
		handler := p.routed(a, p.orMissing(a, own))
		if a == alone {
			mux.Handle("/", handler)
			mux.Handle(a.Path, atPrefixOrRoot(a.prefix(), own, handler))
			continue
		}
		mux.Handle(a.Path, http.StripPrefix(a.prefix(), handler))
	}
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, health{Status: "ok"}) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) { p.serveReady(w, r) })
	if alone == nil { // it has its own at this path
		whole := &placed{App: spinoff.App{Path: "/"}, log: p.options.Log}
		mux.Handle("GET "+usagePath, p.staffView(whole, p.usagePage(usage)))
	}
	mux.Handle("GET "+page.AssetPrefix, page.Assets())
	return p.withMetrics(p.onlyKnownHosts(p.withOrigin(orNotFound(mux)))), nil
}

// alone returns the app that a process was started for, which it answers at its root as well; nil where there are several.
func (p *Process) alone() *placed {
	if len(p.options.Only) != 1 || p.find(p.options.Only[0]).Path == "/" {
		return nil
	}
	return p.find(p.options.Only[0])
}

// orNotFound answers what mux does not know with a page in the project's design.
func orNotFound(mux *http.ServeMux) http.Handler {
	missing := page.Secure(http.HandlerFunc(notFound))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := mux.Handler(r); pattern == "" {
			missing.ServeHTTP(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func notFound(w http.ResponseWriter, r *http.Request) { page.Error(w, r, http.StatusNotFound, "", "") }

// atPrefixOrRoot answers a path below prefix for a process that has one app. It means the path without the prefix, or the whole path:
// /tickets/12 is page /12 of the app tickets to a browser, and its endpoint /tickets/12 to a program.
func atPrefixOrRoot(prefix string, known *http.ServeMux, handler http.Handler) http.Handler {
	stripped := http.StripPrefix(prefix, handler)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		short := &http.Request{Method: r.Method, Host: r.Host, URL: &url.URL{Path: strings.TrimPrefix(r.URL.Path, prefix)}}
		_, isShort := known.Handler(short)
		_, isWhole := known.Handler(r)
		if isWhole != "" && (isShort == "" || !wantsPage(r)) {
			handler.ServeHTTP(w, r)
			return
		}
		stripped.ServeHTTP(w, r)
	})
}

// appMux routes the endpoints and pages of an app; paths are relative to the app.
func (p *Process) appMux(a *placed, usage *page.View[usageView]) (*http.ServeMux, error) {
	mux := http.NewServeMux()
	endpoints := sameOrigin(a.provider)
	for _, pattern := range a.provider.Patterns() {
		mux.Handle(pattern, endpoints)
	}
	if err := errors.Join(a.openAPI(mux), p.docs(a, mux)); err != nil {
		return nil, err
	}
	views := a.Views
	if len(a.Provides) > 0 {
		views = append(slices.Clip(views), p.usagePage(usage, a.Name))
	}
	for _, v := range views {
		if v.Handler == nil {
			return nil, fmt.Errorf("app %s: view %q has no handler", a.Name, v.Route)
		}
		view := p.staffView(a, v)
		if v.Public {
			view = p.identified(a, page.Secure(a.unbroken(v)))
		}
		if err := handle(mux, v.Route, p.admitted(a, p.watched(a, v.Route, call.InProcess, view))); err != nil {
			return nil, fmt.Errorf("app %s: view %q: %w", a.Name, v.Route, err)
		}
	}
	return mux, nil
}

// staffView answers only who has signed in.
func (p *Process) staffView(a *placed, v spinoff.View) http.Handler {
	return p.identified(a, page.Secure(p.onlyStaff(a, a.unbroken(v))))
}

// handle registers a route. http.ServeMux panics on one that cannot be read or clashes, and says how.
func handle(mux *http.ServeMux, route string, handler http.Handler) (err error) {
	defer func() {
		if wrong := recover(); wrong != nil {
			err = fmt.Errorf("%v", wrong)
		}
	}()
	mux.Handle(route, handler)
	return nil
}

// orMissing answers what an app does not know: a browser gets a page, everybody else what endpoints there are.
func (p *Process) orMissing(a *placed, mux *http.ServeMux) http.Handler {
	missing := p.admitted(a, p.identified(a, page.Secure(http.HandlerFunc(notFound))))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, pattern := mux.Handler(r)
		switch {
		case pattern != "":
			mux.ServeHTTP(w, r)
		case len(a.Provides) > 0 && (isVersioned(r.URL.Path) || !wantsPage(r)):
			a.provider.ServeHTTP(w, r)
		default:
			missing.ServeHTTP(w, r)
		}
	})
}

// sameOrigin refuses calls that a browser makes for a page of another site. Programs do not send the headers of a browser and pass.
func sameOrigin(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refused := spinoff.ErrForbidden.With("a page of another site made this call")
		refused.RequestID = call.RequestID(r)
		call.WriteProblem(w, refused)
	}))
	guarded := protection.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		guarded.ServeHTTP(w, r)
	})
}

// isVersioned reports whether a path begins with a version, as only those of endpoints do.
func isVersioned(path string) bool {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return len(first) > 1 && first[0] == 'v' && strings.Trim(first[1:], "0123456789") == ""
}

// wantsPage reports whether somebody in front of a browser asks for a page, or a page for its stream of events.
func wantsPage(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "text/html") || isStream(r)
}
