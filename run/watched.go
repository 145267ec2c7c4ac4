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

// watch records what becomes of the requests for one page: as spans, in the counts, and as one line each in the log. None of them has the address that was
// asked for, which may hold a secret, but the route.
type watch struct {
	*Process
	app       *placed
	method    string // "" where it is that of the request
	route     string // as a visitor of the project has it
	placement call.Placement
}

// watched answers for a page of a, whose route is relative to the app, and records it. Where the app runs elsewhere, its routes are not known here.
func (p *Process) watched(a *placed, route string, placement call.Placement, next http.Handler) http.Handler {
	method, path, _ := strings.Cut(route, " ")
	w := watch{p, a, method, a.prefix() + path, placement}
	if route == "" {
		w.route = a.Path + "…"
	}
	return http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) { w.serve(next, answer, r) })
}

func (w watch) serve(next http.Handler, answer http.ResponseWriter, r *http.Request) {
	began, whole, sent := time.Now(), false, &begun{ResponseWriter: answer}
	w.pages.inFlight.WithLabelValues(w.app.Name).Inc()
	r, span := w.begin(r)
	defer func() {
		if sent.begin(); !whole { // a panic goes on, which cuts the answer off
			sent.status = http.StatusInternalServerError
		}
		w.end(r, span, sent.status, time.Since(began))
	}()
	next.ServeHTTP(sent, r)
	whole = true
}

// begin begins a span where the request is recorded; otherwise it is nil.
func (w watch) begin(r *http.Request) (*http.Request, trace.Span) {
	o := spinoff.OriginOf(r.Context())
	parent, record := trace.Enter(w.recorder(), o.Trace)
	o.Trace = parent
	var span trace.Span
	if record {
		span = w.tracer.Start(parent, trace.Server, w.name(r), slog.String("http.request.method", method(r)), slog.String("http.route", w.route),
			slog.String("spinoff.app", w.app.Name), slog.String("spinoff.placement", string(w.placement)))
		o.Trace = span.Traceparent()
	}
	return r.WithContext(spinoff.WithOrigin(r.Context(), o)), span
}

// end records what became of a request.
func (w watch) end(r *http.Request, span trace.Span, status int, took time.Duration) {
	w.pages.inFlight.WithLabelValues(w.app.Name).Dec()
	if !isStream(r) {
		w.pages.seconds.WithLabelValues(w.app.Name, strconv.Itoa(status), string(w.placement)).Observe(took.Seconds())
	}
	level, message, failed := slog.LevelDebug, "page", ""
	switch {
	case status >= http.StatusInternalServerError:
		level, message, failed = slog.LevelWarn, "page failed", strconv.Itoa(status)
	case took >= slowPage && !isStream(r):
		level, message = slog.LevelWarn, "slow page"
	}
	if span != nil {
		span.End(failed, slog.Int("http.response.status_code", status))
	}
	w.app.log.LogAttrs(r.Context(), level, message,
		slog.String("route", w.name(r)), slog.String("placement", string(w.placement)), slog.Int("status", status), call.Millis(took))
}

// name is the method and the route.
func (w watch) name(r *http.Request) string {
	if w.method != "" {
		return w.method + " " + w.route
	}
	return method(r) + " " + w.route
}

// method returns the method of a request, one of the few that there are.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	}
	return "_OTHER"
}
