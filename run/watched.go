package run

import (
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/call"
	"github.com/spinoff-go/spinoff/trace"
)

// slowPage is how long a page takes that is logged as a slow one.
const slowPage = time.Second

// watched answers for a page of a, and records what became of it: as a span, in the counts, and as one line in the log. Neither has the address that was
// asked for, which may hold a secret, but the route of the view; where a runs elsewhere, that is not known.
func (p *Process) watched(a *placed, route string, placement call.Placement, next http.Handler) http.Handler {
	pattern := route
	if method, path, ok := strings.Cut(route, " "); ok {
		pattern = strings.TrimSuffix(a.Path, "/") + path
		route = method + " " + pattern
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		p.pages.inFlight.WithLabelValues(a.Name).Inc()
		o := spinoff.OriginOf(r.Context())
		name := route
		if name == "" {
			pattern = a.Path + "…"
			name = method(r) + " " + pattern
		}
		var span trace.Span
		parent, record := trace.Enter(p.recorder(), o.Trace)
		if o.Trace = parent; record {
			span = p.tracer.Start(parent, trace.Server, name, slog.String("http.request.method", method(r)), slog.String("http.route", pattern),
				slog.String("spinoff.app", a.Name), slog.String("spinoff.placement", string(placement)))
			o.Trace = span.Traceparent()
		}
		r = r.WithContext(spinoff.WithOrigin(r.Context(), o))
		sent := &begun{ResponseWriter: w}
		defer func() { // also where the answer is cut off by a panic
			sent.begin()
			took := time.Since(began)
			p.pages.inFlight.WithLabelValues(a.Name).Dec()
			if !isStream(r) {
				p.pages.seconds.WithLabelValues(a.Name, strconv.Itoa(sent.status), string(placement)).Observe(took.Seconds())
			}
			if span != nil {
				span.End(failedPage(sent.status), slog.Int("http.response.status_code", sent.status))
			}
			logPage(r, a, name, placement, sent.status, took)
		}()
		next.ServeHTTP(sent, r)
	})
}

// method returns the method of a request, one of the few that there are.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	}
	return "_OTHER"
}

// failedPage says what is wrong with an answer of the server; nothing where the visitor is at fault.
func failedPage(status int) string {
	if status < 500 {
		return ""
	}
	return strconv.Itoa(status)
}

func logPage(r *http.Request, a *placed, name string, placement call.Placement, status int, took time.Duration) {
	level, message := slog.LevelDebug, "page"
	switch {
	case status >= 500:
		level, message = slog.LevelWarn, "page failed"
	case took >= slowPage && !isStream(r):
		level, message = slog.LevelWarn, "slow page"
	}
	a.log.LogAttrs(r.Context(), level, message, slog.String("route", name), slog.String("placement", string(placement)), slog.Int("status", status), call.Millis(took))
}
