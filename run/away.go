package run

import (
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/call"
	"github.com/spinoff-go/spinoff/page"
)

// away answers a request to an app that does not answer itself: nothing has happened. After retry it is worth another try.
func (a *placed) away(w http.ResponseWriter, r *http.Request, at string, retry time.Duration) {
	w.Header().Set("Retry-After", strconv.Itoa(max(1, int(retry.Seconds()))))
	if wantsPage(r) {
		page.Error(w, r, http.StatusServiceUnavailable, a.Title+" is away", "The rest of the site works. Please try again in a moment.")
		return
	}
	away := spinoff.ErrUnavailable.With("app %s at %s does not answer", a.Name, at)
	away.RequestID = spinoff.OriginOf(r.Context()).RequestID
	call.WriteProblem(w, away)
}

// patience is how long who calls an app may wait in front of the door of its process, which is being started again. After that it is told to come back.
const patience = 500 * time.Millisecond

// standIn answers on the socket of a process that is started again only after delay.
func (s *supervised) standIn(delay time.Duration) (end func()) {
	if delay <= patience {
		return func() {}
	}
	copied, err := copyListener(s.spec.Listener)
	if err != nil {
		return func() {} // they wait
	}
	var l net.Listener = copied
	until := time.Now().Add(delay)
	a := s.p.find(s.spec.name())
	if a == nil { // it has several
		a = &placed{App: spinoff.App{Name: s.spec.name(), Title: s.spec.name()}}
	}
	if s.spec.heir {
		l = s.p.tls.secure(l)
	}
	server := &http.Server{
		Handler:           s.p.withOrigin(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { a.away(w, r, l.Addr().String(), time.Until(until)) })),
		ReadHeaderTimeout: 10 * time.Second,
	}
	server.SetKeepAlivesEnabled(false)
	go server.Serve(l) //nolint:errcheck // it ends with Close
	return func() { _ = server.Close() }
}
