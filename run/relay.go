package run

import (
	"context"
	"net/http"
	"net/http/httputil"
	"strings"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/call"
)

// relayed is a call that passes through this process to an app elsewhere; a request without one is for a page.
type relayed struct {
	consumer string // who calls
	proven   bool   // whether this process has found that out, or only heard it
}

// relayKey is the key of a relayed call in the context of its request.
type relayKey struct{}

// screen asks who sends a call that passes through to an app elsewhere, as the app would ask here. Pages pass.
//
// Where this process has no keys of the app, the app itself asks, for the key that the call came with: this process adds none of its own, or
// whoever reaches it could call in its name. Where other machines reach this process, it passes on no call that nobody has asked.
func (p *Process) screen(a *placed, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !a.isCall(r) {
			next.ServeHTTP(w, r)
			return
		}
		name, proven, err := a.provider.Caller(r)
		if err == nil && !proven && p.exposed.Load() {
			err = call.WantsKey(a.Name)
		}
		if err != nil {
			refused := *spinoff.AsError(err)
			refused.RequestID = spinoff.OriginOf(r.Context()).RequestID
			a.provider.Refuse(w, &refused)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), relayKey{}, relayed{name, proven})))
	})
}

// introduce says to an app elsewhere who sends a request, and who passes it on.
func (p *Process) introduce(r *httputil.ProxyRequest, a *placed) {
	c, isCall := r.In.Context().Value(relayKey{}).(relayed)
	name, secret, own := a.base().Key()
	switch {
	case isCall && !c.proven:
		p.identity.Relay(r.Out, c.consumer)
		return
	case isCall:
		p.identity.Vouch(r.Out, c.consumer, a.Name)
		r.Out.Header.Del("Authorization") // it was for this process
	}
	if own {
		r.Out.SetBasicAuth(name, secret)
	}
}

// isCall reports whether a request, whose path is relative to the app, is a call, also one of a version that only the app itself knows.
func (a *placed) isCall(r *http.Request) bool {
	if len(a.Provides) == 0 {
		return false
	}
	isWords := strings.HasSuffix(r.URL.Path, "/openapi.json") || strings.HasSuffix(r.URL.Path, "/docs")
	return a.provider.Answers(r) || isVersioned(r.URL.Path) && !isWords
}
