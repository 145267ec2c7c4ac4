package sample_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff/contract/sample"
)

// shop answers stories: POST /v1/create makes an entry with an id that nobody can guess, GET /v1/entries/{id} shows it.
func shop(greeting string) sample.Stage {
	started := 0
	return func(_ context.Context, _ *sample.Story, ahead time.Duration) (string, func() error, error) {
		started++
		id, made := fmt.Sprintf("id-%d+&", started), time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC).Add(ahead).Format(time.RFC3339)
		mux := http.NewServeMux()
		show := func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("ETag", `"`+made+`"`)
			fmt.Fprintf(w, `{"id": %q, "text": %q, "created_at": %q, "views": 1, "tags": ["a", "b"]}`, id, greeting, made)
		}
		mux.HandleFunc("POST /shop/v1/create", func(w http.ResponseWriter, _ *http.Request) { show(w) })
		mux.HandleFunc("GET /shop/v1/entries/{id}", func(w http.ResponseWriter, r *http.Request) {
			if r.PathValue("id") != id || r.Header.Get("If-None-Match") != "" && r.Header.Get("If-None-Match") != `"`+made+`"` {
				http.Error(w, "no such entry: "+r.PathValue("id"), http.StatusNotFound)
				return
			}
			show(w)
		})
		mux.HandleFunc("POST /shop/v1/echo", func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) })
		mux.HandleFunc("GET /shop/v1/problem", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusConflict)
			fmt.Fprintf(w, `{"type": "urn:x", "title": %q, "detail": %q, "errors": [{"pointer": "#/a", "detail": %q}]}`, greeting, greeting, greeting)
		})
		mux.HandleFunc("GET /shop/v1/odd", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(200 + started%2) })
		server := httptest.NewServer(mux)
		return server.URL + "/shop", func() error { server.Close(); return nil }, nil
	}
}

const requests = `
# an entry, and a look at it
POST /v1/create {"text": "hello"}
GET /v1/entries/{{1.id}}
GET /v1/entries/99
POST /v1/echo {"of": "{{1.ETag}}"}
`

// record records the requests and takes the story through its file.
func record(t *testing.T, text, greeting string) *sample.Story {
	t.Helper()
	s, err := sample.Parse("shop.v1", text)
	if err != nil {
		t.Fatal(err)
	}
	recorded, err := sample.Record(t.Context(), s, shop(greeting))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), sample.Folder, "entry.json")
	if err := recorded.Write(file); err != nil {
		t.Fatal(err)
	}
	read, err := sample.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	return read
}

func TestRecord(t *testing.T) {
	s := record(t, requests, "hello")
	body := strings.Join(strings.Fields(string(s.Steps[1].Answer.Body)), " ")
	if want := `{ "created_at": "{{any time}}", "id": "{{any text}}", "tags": [ "a", "b" ], "text": "hello", "views": 1 }`; body != want {
		t.Errorf("recorded %s, want %s", body, want)
	}
	if got := s.Steps[1].Answer.Header["Etag"]; got != "{{any text}}" {
		t.Errorf("recorded ETag %q, want one that may be any", got)
	}
	if got := s.Steps[2].Answer.Status; got != http.StatusNotFound {
		t.Errorf("recorded status %d, want 404", got)
	}
}

// TestReplay: the same behaviour is no difference, and another one is told.
func TestReplay(t *testing.T) {
	s := record(t, requests, "hello")
	if got, err := sample.Replay(t.Context(), s, shop("hello")); got != "" || err != nil {
		t.Errorf("Replay against the same provider: %q, %v", got, err)
	}
	got, err := sample.Replay(t.Context(), s, shop("good day"))
	want := "step 1, POST /v1/create\n  body.text: was \"hello\", is \"good day\"\nstep 2, GET /v1/entries/{{1.id}}\n  body.text: was \"hello\", is \"good day\"\n"
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("Replay against another provider (-want +got): %s, %v", diff, err)
	}
}

// TestDifferences has an answer for each way to differ.
func TestDifferences(t *testing.T) {
	const echo = `POST /v1/echo {"a": 1, "list": [1, 2], "deep": {"x": "y"}, "at": "2026-11-24T09:00:00Z"}`
	s := record(t, echo, "")
	for _, c := range []struct{ body, want string }{
		{`{"a": 1, "list": [1, 2], "deep": {"x": "y"}, "at": "2026-11-24T09:00:00Z"}`, ""},
		{`{"a": 1.0, "list": [1, 2], "deep": {"x": "y"}, "at": "2026-11-24T09:00:00Z"}`, "body.a: was 1, is 1.0"},
		{`{"a": "1", "list": [1, 2], "deep": {"x": "y"}, "at": "2026-11-24T09:00:00Z"}`, `body.a: was 1, is "1"`},
		{`{"list": [1, 2], "deep": {"x": "y"}, "at": "2026-11-24T09:00:00Z"}`, "body.a: was 1, is not there"},
		{`{"a": 1, "list": [2, 2, 3], "deep": {"x": "y"}, "at": "2026-11-24T09:00:00Z"}`, "body.list[0]: was 1, is 2\n  body.list: had 2 items, has 3"},
		{`{"a": 1, "list": null, "deep": {"x": "y"}, "at": "2026-11-24T09:00:00Z"}`, "body.list: was [1,2], is nothing"},
		{`{"a": 1, "list": [1, 2], "deep": {"x": "y", "z": true}, "at": "2026-11-24T09:00:00Z"}`, "body.deep.z: was not there, is true"},
		{`{"a": 1, "list": [1, 2], "deep": {"x": "y"}, "at": "2026-11-25T09:00:00Z"}`, `body.at: was "2026-11-24T09:00:00Z", is "2026-11-25T09:00:00Z"`},
	} {
		changed := *s
		changed.Steps = []sample.Step{s.Steps[0]}
		changed.Steps[0].Request.Body = []byte(c.body)
		got, err := sample.Replay(t.Context(), &changed, shop(""))
		if c.want != "" {
			c.want = "step 1, POST /v1/echo\n  " + c.want + "\n"
		}
		if got != c.want || err != nil {
			t.Errorf("Replay %s: got %q, %v; want %q", c.body, got, err, c.want)
		}
	}
}

// TestOtherVersion: calls of another version make what a story finds, and are not part of what it shows.
func TestOtherVersion(t *testing.T) {
	s := record(t, "POST /v1/create {}\nGET /v1/entries/{{1.id}}", "hello")
	s.Service = "shop.v2"
	if got, err := sample.Replay(t.Context(), s, shop("good day")); got != "" || err != nil {
		t.Errorf("Replay: %q, %v; want no difference in version 2", got, err)
	}
}

// TestProblem: the texts of an error that are for people may change.
func TestProblem(t *testing.T) {
	s := record(t, "GET /v1/problem", "no")
	if got, err := sample.Replay(t.Context(), s, shop("sorry, no")); got != "" || err != nil {
		t.Errorf("Replay with other words: %q, %v", got, err)
	}
}

// TestRecordRefuses what is another thing each time, and places that are not there.
func TestRecordRefuses(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"GET /v1/odd", "it answers 201 one time and 200 the other"},
		{"GET /v1/entries/{{1.id}}", "{{1.id}} names the answer of step 1, and there are 0 steps before this one"},
		{"POST /v1/create {}\nGET /v1/entries/{{1.name}}", "{{1.name}}: the answer of step 1 has none"},
	} {
		s, err := sample.Parse("shop.v1", c.text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := sample.Record(t.Context(), s, shop("")); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Record %q: %v, want %q", c.text, err, c.want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "there is no request in it"},
		{"# nothing", "there is no request in it"},
		{"\nLOOK /v1/x", "line 2: "},
		{"GET x", "is not a request"},
		{"POST /v1/x {", "line 1: the body is not JSON"},
	} {
		if _, err := sample.Parse("shop.v1", c.text); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Parse(%q): %v, want %q", c.text, err, c.want)
		}
	}
}

// TestBind finds out where a recorded request took its values from.
func TestBind(t *testing.T) {
	step := func(method, path, ifMatch, body, answer string) sample.Step {
		s := sample.Step{Request: sample.Request{Method: method, Path: path, Header: map[string]string{"If-Match": ifMatch}}}
		if body != "" {
			s.Request.Body = []byte(body)
		}
		s.Answer = sample.Answer{Header: map[string]string{"Etag": `"one"`}, Body: []byte(answer)}
		return s
	}
	s := sample.Story{Service: "shop.v1", Steps: []sample.Step{
		step("POST", "/v1/create", "", `{"source": 7}`, `{"id": 7, "secret": "ABCDEF", "items": [{"id": 8}], "text": "hello hello"}`),
		step("PUT", "/v1/7/8", `"one"`, `{"text": "hello hello", "secret": "ABCDEF", "source": 7}`, `{"next": "x/y+z"}`),
		step("GET", "/v1/entries?after=x%2Fy%2Bz&limit=7", "", "", "{}"),
	}}
	s.Bind()
	got := []string{s.Steps[0].Request.Path, s.Steps[1].Request.Path, s.Steps[1].Request.Header["If-Match"], string(s.Steps[1].Request.Body), s.Steps[2].Request.Path}
	want := []string{"/v1/create", "/v1/{{1.id}}/{{1.items.0.id}}", "{{1.ETag}}", `{"text": "hello hello", "secret": "{{1.secret}}", "source": 7}`, "/v1/entries?after={{2.next}}&limit=7"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Bind (-want +got):\n%s", diff)
	}
}
