package faq_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/spinofftest"
)

// send posts a body as a program does that knows nothing of Go.
func send(t *testing.T, method, address, contentType, body string) (status int, answer map[string]any, header http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", contentType)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if len(bytes.TrimSpace(text)) > 0 {
		if err := json.Unmarshal(text, &answer); err != nil {
			t.Fatalf("%s %s: %d %s", method, address, response.StatusCode, text)
		}
	}
	return response.StatusCode, answer, response.Header
}

const (
	asForm = "application/x-www-form-urlencoded"
	asJSON = "application/json"
)

func TestFromOutsideGo(t *testing.T) {
	spinofftest.Run(t, project(), "faq", func(t *testing.T, site *spinofftest.Site) {
		for _, row := range []struct {
			path, contentType, body string
			status                  int
			want                    string // part of the answer, as JSON
		}{
			{"/create/", asForm, "question=my question&source=123", 201, `"id":1`},
			{"/create", asForm, "question=my+question&source=123", 200, `"id":1`},
			{"/v1/create", asForm, "question=my question&source=123", 200, `"status":"draft"`},
			{"/v1/create/", asJSON, `{"question": "foo bar", "source": 123}`, 201, `"id":2`},
			{"/v2/create", asForm, "question=and another&source=123&related=456&related=789", 201, `"related_pending":[456,789]`},
			{"/v2/create", asJSON, `{"question": "yet another", "source": 124, "related": [1, 789]}`, 201, `"related":[1]`},
			{"/v1/create", asForm, "question=my question&source=123&related=456", 422, `"#/related"`},
			{"/v9/create", asForm, "question=my question&source=123", 404, "v2"},
			{"/v1/create", asForm, "question=my question", 422, `"#/source"`},
			{"/v1/create", asForm, "source=1", 422, `"#/question"`},
			{"/v1/create", asForm, "question=x&source=1", 422, `"#/question"`},
			{"/v1/create", asForm, "question=" + strings.Repeat("x", 301) + "&source=1", 422, `"#/question"`},
			{"/v1/create", asForm, "question=%20%20%20&source=1", 422, `"#/question"`},
			{"/v1/create", asForm, "question=my question&source=0", 422, `"#/source"`},
			{"/v1/create", asForm, "question=my question&source=-4", 422, `"#/source"`},
			{"/v1/create", asForm, "question=my question&source=12x", 422, `"#/source"`},
			{"/v1/create", asForm, "question=my question&source=1.5", 422, `"#/source"`},
			{"/v1/create", asJSON, `{"question": "foo bar", "source": 1, "colour": "red"}`, 422, `"#/colour"`},
			{"/v1/create", asJSON, `{"question": ["foo"], "source": 1}`, 422, `"#/question"`},
			{"/v1/create", asJSON, `{"question": "foo bar", "source": {}}`, 422, `"#/source"`},
			{"/v1/create", asJSON, `{"question": "foo bar", "source": 1} {}`, 400, "malformed"},
			{"/v1/create", asJSON, `{"question": "foo bar"`, 400, "malformed"},
			{"/v1/create", asJSON, "", 400, "malformed"},
			{"/v1/create", "text/csv", "question,source", 415, "media_type"},
			{"/v2/create", asForm, "question=my question&source=1&related=x", 422, `"#/related`},
		} {
			status, answer, _ := send(t, http.MethodPost, site.Base("faq")+row.path, row.contentType, row.body)
			text, err := json.Marshal(answer)
			if err != nil {
				t.Fatal(err)
			}
			if status != row.status || !strings.Contains(string(text), row.want) {
				t.Errorf("POST %s %s: got %d %s, want %d with %s", row.path, row.body, status, text, row.status, row.want)
			}
		}
		status, answer, header := send(t, http.MethodGet, site.Base("faq")+"/v2/entries/my-question", "", "")
		if status != 200 || answer["title"] != "my question" || header.Get("ETag") == "" {
			t.Errorf("GET an entry by its slug: %d %v, ETag %q", status, answer, header.Get("ETag"))
		}
		if status, answer, _ = send(t, http.MethodGet, site.Base("faq")+"/entries/1", "", ""); status != 200 || answer["related"] != nil {
			t.Errorf("GET without a version: %d %v, want 200 and the fields of version 1", status, answer)
		}
	})
}

func TestNaughtyStrings(t *testing.T) {
	texts := append(naughty(t), strings.Repeat("long ", 60), strings.Repeat("ü", 300), "NEAR(", "a AND", "*", `"`, "title:x", "\x00\x00", "-", "( ) ^ {}")
	site := spinofftest.Together(t, project())
	create, get, update := must[faqv2.Question](t), must[faqv2.Entry](t), must[faqv2.Entry](t)
	for i, text := range texts {
		if _, err := faqv2.Search.Call(t.Context(), site.Calls, faqv2.Query{Q: text, Prefix: i%2 == 0}); err != nil {
			t.Errorf("Search(%q): %v", text, err)
		}
		question := faqv2.NewQuestion{Question: text, Source: int64(i + 1), Answer: text, Tags: []string{text}}
		q, err := faqv2.Create.Call(t.Context(), site.Calls, question)
		if errors.Is(err, faqv2.ErrInvalid) { // shorter than a question, or nothing to read
			question.Question = fmt.Sprintf("Question about text %d", i)
			q, err = faqv2.Create.Call(t.Context(), site.Calls, question)
		}
		q = create(q, err)
		id := q.URL[strings.LastIndexByte(q.URL, '/')+1:]
		edit := faqv2.Edit{ID: id, Title: q.Question, Questions: []string{text}, Answer: text, Tags: []string{text}, Note: text}
		update(faqv2.Update.Call(t.Context(), site.Calls, edit))
		if e := get(faqv2.Get.Call(t.Context(), site.Calls, faqv2.EntryID{ID: id})); e.Slug == "" || get(faqv2.Get.Call(t.Context(), site.Calls, faqv2.EntryID{ID: e.Slug})).ID != q.ID {
			t.Errorf("%q: slug %q does not find entry %s", text, e.Slug, id)
		}
		if _, err := faqv2.Publish.Call(t.Context(), site.Calls, faqv2.Step{ID: id, Note: text}); err != nil && !errors.Is(err, faqv2.ErrState) {
			t.Errorf("Publish with note %q: %v", text, err)
		}
		if _, err := faqv2.Vote.Call(t.Context(), site.Calls, faqv2.NewVote{ID: id, Anon: "x" + text[:min(len(text), 20)], Comment: text[:min(len(text), 500)]}); err != nil && !errors.Is(err, faqv2.ErrInvalid) {
			t.Errorf("Vote with comment %q: %v", text, err)
		}
	}
}

func TestStepsFromEveryState(t *testing.T) {
	site := spinofftest.Together(t, project())
	states := []faqv2.Status{faqv2.Draft, faqv2.Review, faqv2.Published, faqv2.Archived}
	steps := map[string]spinoff.Endpoint[faqv2.Step, faqv2.Entry]{"submit": faqv2.Submit, "reject": faqv2.Reject, "publish": faqv2.Publish, "archive": faqv2.Archive}
	way := map[faqv2.Status][]string{faqv2.Review: {"submit"}, faqv2.Published: {"publish"}, faqv2.Archived: {"publish", "archive"}}
	to := map[string]map[faqv2.Status]faqv2.Status{
		"submit":  {faqv2.Draft: faqv2.Review},
		"reject":  {faqv2.Review: faqv2.Draft},
		"publish": {faqv2.Draft: faqv2.Published, faqv2.Review: faqv2.Published},
		"archive": {faqv2.Published: faqv2.Archived},
	}
	source := int64(0)
	for name, step := range steps {
		for _, from := range states {
			source++
			q := must[faqv2.Question](t)(faqv2.Create.Call(t.Context(), site.Calls, faqv2.NewQuestion{Question: name + " from " + string(from), Source: source}))
			id := q.URL[strings.LastIndexByte(q.URL, '/')+1:]
			for _, before := range way[from] {
				must[faqv2.Entry](t)(steps[before].Call(t.Context(), site.Calls, faqv2.Step{ID: id}))
			}
			got, err := step.Call(t.Context(), site.Calls, faqv2.Step{ID: id, Note: "because"})
			want, possible := to[name][from]
			switch {
			case possible && (err != nil || got.Status != want):
				t.Errorf("%s from %s: got %q %v, want %s", name, from, got.Status, err, want)
			case !possible && !errors.Is(err, faqv2.ErrState):
				t.Errorf("%s from %s: got %q %v, want ErrState", name, from, got.Status, err)
			}
			if want == faqv2.Published && got.PublishedAt.IsZero() {
				t.Errorf("%s from %s: not marked as published", name, from)
			}
		}
		if _, err := step.Call(t.Context(), site.Calls, faqv2.Step{ID: "9999"}); !errors.Is(err, faqv2.ErrNotFound) {
			t.Errorf("%s of nothing: got %v, want ErrNotFound", name, err)
		}
	}
}
