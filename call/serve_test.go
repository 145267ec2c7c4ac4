package call_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/call"
)

// The FAQ of the talk: version 1 has question and source, version 2 has related entries too.
type (
	newQuestion1 struct {
		Question string `json:"question" spinoff:"min=1,max=300"`
		Source   int64  `json:"source" spinoff:"min=1"`
	}
	question1 struct {
		ID       int64  `json:"id"`
		Question string `json:"question"`
		Source   int64  `json:"source"`
	}
	newQuestion2 struct {
		Question string  `json:"question" spinoff:"min=1,max=300"`
		Source   int64   `json:"source" spinoff:"min=1"`
		Related  []int64 `json:"related,omitempty"`
	}
	question2 struct {
		ID       int64   `json:"id"`
		Question string  `json:"question"`
		Source   int64   `json:"source"`
		Related  []int64 `json:"related"`
		Person   string  `json:"person,omitempty"`
		Status   int     `json:"-" spinoff:"status=201|200"`
	}
	entryID struct {
		ID   string `json:"id"`
		Lang string `json:"lang,omitempty" spinoff:"oneof=en|de"`
	}
)

var (
	faq1     = spinoff.Service{Name: "faq", Version: 1}
	faq2     = spinoff.Service{Name: "faq", Version: 2}
	gone     = &spinoff.Error{Code: "faq.gone", Status: http.StatusGone, Title: "it is gone"}
	create1  = spinoff.Endpoint[newQuestion1, question1]{Service: faq1, Route: "POST /create"}
	create2  = spinoff.Endpoint[newQuestion2, question2]{Service: faq2, Route: "POST /create"}
	get2     = spinoff.Endpoint[entryID, question2]{Service: faq2, Route: "GET /entries/{id}", Errors: []*spinoff.Error{gone}}
	slow2    = spinoff.Endpoint[struct{}, struct{}]{Service: faq2, Route: "POST /slow", Timeout: time.Minute}
	handlers = []spinoff.Handler{
		create2.Serve(func(ctx context.Context, in newQuestion2) (question2, error) {
			return question2{ID: 7, Question: in.Question, Source: in.Source, Related: in.Related, Person: spinoff.OriginOf(ctx).Person.Name}, nil
		}),
		spinoff.Older(create1, create2,
			func(in newQuestion1) newQuestion2 { return newQuestion2{Question: in.Question, Source: in.Source} },
			func(out question2) question1 { return question1{out.ID, out.Question, out.Source} }),
		get2.Serve(func(_ context.Context, in entryID) (question2, error) {
			if in.ID == "gone" {
				return question2{}, gone.With("entry %s", in.ID)
			}
			return question2{Question: in.ID + in.Lang}, nil
		}),
		slow2.Serve(func(ctx context.Context, _ struct{}) (struct{}, error) {
			<-ctx.Done()
			return struct{}{}, ctx.Err()
		}),
	}
)

func testIdentity(t testing.TB, fill byte) *call.Identity {
	t.Helper()
	identity, err := call.NewIdentity(time.Now, []byte(strings.Repeat(string(fill), 32)))
	if err != nil {
		t.Fatal(err)
	}
	return identity
}

func serveFAQ(t testing.TB) *httptest.Server {
	t.Helper()
	provider, err := call.NewProvider("faq", handlers, nil, testIdentity(t, 'k'), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(provider)
	t.Cleanup(server.Close)
	return server
}

func TestServe(t *testing.T) {
	server := serveFAQ(t)
	const form, jsonType = "application/x-www-form-urlencoded", "application/json"
	for _, c := range []struct {
		name, method, path, media, body string
		status                          int
		want                            string // part of the answer
	}{
		{"v1 form", "POST", "/v1/create", form, "question=my+question&source=123", 200, `{"id":7,"question":"my question","source":123}`},
		{"v1 JSON", "POST", "/v1/create", jsonType, `{"question":"my question","source":123}`, 200, `"source":123`},
		{"no version is v1", "POST", "/create", form, "question=q&source=1", 200, `{"id":7,"question":"q","source":1}`},
		{"slash at the end", "POST", "/create/", form, "question=q&source=1", 200, `{"id":7,"question":"q","source":1}`},
		{"slash at the end of v2", "POST", "/v2/create/", form, "question=q&source=1", 201, `"related":[]`},
		{"v2 form list", "POST", "/v2/create", form, "question=q&source=1&related=456&related=789", 201, `"related":[456,789]`},
		{"v2 JSON list", "POST", "/v2/create", jsonType + "; charset=utf-8", `{"question":"q","source":1,"related":[456]}`, 201, `"related":[456]`},
		{"no media type is a form", "POST", "/v2/create", "", "question=q&source=1", 201, `"question":"q"`},
		{"path", "GET", "/v2/entries/a%2Fb%20c", "", "", 201, `"question":"a/b c"`},
		{"path and query", "GET", "/v2/entries/x?lang=de", "", "", 201, `"question":"xde"`},
		{"HEAD", "HEAD", "/v2/entries/x", "", "", 201, ""},
		{"declared error", "GET", "/v2/entries/gone", "", "", 410, `"type":"urn:problem-type:faq.gone","title":"it is gone","status":410,"detail":"entry gone","request_id":`},

		{"related is not in v1", "POST", "/v1/create", form, "question=q&source=1&related=2", 422, `"pointer":"#/related","code":"unknown"`},
		{"missing", "POST", "/create", form, "question=q", 422, `"pointer":"#/source","code":"required"`},
		{"missing in JSON", "POST", "/create", jsonType, `{"question":"q"}`, 422, `"pointer":"#/source","code":"required"`},
		{"not a number", "POST", "/create", form, "question=q&source=abc", 422, `must be a whole number`},
		{"wrong type in JSON", "POST", "/create", jsonType, `{"question":"q","source":"1"}`, 422, `must be a whole number, not text`},
		{"empty", "POST", "/create", form, "question=&source=1", 422, `must have 1 to 300 characters`},
		{"repeated", "POST", "/create", form, "question=a&question=b&source=1", 422, `is there 2 times`},
		{"trailing data", "POST", "/create", jsonType, `{"question":"q","source":1}{}`, 400, `there is more after the end`},
		{"broken JSON", "POST", "/create", jsonType, `{"question":`, 400, `it ends too early`},
		{"broken form", "POST", "/create", form, "question=%zz", 400, `invalid URL escape`},
		{"bad UTF-8 in a form", "POST", "/create", form, "question=%ff&source=1", 422, `must be text in UTF-8`},
		{"wrong media type", "POST", "/create", "text/plain", "question=q", 415, `send application/json or application/x-www-form-urlencoded`},
		{"too large", "POST", "/create", jsonType, `{"question":"` + strings.Repeat("x", 1<<20) + `"}`, 413, `more than 1048576 bytes`},
		{"query beside a body", "POST", "/v2/create?source=1", form, "question=q", 400, `from the body, not from the query`},
		{"unknown query", "GET", "/v2/entries/x?utm=1", "", "", 422, `"pointer":"#/utm","code":"unknown"`},
		{"not one of", "GET", "/v2/entries/x?lang=fr", "", "", 422, `must be one of en, de`},

		{"unknown version", "POST", "/v9/create", form, "question=q&source=1", 404, `service faq has no version 9; it has v1, v2`},
		{"version 0", "POST", "/v0/create", form, "", 404, `has no version 0`},
		{"not in v1", "GET", "/v1/entries/x", "", "", 404, `service faq has no \"GET /entries/x\" in version 1`},
		{"unknown endpoint", "POST", "/nothing", form, "", 404, `urn:problem-type:no_endpoint`},
		{"wrong method", "GET", "/v2/create", "", "", 405, `/v2/create takes POST`},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), c.method, server.URL+c.path, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			if c.media != "" {
				r.Header.Set("Content-Type", c.media)
			}
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			if err != nil {
				t.Fatal(err)
			}
			if response.StatusCode != c.status || !strings.Contains(string(body), c.want) {
				t.Errorf("%s %s: got %d %s, want %d %s", c.method, c.path, response.StatusCode, body, c.status, c.want)
			}
			media := response.Header.Get("Content-Type")
			if want := map[bool]string{true: "application/problem+json", false: "application/json"}[c.status >= 400]; media != want {
				t.Errorf("Content-Type %q, want %q", media, want)
			}
			if c.status >= 400 && !json.Valid(body) {
				t.Errorf("the problem is not JSON: %s", body)
			}
		})
	}
}

func TestRequestIDsFromOutside(t *testing.T) {
	server := serveFAQ(t)
	for id, kept := range map[string]bool{"abc-123": true, "": false, "a b": false, "a\"b": false, strings.Repeat("x", 129): false, "é": false} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/v2/entries/x", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header["X-Request-Id"] = []string{id}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		got := response.Header.Get("X-Request-Id")
		if (got == id) != kept || got == "" {
			t.Errorf("request id %q: answered with %q, want it kept: %v", id, got, kept)
		}
	}
}

func TestTheCallersTimeIsTheProviders(t *testing.T) {
	server := serveFAQ(t)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/v2/slow", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Spinoff-Timeout-Ms", "30")
	start := time.Now()
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if took := time.Since(start); response.StatusCode != http.StatusGatewayTimeout || took > 30*time.Second {
		t.Errorf("a call with 30 ms left: status %d after %s, want 504 long before the endpoint's minute is over", response.StatusCode, took)
	}
}

func TestPersonTravelsAsAStatement(t *testing.T) {
	server := serveFAQ(t)
	base, err := call.ParseBases(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	ctx := spinoff.WithOrigin(t.Context(), spinoff.Origin{Person: spinoff.Person{Email: "anna@example.com", Name: "Anna"}})
	ask := func(identity *call.Identity) (question2, error) {
		remote := call.NewRemote("faq", base, call.NewTransport(), identity, slog.New(slog.DiscardHandler), call.RemoteOptions{})
		calls := call.NewAllCalls("test", call.Targets{"faq": {Remote: remote}})
		return create2.Call(ctx, calls, newQuestion2{Question: "q", Source: 1})
	}
	if out, err := ask(testIdentity(t, 'k')); err != nil || out.Person != "Anna" {
		t.Errorf("with the project's key: %+v, %v; want Anna", out, err)
	}
	if _, err := ask(testIdentity(t, 'x')); spinoff.AsError(err) == nil || spinoff.AsError(err).Code != "unauthenticated" {
		t.Errorf("with another key: %v, want unauthenticated", err)
	}
	if out, err := ask(nil); err != nil || out.Person != "" {
		t.Errorf("without a key: %+v, %v; want nobody", out, err)
	}
}

func TestStatements(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	identity, err := call.NewIdentity(func() time.Time { return now }, []byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	anna := spinoff.Person{Email: "anna@example.com", Name: "Anna"}
	text := identity.Sign(anna, "faq")
	if got, err := identity.Verify(text, "faq"); err != nil || got != anna {
		t.Errorf("Verify: %v %v, want Anna", got, err)
	}
	head, tail, _ := strings.Cut(text, ".")
	other := identity.Sign(spinoff.Person{Email: "eve@example.com"}, "faq")
	otherHead, _, _ := strings.Cut(other, ".")
	for name, forged := range map[string]string{
		"nothing": "", "another payload": otherHead + "." + tail, "no signature": head, "cut": text[:len(text)-2], "not base64": "%%%.%%%",
	} {
		if got, err := identity.Verify(forged, "faq"); err == nil {
			t.Errorf("Verify of %s: got %v, want an error", name, got)
		}
	}
	if _, err := identity.Verify(text, "tickets"); err == nil || !strings.Contains(err.Error(), `made for "faq"`) {
		t.Errorf("Verify by another app: %v", err)
	}
	now = now.Add(2 * time.Minute)
	if _, err := identity.Verify(text, "faq"); err == nil || !strings.Contains(err.Error(), "expired") {
		t.Errorf("Verify after two minutes: %v", err)
	}
}

func TestProviderElsewhereThatIsNone(t *testing.T) {
	answer := func(status int, media, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", media)
			w.WriteHeader(status)
			io.WriteString(w, body)
		}
	}
	for name, c := range map[string]struct {
		handler http.Handler
		want    string
	}{
		"a web page":        {answer(200, "text/html", "<h1>hi</h1>"), `it answers with "text/html", not JSON`},
		"a proxy's error":   {answer(502, "text/html", "bad gateway"), `status 502 and "text/html", which no spinoff service does`},
		"a redirect":        {http.RedirectHandler("https://elsewhere.example/", http.StatusFound), "status 302"},
		"half an answer":    {answer(200, "application/json", `{"id":`), "its answer cannot be read"},
		"another type":      {answer(200, "application/json", `{"id":"x"}`), "its answer breaks the contract"},
		"a foreign problem": {answer(403, "application/problem+json", `{"type":"https://example.com/x"}`), "unavailable"},
	} {
		server := httptest.NewServer(c.handler)
		base, _ := call.ParseBases(strings.Replace(server.URL, "http://", "http://me:hunter2@", 1))
		calls := call.NewAllCalls("test", call.Targets{"faq": {Remote: call.NewRemote("faq", base, call.NewTransport(), nil, slog.New(slog.DiscardHandler), call.RemoteOptions{})}})
		_, err := create2.Call(t.Context(), calls, newQuestion2{Question: "q", Source: 1})
		e := spinoff.AsError(err)
		if e == nil || e.Code != "unavailable" || c.want != "unavailable" && !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v, want unavailable, %q, and no secret", name, err, c.want)
		}
		server.Close()
	}
}

func TestContractsThatCannotBeKept(t *testing.T) {
	serve := func(e spinoff.Endpoint[newQuestion1, question1]) spinoff.Handler {
		return e.Serve(func(context.Context, newQuestion1) (question1, error) { return question1{}, nil })
	}
	bad := func(change func(*spinoff.Endpoint[newQuestion1, question1])) spinoff.Handler {
		e := create1
		change(&e)
		return serve(e)
	}
	older := handlers[1]
	for _, c := range []struct {
		name     string
		handlers []spinoff.Handler
		want     string
	}{
		{"other service", []spinoff.Handler{bad(func(e *spinoff.Endpoint[newQuestion1, question1]) { e.Service.Name = "tickets" })}, "app faq answers service tickets.v1"},
		{"twice", []spinoff.Handler{serve(create1), serve(create1)}, `faq.v1 "POST /create" is answered twice`},
		{"same name", []spinoff.Handler{serve(create1), bad(func(e *spinoff.Endpoint[newQuestion1, question1]) { e.Route = "POST /x/create" })}, "two endpoints are called faq.v1.create"},
		{"no method", []spinoff.Handler{bad(func(e *spinoff.Endpoint[newQuestion1, question1]) { e.Route = "/create" })}, "a route is a method and a path"},
		{"slash at the end", []spinoff.Handler{bad(func(e *spinoff.Endpoint[newQuestion1, question1]) { e.Route = "POST /create/" })}, "no slash at its end"},
		{"no version", []spinoff.Handler{bad(func(e *spinoff.Endpoint[newQuestion1, question1]) { e.Service.Version = 0 })}, "a version of 1 to 9999"},
		{"no such field", []spinoff.Handler{bad(func(e *spinoff.Endpoint[newQuestion1, question1]) { e.Route = "POST /create/{id}" })}, `has no field "id"`},
		{"another's error", []spinoff.Handler{bad(func(e *spinoff.Endpoint[newQuestion1, question1]) {
			e.Errors = []*spinoff.Error{{Code: "tickets.gone", Status: 410}}
		})}, `"tickets.gone" belongs to another service`},
		{"older than nothing", []spinoff.Handler{older}, `is older than faq.v2 "POST /create", which the app does not answer`},
	} {
		_, err := call.NewProvider("faq", c.handlers, nil, nil, slog.Default())
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}

func TestCounts(t *testing.T) {
	provider, err := call.NewProvider("faq", handlers, nil, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	calls := call.NewAllCalls("test", call.Targets{"faq": {Local: provider}})
	for range 3 {
		_, _ = create1.Call(t.Context(), calls, newQuestion1{Question: "q", Source: 1})
	}
	_, _ = create1.Call(t.Context(), calls, newQuestion1{})
	for _, c := range provider.Counts() {
		want := call.Snapshot{}
		if c.FullName() == "faq.v1.create" {
			want.Calls, want.Errors = 4, 1
		}
		if c.Count.Calls != want.Calls || c.Count.Errors != want.Errors || (c.Count.Calls > 0) != (c.Count.P99 > 0) {
			t.Errorf("%s: counted %+v, want %d calls and %d errors", c.FullName(), c.Count, want.Calls, want.Errors)
		}
	}
}

func TestAnAppCallsOnlyWhatItUses(t *testing.T) {
	provider, err := call.NewProvider("faq", handlers, nil, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	calls := call.NewCalls("tickets", []spinoff.Service{faq1}, call.Targets{"faq": {Local: provider}})
	if _, err := create1.Call(t.Context(), calls, newQuestion1{Question: "q", Source: 1}); err != nil {
		t.Errorf("a call to a service that is used: %v", err)
	}
	if _, err := create2.Call(t.Context(), calls, newQuestion2{Question: "q", Source: 1}); err == nil || !strings.Contains(err.Error(), "faq.v2, which is not among the services it Uses") {
		t.Errorf("a call to a service that is not used: %v", err)
	}
}
