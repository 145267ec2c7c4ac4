package call

import (
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/keys"
	"github.com/spinoff-go/spinoff/trace"
)

// Answers reports whether a request, whose path is relative to the app, is for an endpoint.
func (p *Provider) Answers(r *http.Request) bool {
	_, pattern := p.mux.Handler(r)
	return pattern != "" && pattern != "/"
}

// SetKeys says which consumers may call over HTTP, before the first call. Without it, and while ring has no keys, everybody may, by any name.
func (p *Provider) SetKeys(ring *keys.Ring) { p.keys = ring }

// origin reads where a call that came over HTTP comes from. Where it may not come from there, no consumer is in it.
func (p *Provider) origin(r *http.Request) (spinoff.Origin, error) {
	o := spinoff.Origin{RequestID: RequestID(r), Priority: readPriority(r.Header), Trace: trace.Parent(r.Header)}
	consumer, _, err := p.Caller(r)
	if err != nil {
		p.logRefusal(r, o.RequestID, err)
		return o, err
	}
	o.Consumer = consumer
	if o.Person, err = p.identity.Person(r, p.app); err != nil {
		return o, spinoff.ErrUnauthenticated.With("the statement of who is signed in cannot be verified: %v", err)
	}
	return o, nil
}

// Caller returns who sent a request, and whether that is proven: by a key, by a statement of a process of the project, or by a client
// certificate. Where the app has no keys, a name is believed. The error is an [spinoff.ErrUnauthenticated].
func (p *Provider) Caller(r *http.Request) (name string, proven bool, err error) {
	if r.Header.Get(headerRelayed) == relayedPage {
		return "", false, spinoff.ErrUnauthenticated.With("the process in front took this call for a page, and did not ask who calls: does it know this version of %s?", p.app)
	}
	name, secret, sent := r.BasicAuth()
	asks := p.keys.Asks()
	if asks && (sent && !p.keys.Verify(name, secret) || !sent && r.Header.Get("Authorization") != "") {
		return "", false, WantsKey(p.app)
	}
	stated, err := p.identity.Consumer(r, p.app)
	switch {
	case err != nil && asks:
		return "", false, spinoff.ErrUnauthenticated.With("the statement of who calls cannot be verified: %v. Who is no process of this project has a key, as in %s=https://NAME:SECRET@HOST",
			err, spinoff.Variable(p.app))
	case stated != "":
		return stated, true, nil
	case asks && sent:
		return name, true, nil
	}
	if shown := Certified(r); shown != "" && r.Header.Get(headerRelayed) == "" {
		return shown, true, nil
	}
	if asks {
		return "", false, WantsKey(p.app)
	}
	return Consumer(r), false, nil
}

// Consumer returns the name of the program that sent a request: what it says itself, or the user of its basic authentication. Nothing proves it.
// It is "" where there is none that may go into logs and headers.
func Consumer(r *http.Request) string {
	name := r.Header.Get(headerConsumer)
	if name == "" {
		name, _, _ = r.BasicAuth()
	}
	if !validRequestID(name) {
		return ""
	}
	return name
}

// Certified returns the name in the verified certificate of the client: its first DNS name, else its common name. It is "" where the client
// has shown none, or one without a name that a consumer may have.
func Certified(r *http.Request) string {
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
		return ""
	}
	certificate := r.TLS.PeerCertificates[0]
	name := certificate.Subject.CommonName
	if len(certificate.DNSNames) > 0 {
		name = certificate.DNSNames[0]
	}
	if keys.CheckName(name) != nil {
		return ""
	}
	return name
}

// WantsKey returns the error of a call of app without a good key. It does not say what of the key is wrong.
func WantsKey(app string) *spinoff.Error {
	e := spinoff.ErrUnauthenticated.With("calls of %s need the name and the secret of a consumer, by HTTP basic authentication: %s=https://NAME:SECRET@HOST, or curl -u NAME:SECRET",
		app, spinoff.Variable(app))
	e.Service = app
	return e
}

// Refuse answers a call with an error, and says how to show who one is where that is what is wrong (RFC 9110, 11.6.1).
func (p *Provider) Refuse(w http.ResponseWriter, told *spinoff.Error) {
	if told.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", fmt.Sprintf("Basic realm=%q, charset=\"UTF-8\"", p.app))
	}
	WriteProblem(w, told)
}

// logRefusal tells the operator that somebody may not call, at most once a second: who knows no key may not fill the log either.
func (p *Provider) logRefusal(r *http.Request, id string, err error) {
	second := int64(clock().Seconds()) + 1
	if last := p.refused.Load(); last == second || !p.refused.CompareAndSwap(last, second) {
		return
	}
	ctx := spinoff.WithOrigin(r.Context(), spinoff.Origin{RequestID: id})
	p.log.LogAttrs(ctx, slog.LevelWarn, "call refused", slog.String("method", r.Method), slog.String("path", r.URL.Path),
		slog.String("from", r.RemoteAddr), slog.String("error", err.Error()))
}

// permits refuses who may not call the endpoint.
func (e *endpoint) permits(consumer string) error {
	if len(e.Consumers) == 0 || slices.Contains(e.Consumers, consumer) {
		return nil
	}
	if consumer == "" {
		consumer = "a consumer without a name"
	}
	return spinoff.ErrForbidden.With("%s may not call %s; its contract says who may: %s", consumer, e.FullName(), strings.Join(e.Consumers, ", "))
}

// checkConsumers makes sure that those who may call can be named.
func (e *endpoint) checkConsumers() error {
	for _, name := range e.Consumers {
		if err := keys.CheckName(name); err != nil {
			return fmt.Errorf("consumer %q: %w", name, err)
		}
	}
	return nil
}
