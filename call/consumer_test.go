package call_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/call"
	"github.com/spinoff-go/spinoff/keys"
)

// The vault says who calls, and lets only some close it.
type caller struct {
	Consumer string `json:"consumer"`
}

var (
	vault1 = spinoff.Service{Name: "vault", Version: 1}
	whoIs  = spinoff.Endpoint[struct{}, caller]{Service: vault1, Route: "GET /who"}
	closes = spinoff.Endpoint[struct{}, caller]{Service: vault1, Route: "POST /close", Consumers: []string{"support", "tickets"}}
)

// vault returns a provider, and the secrets of support and billing, who have keys of it.
func vault(t *testing.T, identity *call.Identity, log io.Writer) (p *call.Provider, support, billing string) {
	t.Helper()
	answer := func(ctx context.Context, _ struct{}) (caller, error) {
		return caller{spinoff.OriginOf(ctx).Consumer}, nil
	}
	p, err := call.NewProvider("vault", []spinoff.Handler{whoIs.Serve(answer), closes.Serve(answer)}, nil, identity, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	s, support, err := keys.New("support", "")
	if err != nil {
		t.Fatal(err)
	}
	b, billing, err := keys.New("billing", "")
	if err != nil {
		t.Fatal(err)
	}
	ring, err := keys.NewRing(keys.Settings{Value: s.String() + "," + b.String()})
	if err != nil {
		t.Fatal(err)
	}
	p.SetKeys(ring)
	return p, support, billing
}

// basic returns the header of HTTP basic authentication.
func basic(name, secret string) string {
	r := &http.Request{Header: http.Header{}}
	r.SetBasicAuth(name, secret)
	return r.Header.Get("Authorization")
}

// certified is a connection whose client has shown a certificate that was verified.
func certified(name string, dns ...string) *tls.ConnectionState {
	c := &x509.Certificate{Subject: pkix.Name{CommonName: name}, DNSNames: dns}
	return &tls.ConnectionState{PeerCertificates: []*x509.Certificate{c}, VerifiedChains: [][]*x509.Certificate{{c}}}
}

// TestWhoCalls tries what a request over HTTP can show of who sends it.
func TestWhoCalls(t *testing.T) {
	identity := testIdentity(t, 'k')
	var log bytes.Buffer
	provider, support, billing := vault(t, identity, &log)
	stated := identity.SignConsumer("tickets", "vault")
	unverified := certified("shop")
	unverified.VerifiedChains = nil
	for _, c := range []struct {
		name   string
		header http.Header
		tls    *tls.ConnectionState
		status int
		want   string // consumer, or part of the problem
	}{
		{"nothing", nil, nil, 401, "calls of vault need the name and the secret of a consumer"},
		{"a key", http.Header{"Authorization": {basic("support", support)}}, nil, 200, "support"},
		{"another key", http.Header{"Authorization": {basic("billing", billing)}}, nil, 200, "billing"},
		{"a wrong secret", http.Header{"Authorization": {basic("support", support+"x")}}, nil, 401, "need the name and the secret"},
		{"the secret of another", http.Header{"Authorization": {basic("support", billing)}}, nil, 401, "need the name and the secret"},
		{"an unknown name", http.Header{"Authorization": {basic("shop", support)}}, nil, 401, "need the name and the secret"},
		{"no secret", http.Header{"Authorization": {basic("support", "")}}, nil, 401, "need the name and the secret"},
		{"the hash", http.Header{"Authorization": {basic("support", keys.HashOf(support))}}, nil, 401, "need the name and the secret"},
		{"a bearer", http.Header{"Authorization": {"Bearer " + support}}, nil, 401, "need the name and the secret"},
		{"no base64", http.Header{"Authorization": {"Basic %%%"}}, nil, 401, "need the name and the secret"},
		{"two credentials", http.Header{"Authorization": {basic("eve", "x"), basic("support", support)}}, nil, 401, "need the name and the secret"},
		{"only a name", http.Header{"Spinoff-Consumer": {"support"}}, nil, 401, "need the name and the secret"},
		{"a key and another name", http.Header{"Authorization": {basic("billing", billing)}, "Spinoff-Consumer": {"support"}}, nil, 200, "billing"},

		{"a statement", http.Header{"Spinoff-Statement": {stated}}, nil, 200, "tickets"},
		{"a key and a statement", http.Header{"Authorization": {basic("support", support)}, "Spinoff-Statement": {stated}}, nil, 200, "tickets"},
		{"a wrong key and a statement", http.Header{"Authorization": {basic("support", "x")}, "Spinoff-Statement": {stated}}, nil, 401, "need the name and the secret"},
		{"two statements", http.Header{"Spinoff-Statement": {stated, stated}}, nil, 401, "there are 2 of them"},
		{"a statement for another app", http.Header{"Spinoff-Statement": {identity.SignConsumer("tickets", "faq")}}, nil, 401, `it was made for \"faq\"`},
		{"a statement by another project", http.Header{"Spinoff-Statement": {testIdentity(t, 'x').SignConsumer("tickets", "vault")}}, nil, 401, "not by this project's key"},
		{"a statement of a person", http.Header{"Spinoff-Statement": {identity.Sign(spinoff.Person{Email: "a@b.c"}, "vault")}}, nil, 401, "it is about something else"},

		{"a certificate", nil, certified("shop"), 200, "shop"},
		{"a certificate with a DNS name", nil, certified("some text", "shop.example", "x"), 200, "shop.example"},
		{"a certificate without a name", nil, certified("some text"), 401, "need the name and the secret"},
		{"a certificate that nobody has verified", nil, unverified, 401, "need the name and the secret"},
		{"a key and a certificate", http.Header{"Authorization": {basic("support", support)}}, certified("shop"), 200, "support"},
		{"a wrong key and a certificate", http.Header{"Authorization": {basic("support", "x")}}, certified("shop"), 401, "need the name and the secret"},
		{"relayed, by the certificate of who relays", http.Header{"Spinoff-Relayed": {"call"}}, certified("front"), 401, "need the name and the secret"},
		{"relayed, with a key", http.Header{"Spinoff-Relayed": {"call"}, "Authorization": {basic("support", support)}}, certified("front"), 200, "support"},
		{"relayed as a page, with the key of who relays", http.Header{"Spinoff-Relayed": {"page"}, "Authorization": {basic("support", support)}}, nil, 401, "took this call for a page"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/who", nil)
		r.TLS = c.tls
		maps.Copy(r.Header, c.header)
		w := httptest.NewRecorder()
		provider.ServeHTTP(w, r)
		want := c.want
		if c.status == http.StatusOK {
			want = `{"consumer":"` + c.want + `"}`
		}
		if w.Code != c.status || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d %s; want %d with %q", c.name, w.Code, w.Body, c.status, want)
		}
		if got, want := w.Header().Get("WWW-Authenticate"), `Basic realm="vault", charset="UTF-8"`; (got == want) != (c.status == http.StatusUnauthorized) {
			t.Errorf("%s: WWW-Authenticate %q with status %d", c.name, got, w.Code)
		}
	}
	if n := strings.Count(log.String(), "call refused"); n == 0 || n > 5 {
		t.Errorf("so many refusals are logged: %d; want one a second\n%s", n, log.String())
	}
	for _, secret := range []string{support, billing, stated} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log has a secret:\n%s", log.String())
		}
	}
	for _, use := range provider.Uses() {
		if use.Consumer == "eve" || use.Consumer == "front" {
			t.Errorf("a refused call is counted for %q, who may not have made it", use.Consumer)
		}
	}
}

// TestWithoutKeysANameIsBelieved: what is proven counts more all the same, and what cannot be verified counts for nothing.
func TestWithoutKeysANameIsBelieved(t *testing.T) {
	identity := testIdentity(t, 'k')
	provider, _, _ := vault(t, identity, io.Discard)
	provider.SetKeys(nil)
	for _, c := range []struct {
		name   string
		header http.Header
		tls    *tls.ConnectionState
		want   string
	}{
		{"nothing", nil, nil, ""},
		{"a name", http.Header{"Spinoff-Consumer": {"support"}}, nil, "support"},
		{"a user", http.Header{"Authorization": {basic("support", "anything")}}, nil, "support"},
		{"a statement and a name", http.Header{"Spinoff-Statement": {identity.SignConsumer("tickets", "vault")}, "Spinoff-Consumer": {"support"}}, nil, "tickets"},
		{"a statement by another project", http.Header{"Spinoff-Statement": {testIdentity(t, 'x').SignConsumer("tickets", "vault")}, "Spinoff-Consumer": {"support"}}, nil, "support"},
		{"a certificate and a name", http.Header{"Spinoff-Consumer": {"support"}}, certified("shop"), "shop"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/who", nil)
		r.TLS = c.tls
		maps.Copy(r.Header, c.header)
		w := httptest.NewRecorder()
		provider.ServeHTTP(w, r)
		if want := `{"consumer":"` + c.want + `"}`; w.Code != http.StatusOK || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d %s; want %s", c.name, w.Code, w.Body, want)
		}
	}
}

// TestWhoMayCall calls an endpoint that lists its consumers, in process and over HTTP.
func TestWhoMayCall(t *testing.T) {
	identity := testIdentity(t, 'k')
	provider, support, billing := vault(t, identity, io.Discard)
	server := httptest.NewServer(provider)
	defer server.Close()
	remote := func(user *url.Userinfo, identity *call.Identity) *call.Target {
		base, err := call.ParseBases(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		base[0].User = user
		return &call.Target{Remote: call.NewRemote("vault", base, call.NewTransport(), identity, slog.New(slog.DiscardHandler), call.RemoteOptions{})}
	}
	local := &call.Target{Local: provider}
	const refused = "billing may not call vault.v1.close; its contract says who may: support, tickets"
	for _, c := range []struct {
		name     string
		consumer string
		target   *call.Target
		want     string // consumer, or the error
		err      *spinoff.Error
	}{
		{"in process", "tickets", local, "tickets", nil},
		{"in process, another", "billing", local, refused, spinoff.ErrForbidden},
		{"in process, nobody", "", local, "a consumer without a name may not call", spinoff.ErrForbidden},
		{"with a key", "app", remote(url.UserPassword("support", support), nil), "support", nil},
		{"with a key of another", "tickets", remote(url.UserPassword("billing", billing), nil), refused, spinoff.ErrForbidden},
		{"with a wrong key", "tickets", remote(url.UserPassword("support", billing), identity), "calls of vault need", spinoff.ErrUnauthenticated},
		{"a process of the project", "tickets", remote(nil, identity), "tickets", nil},
		{"a process of the project, another app", "billing", remote(nil, identity), refused, spinoff.ErrForbidden},
		{"a process of another project", "tickets", remote(nil, testIdentity(t, 'x')), "cannot be verified", spinoff.ErrUnauthenticated},
		{"a process without a key", "tickets", remote(nil, nil), "calls of vault need", spinoff.ErrUnauthenticated},
	} {
		calls := call.NewCalls(c.consumer, []spinoff.Service{vault1}, call.Targets{"vault": c.target})
		out, err := closes.Call(t.Context(), calls, struct{}{})
		switch {
		case c.err == nil && (err != nil || out.Consumer != c.want):
			t.Errorf("%s: %+v, %v; want %s", c.name, out, err, c.want)
		case c.err != nil && (spinoff.AsError(err) == nil || spinoff.AsError(err).Code != c.err.Code || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %+v, %v; want %s: %s", c.name, out, err, c.err.Code, c.want)
		}
	}
}

func TestConsumersThatCannotBeNamed(t *testing.T) {
	answer := func(context.Context, struct{}) (caller, error) { return caller{}, nil }
	e := closes
	e.Consumers = []string{"support", "sup:port"}
	_, err := call.NewProvider("vault", []spinoff.Handler{e.Serve(answer)}, nil, nil, slog.New(slog.DiscardHandler))
	if want := `endpoint vault.v1 "POST /close": consumer "sup:port": the name of a consumer is`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("NewProvider: %v, want %q", err, want)
	}
}
