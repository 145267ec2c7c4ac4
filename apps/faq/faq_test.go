package faq_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/faq"
	"github.com/spinoff-go/spinoff/apps/faq/faqv1"
	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/spinofftest"
)

// project is the app beside one that signs everybody in as the same person.
func project() spinoff.Project {
	door := func(spinoff.Env) (spinoff.App, error) {
		return spinoff.App{Name: "door", SignIn: &spinoff.SignIn{
			URL: "/door/", Out: "/door/out", Cookie: "door",
			Person: func(*http.Request) (spinoff.Person, error) {
				return spinoff.Person{Email: "ines@lumen.example", Name: "Ines"}, nil
			},
		}}, nil
	}
	return spinoff.Project{Name: "Lumen", Apps: []spinoff.New{door, faq.New}}
}

// shared returns the path of real data to test with; the test is skipped where it is absent.
func shared(t testing.TB, name ...string) string {
	t.Helper()
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; root = filepath.Dir(root) {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			break
		}
	}
	path := filepath.Join(append([]string{root, "..", "shared", "data"}, name...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the data to test with is not here: %v", err)
	}
	return path
}

func naughty(t testing.TB) (texts []string) {
	t.Helper()
	file, err := os.ReadFile(shared(t, "naughty-strings.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(file, &texts); err != nil {
		t.Fatal(err)
	}
	return texts
}

// must returns the answer of a call that must not fail.
func must[Out any](t *testing.T) func(Out, error) Out {
	return func(out Out, err error) Out {
		t.Helper()
		if err != nil {
			t.Fatalf("call: %v", err)
		}
		return out
	}
}

// create files a question and publishes it.
func publish(t *testing.T, calls spinoff.Caller, question string, source int64) faqv2.Entry {
	t.Helper()
	q := must[faqv2.Question](t)(faqv2.Create.Call(t.Context(), calls, faqv2.NewQuestion{Question: question, Source: source, Answer: "An answer."}))
	return must[faqv2.Entry](t)(faqv2.Publish.Call(t.Context(), calls, faqv2.Step{ID: q.URL[strings.LastIndexByte(q.URL, '/')+1:]}))
}

func TestCreate(t *testing.T) {
	spinofftest.Run(t, project(), "faq", func(t *testing.T, site *spinofftest.Site) {
		create := func(question string, source int64, related ...int64) faqv2.Question {
			t.Helper()
			return must[faqv2.Question](t)(faqv2.Create.Call(t.Context(), site.Calls, faqv2.NewQuestion{Question: question, Source: source, Related: related}))
		}
		published := publish(t, site.Calls, "How do I reset my light to factory settings?", 100)
		want := func(id int64, status faqv2.Status, http int) faqv2.Question {
			q := faqv2.Question{ID: id, Status: status, HTTPStatus: http}
			if status == faqv2.Published {
				q.DuplicateOf = id
			}
			return q
		}
		for _, step := range []struct {
			name     string
			question string
			source   int64
			want     faqv2.Question
		}{
			{"the first", "Where is my order?", 1, want(2, faqv2.Draft, 201)},
			{"the same again", "Where is my order?", 1, want(2, faqv2.Draft, 200)},
			{"the same, written otherwise", "  where is MY order ", 1, want(2, faqv2.Draft, 200)},
			{"another ticket", "Where is my order?!", 2, want(2, faqv2.Draft, 200)},
			{"another question of the ticket", "Can I cancel my order?", 1, want(3, faqv2.Draft, 201)},
			{"what a published entry asks", "how do i reset my light to factory settings", 3, want(1, faqv2.Published, 200)},
			{"nearly what a published entry asks", "How can I reset the light to factory settings", 4, want(1, faqv2.Published, 200)},
			{"and once more", "How can I reset the light to factory settings", 4, want(1, faqv2.Published, 200)},
			{"the opposite", "Why can I not reset my light to factory settings?", 5, want(4, faqv2.Draft, 201)},
			{"no words at all", "🚲🔦", 6, want(5, faqv2.Draft, 201)},
		} {
			got := create(step.question, step.source)
			if diff := cmp.Diff(step.want, got, cmpopts.IgnoreFields(faqv2.Question{}, "Question", "Source", "URL", "CreatedAt", "ETag")); diff != "" {
				t.Errorf("%s: Create(%q, %d) (-want +got):\n%s", step.name, step.question, step.source, diff)
			}
			if got.Source != step.source || got.URL != "/faq/edit/"+string(rune('0'+got.ID)) || got.CreatedAt.IsZero() || got.ETag == "" {
				t.Errorf("%s: got source %d, URL %q, created %v", step.name, got.Source, got.URL, got.CreatedAt)
			}
		}
		entry := must[faqv2.Entry](t)(faqv2.Get.Call(t.Context(), site.Calls, faqv2.EntryID{ID: published.Slug}))
		if diff := cmp.Diff([]int64{3, 4, 100}, entry.Sources); diff != "" {
			t.Errorf("sources of the published entry (-want +got):\n%s", diff)
		}
	})
}

func TestCreateAtOnce(t *testing.T) {
	spinofftest.Run(t, project(), "faq", func(t *testing.T, site *spinofftest.Site) {
		var made atomic.Int64
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				q, err := faqv2.Create.Call(t.Context(), site.Calls, faqv2.NewQuestion{Question: "Asked by many at once?", Source: 5})
				if err != nil || q.ID != 1 {
					t.Errorf("Create: got entry %d, %v; want entry 1", q.ID, err)
				}
				if q.HTTPStatus == http.StatusCreated {
					made.Add(1)
				}
			})
		}
		all.Wait()
		if made.Load() != 1 {
			t.Errorf("%d entries were made of one question, want 1", made.Load())
		}
	})
}

func TestRelated(t *testing.T) {
	spinofftest.Run(t, project(), "faq", func(t *testing.T, site *spinofftest.Site) {
		create := func(question string, related ...int64) (faqv2.Question, error) {
			return faqv2.Create.Call(t.Context(), site.Calls, faqv2.NewQuestion{Question: question, Source: 7, Related: related})
		}
		first := must[faqv2.Question](t)(create("The first question?", 2, 456))
		if diff := cmp.Diff([]int64{2, 456}, first.RelatedPending); diff != "" || first.Related != nil {
			t.Errorf("Create with unknown numbers: related %v, pending (-want +got):\n%s", first.Related, diff)
		}
		second := must[faqv2.Question](t)(create("A second question?"))
		if diff := cmp.Diff([]int64{1}, second.Related); diff != "" {
			t.Errorf("an entry that was waited for is not related (-want +got):\n%s", diff)
		}
		foreseen := site.Placement != "two of each" || site.Database == "" // PostgreSQL does not give the number again that the first sending took
		if _, err := create("A third one, beside itself?", 3); foreseen && (!errors.Is(err, faqv2.ErrInvalid) || spinoff.AsError(err).Fields[0].Pointer != "#/related/0") {
			t.Errorf("Create related to itself: got %v", err)
		}
		edit := faqv2.Edit{ID: "2", Title: "A second question?", Answer: "Yes.", Related: []int64{2}}
		if _, err := faqv2.Update.Call(t.Context(), site.Calls, edit); !errors.Is(err, faqv2.ErrInvalid) {
			t.Errorf("Update related to itself: got %v", err)
		}
		edit.Related = nil
		must[faqv2.Entry](t)(faqv2.Update.Call(t.Context(), site.Calls, edit))
		if e := must[faqv2.Entry](t)(faqv2.Get.Call(t.Context(), site.Calls, faqv2.EntryID{ID: "1"})); len(e.Related) != 0 {
			t.Errorf("after the other end let go: related %v", e.Related)
		}
	})
}

// TestAskedAgainWithRelated: a consumer that asks again by version 2 adds related entries to what it asked by version 1.
func TestAskedAgainWithRelated(t *testing.T) {
	spinofftest.Run(t, project(), "faq", func(t *testing.T, site *spinofftest.Site) {
		first := must[faqv1.Question](t)(faqv1.Create.Call(t.Context(), site.Calls, faqv1.NewQuestion{Question: "How do I mount it?", Source: 5}))
		again := must[faqv2.Question](t)(faqv2.Create.Call(t.Context(), site.Calls, faqv2.NewQuestion{Question: "How do I mount it?", Source: 5, Related: []int64{900, 901}}))
		if again.ID != first.ID || again.HTTPStatus != http.StatusOK || cmp.Diff([]int64{900, 901}, again.RelatedPending) != "" {
			t.Errorf("asked again with related entries: %+v; want entry %d, 200, and both pending", again, first.ID)
		}
		must[faqv2.Entry](t)(faqv2.Update.Call(t.Context(), site.Calls, faqv2.Edit{ID: fmt.Sprint(first.ID), Title: "How do I mount it?", Answer: "With the bracket."}))
		must[faqv2.Entry](t)(faqv2.Publish.Call(t.Context(), site.Calls, faqv2.Step{ID: fmt.Sprint(first.ID)}))
		published := must[faqv2.Question](t)(faqv2.Create.Call(t.Context(), site.Calls, faqv2.NewQuestion{Question: "How do I mount it?", Source: 5, Related: []int64{902}}))
		if len(published.RelatedPending) != 0 {
			t.Errorf("asked again when it is published: %+v; a published entry keeps the related entries that its editor chose", published)
		}
	})
}

func TestEdit(t *testing.T) {
	spinofftest.Run(t, project(), "faq", func(t *testing.T, site *spinofftest.Site) {
		get := func(id string) faqv2.Entry {
			t.Helper()
			return must[faqv2.Entry](t)(faqv2.Get.Call(t.Context(), site.Calls, faqv2.EntryID{ID: id}))
		}
		publish(t, site.Calls, "Wie groß ist die Lampe?", 1)
		publish(t, site.Calls, "2024", 2)
		before := get("1")
		if before.Slug != "wie-gross-ist-die-lampe" || get("2").Slug != "entry-2024" {
			t.Errorf("slugs %q and %q", before.Slug, get("2").Slug)
		}
		edit := faqv2.Edit{ID: "wie-gross-ist-die-lampe", Title: "How large is the lamp?", Questions: []string{"Size?", "size", "How large is the lamp"}, Answer: "12 cm", IfMatch: before.ETag}
		after := must[faqv2.Entry](t)(faqv2.Update.Call(t.Context(), site.Calls, edit))
		if after.Revision != 2 || after.Slug != "how-large-is-the-lamp" || after.ETag == before.ETag || after.Status != faqv2.Published {
			t.Errorf("after Update: %+v", after)
		}
		if diff := cmp.Diff([]string{"Size?"}, after.Questions); diff != "" {
			t.Errorf("questions that say the same are kept (-want +got):\n%s", diff)
		}
		if got := get("wie-gross-ist-die-lampe"); got.ID != 1 {
			t.Errorf("the old slug finds entry %d, want 1", got.ID)
		}
		if _, err := faqv2.Update.Call(t.Context(), site.Calls, edit); !errors.Is(err, faqv2.ErrStale) {
			t.Errorf("Update of what has changed: got %v, want ErrStale", err)
		}
		edit.IfMatch, edit.Title = `"nonsense", `+after.ETag, "Wie groß ist die Lampe?"
		if got := must[faqv2.Entry](t)(faqv2.Update.Call(t.Context(), site.Calls, edit)); got.Slug != before.Slug {
			t.Errorf("renamed back, its slug is %q, want %q", got.Slug, before.Slug)
		}
		edit.IfMatch = ""
		if got := must[faqv2.Entry](t)(faqv2.Update.Call(t.Context(), site.Calls, edit)); got.Revision != 4 {
			t.Errorf("Update without If-Match: revision %d, want 4", got.Revision)
		}
		q := must[faqv2.Question](t)(faqv2.Create.Call(t.Context(), site.Calls, faqv2.NewQuestion{Question: "How large is the lamp exactly, please tell", Source: 9}))
		edit.ID, edit.Title = "3", "How large is the lamp?"
		if got := must[faqv2.Entry](t)(faqv2.Update.Call(t.Context(), site.Calls, edit)); got.ID != q.ID || got.Slug != "how-large-is-the-lamp-2" {
			t.Errorf("a slug that another entry had: got %q", got.Slug)
		}
		for _, id := range []string{"4", "nothing", "0", "-1", "99999999999999999999", "%00", "'--"} {
			if _, err := faqv2.Get.Call(t.Context(), site.Calls, faqv2.EntryID{ID: id}); !errors.Is(err, faqv2.ErrNotFound) {
				t.Errorf("Get(%q): got %v, want ErrNotFound", id, err)
			}
		}
	})
}

func TestVote(t *testing.T) {
	spinofftest.Run(t, project(), "faq", func(t *testing.T, site *spinofftest.Site) {
		entry := publish(t, site.Calls, "Does it float?", 1)
		vote := func(anon string, up bool) {
			t.Helper()
			must[struct{}](t)(faqv2.Vote.Call(t.Context(), site.Calls, faqv2.NewVote{ID: entry.Slug, Up: up, Anon: anon}))
		}
		vote("a", true)
		vote("a", false)
		vote("b", true)
		must[struct{}](t)(faqv1.Vote.Call(t.Context(), site.Calls, faqv1.NewVote{ID: "1", Up: true, Anon: "c", Comment: "<b>yes</b>"}))
		got := must[faqv2.Entry](t)(faqv2.Get.Call(t.Context(), site.Calls, faqv2.EntryID{ID: "1"}))
		if got.Helpful != 2 || got.Unhelpful != 1 || got.ETag == entry.ETag {
			t.Errorf("after votes: helpful %d, unhelpful %d, etag %s (before %s)", got.Helpful, got.Unhelpful, got.ETag, entry.ETag)
		}
		if _, err := faqv2.Update.Call(t.Context(), site.Calls, faqv2.Edit{ID: "1", Title: "Does it float?", Answer: "Yes.", IfMatch: "W/" + entry.ETag}); err != nil {
			t.Errorf("Update of what only got votes since: %v", err)
		}
		if _, err := faqv2.Vote.Call(t.Context(), site.Calls, faqv2.NewVote{ID: "9", Anon: "a"}); !errors.Is(err, faqv2.ErrNotFound) {
			t.Errorf("Vote for nothing: got %v", err)
		}
	})
}

func TestSearch(t *testing.T) {
	spinofftest.Run(t, project(), "faq", func(t *testing.T, site *spinofftest.Site) {
		publish(t, site.Calls, "How do I charge my light?", 1)
		must[faqv2.Entry](t)(faqv2.Update.Call(t.Context(), site.Calls, faqv2.Edit{ID: "1", Title: "How do I charge my light?", Answer: "Lift the **rubber flap** and plug in the [cable](https://x.example)."}))
		must[faqv2.Question](t)(faqv2.Create.Call(t.Context(), site.Calls, faqv2.NewQuestion{Question: "A draft about the flap?", Source: 1}))
		search := func(q string) faqv2.Results {
			t.Helper()
			return must[faqv2.Results](t)(faqv2.Search.Call(t.Context(), site.Calls, faqv2.Query{Q: q, Prefix: true, Session: "s", From: "help"}))
		}
		got := search("charging the flap")
		want := []faqv2.Result{{
			ID: 1, Slug: "how-do-i-charge-my-light", Title: []faqv2.Piece{{Text: "How do I "}, {Text: "charge", Hit: true}, {Text: " my light?"}},
			Snippet: []faqv2.Piece{{Text: "Lift the rubber "}, {Text: "flap", Hit: true}, {Text: " and plug in the cable."}},
		}}
		if diff := cmp.Diff(want, got.Items, cmpopts.IgnoreFields(faqv2.Result{}, "Score")); diff != "" {
			t.Errorf("Search (-want +got):\n%s", diff)
		}
		if typed := search("charging the flap of"); typed.LogID != got.LogID || got.LogID == 0 {
			t.Errorf("a search that grew: log %d, want %d", typed.LogID, got.LogID)
		}
		if other := search("plug"); other.LogID == got.LogID || len(other.Items) != 1 {
			t.Errorf("another search: log %d, %d results", other.LogID, len(other.Items))
		}
		old := must[faqv1.Results](t)(faqv1.Search.Call(t.Context(), site.Calls, faqv1.Query{Q: "flap"}))
		if diff := cmp.Diff([]faqv1.Result{{ID: 1, Slug: "how-do-i-charge-my-light", Title: "How do I charge my light?", Snippet: "Lift the rubber flap and plug in the cable."}}, old.Items); diff != "" {
			t.Errorf("Search of version 1 (-want +got):\n%s", diff)
		}
		click := func(log, entry int64) error {
			_, err := faqv2.Click.Call(t.Context(), site.Calls, faqv2.NewClick{LogID: log, Entry: entry})
			return err
		}
		for _, log := range []int64{got.LogID, 0, 12345} {
			if err := click(log, 1); err != nil {
				t.Errorf("Click(%d, 1): %v", log, err)
			}
		}
		if err := click(0, 99); !errors.Is(err, faqv2.ErrInvalid) {
			t.Errorf("Click on nothing: got %v", err)
		}
		if e := must[faqv2.Entry](t)(faqv2.Get.Call(t.Context(), site.Calls, faqv2.EntryID{ID: "1"})); e.Views != 3 {
			t.Errorf("%d views after three clicks", e.Views)
		}
		must[faqv2.Entry](t)(faqv2.Archive.Call(t.Context(), site.Calls, faqv2.Step{ID: "1"}))
		if got := search("flap"); len(got.Items) != 0 {
			t.Errorf("an archived entry is found: %+v", got.Items)
		}
	})
}

func TestList(t *testing.T) {
	spinofftest.Run(t, project(), "faq", func(t *testing.T, site *spinofftest.Site) {
		for i, q := range []string{"One thing?", "Second thing?", "Third matter?", "Fourth issue?", "Fifth subject?"} {
			must[faqv2.Question](t)(faqv2.Create.Call(t.Context(), site.Calls, faqv2.NewQuestion{Question: q, Source: int64(i%2 + 1), Tags: []string{"All", []string{"even", "odd"}[i%2]}}))
		}
		must[struct{}](t)(faqv2.Click.Call(t.Context(), site.Calls, faqv2.NewClick{Entry: 3}))
		for _, row := range []struct {
			filter faqv2.Filter
			want   []int64
		}{
			{faqv2.Filter{}, []int64{5, 4, 3, 2, 1}},
			{faqv2.Filter{Sort: "views"}, []int64{3, 5, 4, 2, 1}},
			{faqv2.Filter{Tag: "Even"}, []int64{5, 3, 1}},
			{faqv2.Filter{Source: 2}, []int64{4, 2}},
			{faqv2.Filter{Status: faqv2.Published}, nil},
		} {
			var got []int64
			for page := (faqv2.Entries{Next: ""}); ; {
				row.filter.After, row.filter.Limit = page.Next, 2
				page = must[faqv2.Entries](t)(faqv2.List.Call(t.Context(), site.Calls, row.filter))
				for _, s := range page.Items {
					got = append(got, s.ID)
				}
				if page.Next == "" {
					break
				}
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("List(%+v), page by page (-want +got):\n%s", row.filter, diff)
			}
		}
		for _, after := range []string{"x", "1", "1-", "-", "1-0", "9999999999999999999-1"} {
			if _, err := faqv2.List.Call(t.Context(), site.Calls, faqv2.Filter{After: after}); !errors.Is(err, faqv2.ErrInvalid) {
				t.Errorf("List(After: %q): got %v, want ErrInvalid", after, err)
			}
		}
	})
}
