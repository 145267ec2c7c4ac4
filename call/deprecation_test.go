package call_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/call"
)

// ends is what becomes of the FAQ: version 1 is to go, and version 2 once had an endpoint with another name.
var ends = call.Ends{
	Deprecated: map[spinoff.Service]spinoff.Deprecation{faq1: {On: "2026-11-01", Sunset: "2027-05-01", Successor: "faq.v2"}},
	Retired: []call.Retired{
		{Version: 2, Route: "POST /file", On: "2026-10-01", Successor: "faq.v2.create"},
		{Version: 1, Route: "GET /old/{number}", On: "2026-10-01"},
	},
}

func endingFAQ(t testing.TB, log *slog.Logger) *call.Provider {
	t.Helper()
	provider, err := call.NewProvider("faq", handlers, nil, nil, log)
	if err == nil {
		err = provider.SetEnds(ends)
	}
	if err != nil {
		t.Fatal(err)
	}
	return provider
}

func TestAnswersTellOfTheEnd(t *testing.T) {
	server := httptest.NewServer(http.StripPrefix("/faq", endingFAQ(t, slog.New(slog.DiscardHandler))))
	defer server.Close()
	deprecated := func(successor, docs string) http.Header {
		return http.Header{
			"Deprecation": {"@1793491200"},
			"Sunset":      {"Sat, 01 May 2027 00:00:00 GMT"},
			"Link":        {successor + `; rel="successor-version"; title="faq.v2.create"`, docs + `; rel="deprecation"; type="text/html"`},
		}
	}
	const ok, wrong = "question=q&source=1", "question=q"
	for _, c := range []struct {
		method, path, body string
		status             int
		link               string // where the successor is, seen from the request
		want               http.Header
	}{
		{"POST", "/faq/v1/create", ok, 200, "/faq/v2/create", deprecated("<../v2/create>", "<../v1/docs>")},
		{"POST", "/faq/v1/create", wrong, 422, "/faq/v2/create", deprecated("<../v2/create>", "<../v1/docs>")},
		{"POST", "/faq/v1/create/", ok, 200, "/faq/v2/create", deprecated("<../../v2/create>", "<../../v1/docs>")},
		{"POST", "/faq/create", ok, 200, "/faq/v2/create", deprecated("<./v2/create>", "<./v1/docs>")},
		{"POST", "/faq/v2/create", ok, 201, "", http.Header{}},
		{"POST", "/faq/v2/file", ok, 410, "/faq/v2/create", http.Header{"Link": {`<../v2/create>; rel="successor-version"; title="faq.v2.create"`}}},
		{"GET", "/faq/old/7", "", 410, "", http.Header{}},
		{"GET", "/faq/v2/file", "", 404, "", http.Header{}},
	} {
		r, err := http.NewRequest(c.method, server.URL+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != c.status {
			t.Errorf("%s %s: got status %d and error %v, want %d\n%s", c.method, c.path, response.StatusCode, err, c.status, body)
		}
		got := http.Header{}
		for _, name := range []string{"Deprecation", "Sunset", "Link"} {
			if v := response.Header.Values(name); v != nil {
				got[name] = v
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s %s: headers (-want +got):\n%s", c.method, c.path, diff)
		}
		if c.link != "" {
			target, _, _ := strings.Cut(strings.TrimPrefix(got.Get("Link"), "<"), ">")
			to, err := r.URL.Parse(target)
			if err != nil || to.Path != c.link {
				t.Errorf("%s %s: the link goes to %v (%v), want %s", c.method, c.path, to, err, c.link)
			}
		}
		if c.status == 410 && !strings.Contains(string(body), `"type":"urn:problem-type:gone"`) {
			t.Errorf("%s %s: got %s, want a problem of type gone", c.method, c.path, body)
		}
	}
}

func TestConsumersAreToldOnceADay(t *testing.T) {
	quiet := slog.New(slog.DiscardHandler)
	server := httptest.NewServer(endingFAQ(t, quiet))
	defer server.Close()
	base, err := call.ParseBases(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	for _, way := range []string{"in process", "over HTTP"} {
		var text bytes.Buffer
		log := slog.New(slog.NewTextHandler(&text, nil))
		target := &call.Target{Local: endingFAQ(t, log)}
		if way == "over HTTP" {
			target = &call.Target{Remote: call.NewRemote("faq", base, call.NewTransport(), nil, log, call.RemoteOptions{})}
		}
		for _, consumer := range []string{"tickets", "billing", "tickets"} {
			calls := call.NewAllCalls(consumer, call.Targets{"faq": target})
			if _, err := create1.Call(t.Context(), calls, newQuestion1{"q", 1}); err != nil {
				t.Fatal(err)
			}
			if _, err := create2.Call(t.Context(), calls, newQuestion2{Question: "q", Source: 1}); err != nil {
				t.Fatal(err)
			}
		}
		got := strings.Split(strings.TrimSpace(text.String()), "\n")
		if len(got) != 2 {
			t.Errorf("%s: three calls of two consumers were logged as\n%s\nwant one line for each consumer", way, text.String())
		}
		instead := map[string]string{"in process": "faq.v2", "over HTTP": "faq.v2.create"}[way] // the link that comes with an answer names the endpoint
		want := "endpoint=faq.v1.create consumer=tickets deprecated=2026-11-01 sunset=2027-05-01 instead=" + instead
		if !strings.Contains(text.String(), want+"\n") {
			t.Errorf("%s: got\n%s\nwant %q", way, text.String(), want)
		}
	}
}

func TestGoneMeansTheSameOnBothWays(t *testing.T) {
	provider := endingFAQ(t, slog.New(slog.DiscardHandler))
	server := httptest.NewServer(provider)
	defer server.Close()
	base, err := call.ParseBases(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	file := spinoff.Endpoint[newQuestion2, question2]{Service: faq2, Route: "POST /file"}
	for way, target := range map[string]*call.Target{
		"in process": {Local: provider},
		"over HTTP":  {Remote: call.NewRemote("faq", base, call.NewTransport(), nil, slog.New(slog.DiscardHandler), call.RemoteOptions{})},
	} {
		_, err := file.Call(t.Context(), call.NewAllCalls("test", call.Targets{"faq": target}), newQuestion2{Question: "q", Source: 1})
		const want = "this endpoint is gone: faq.v2 POST /file was retired on 2026-10-01; use faq.v2.create: POST /v2/create"
		if !errors.Is(err, spinoff.ErrGone) || err.Error() != want {
			t.Errorf("%s: a call of a retired endpoint: got %v, want %s", way, err, want)
		}
	}
}

func TestEndsThatCannotBe(t *testing.T) {
	one := func(d spinoff.Deprecation) call.Ends {
		return call.Ends{Deprecated: map[spinoff.Service]spinoff.Deprecation{faq1: d}}
	}
	for _, c := range []struct {
		ends call.Ends
		want string
	}{
		{one(spinoff.Deprecation{On: "1 November"}), `On is "1 November"`},
		{one(spinoff.Deprecation{On: "2026-11-01", Sunset: "2026-02-30"}), `Sunset is "2026-02-30"`},
		{one(spinoff.Deprecation{On: "2026-11-01", Sunset: "2026-10-01"}), "Sunset 2026-10-01 is before On 2026-11-01"},
		{one(spinoff.Deprecation{On: "2026-11-01", Successor: "faq.v3"}), `its Successor "faq.v3" does not exist`},
		{one(spinoff.Deprecation{On: "2026-11-01", Successor: "faq.v1.create"}), "its Successor is itself"},
		{call.Ends{Deprecated: map[spinoff.Service]spinoff.Deprecation{{Name: "faq", Version: 3}: {On: "2026-11-01"}}}, "app faq deprecates faq.v3, which it does not provide; it has v1, v2"},
		{call.Ends{Retired: []call.Retired{{Version: 2, Route: "GET /entries/{number}", On: "2026-10-01"}}}, "an endpoint with this path was retired on 2026-10-01"},
	} {
		provider, err := call.NewProvider("faq", handlers, nil, nil, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		if err = provider.SetEnds(c.ends); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("SetEnds(%+v): got %v, want %q", c.ends, err, c.want)
		}
	}
	elsewhere := one(spinoff.Deprecation{On: "2026-11-01", Successor: "help.v1.create"})
	elsewhere.Known = func(name string) bool { return name == "help.v1.create" }
	if err := endingFAQ(t, slog.New(slog.DiscardHandler)).SetEnds(elsewhere); err != nil {
		t.Errorf("a successor in another app: got %v, want none", err)
	}
}

func TestUses(t *testing.T) {
	provider, err := call.NewProvider("faq", handlers, nil, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	provider.Expect("tickets")
	server := httptest.NewServer(provider)
	defer server.Close()
	base, err := call.ParseBases(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	base[0].User = url.UserPassword("support", "secret")
	remote := call.NewRemote("faq", base, call.NewTransport(), nil, slog.New(slog.DiscardHandler), call.RemoteOptions{})
	local := call.Targets{"faq": {Local: provider}}
	ask := func(calls spinoff.Caller) {
		t.Helper()
		if _, err := create1.Call(context.Background(), calls, newQuestion1{"q", 1}); err != nil {
			t.Fatal(err)
		}
	}
	ask(call.NewAllCalls("", call.Targets{"faq": {Remote: remote}})) // as curl does with the user in the URL
	ask(call.NewAllCalls("billing", call.Targets{"faq": {Remote: remote}}))
	ask(call.NewAllCalls("", local))
	for i := range 200 {
		ask(call.NewAllCalls(fmt.Sprint("stranger", i), local))
	}
	for range 3 {
		ask(call.NewAllCalls("tickets", local))
	}
	got := map[string]int64{}
	for _, u := range provider.Uses() {
		if u.FullName() != "faq.v1.create" {
			t.Errorf("%s counts %d calls, and only faq.v1.create was called", u.FullName(), u.Calls)
		}
		if strings.HasPrefix(u.Consumer, "stranger") {
			u.Consumer = "strangers"
		}
		got[u.Consumer] += u.Calls
	}
	if diff := cmp.Diff(map[string]int64{"support": 1, "billing": 1, "unknown": 1, "strangers": 59, "others": 141, "tickets": 3}, got); diff != "" {
		t.Errorf("uses (-want +got):\n%s", diff)
	}
	if names := len(provider.Uses()); names != 64 {
		t.Errorf("%d consumers are counted apart, want 64 at most, with those without a name and the others", names)
	}
	if i := slices.IndexFunc(provider.Uses(), func(u call.Use) bool { return u.Consumer == "tickets" }); i < 0 {
		t.Error("an expected consumer is not counted apart after many strangers")
	}
}
