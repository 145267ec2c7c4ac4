package models_test

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/apps/faq/internal/models"
	"github.com/spinoff-go/spinoff/spinofftest"
)

// clock is a time that a test moves.
type clock struct{ time.Time }

func (c *clock) now() time.Time { return c.Time }

// open returns models on the database at address.
func open(t testing.TB, address string) (*models.Models, *clock) {
	t.Helper()
	c := &clock{time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)}
	m := models.New(func() string { return address }, c.now, slog.New(slog.DiscardHandler))
	if err := m.Open(t.Context()); err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return m, c
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

func add(t testing.TB, m *models.Models, edit faqv2.Edit) faqv2.Entry {
	t.Helper()
	number, err := m.New(t.Context(), edit, "")
	if err != nil {
		t.Fatalf("New(%q): %v", edit.Title, err)
	}
	entry, err := m.Take(t.Context(), "publish", faqv2.Step{ID: slug(t, m, number)}, "")
	if err != nil {
		t.Fatalf("publish %d: %v", number, err)
	}
	return entry
}

func slug(t testing.TB, m *models.Models, number int64) string {
	t.Helper()
	list, err := m.List(t.Context(), faqv2.Filter{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list.Items {
		if s.ID == number {
			return s.Slug
		}
	}
	t.Fatalf("entry %d is not in the list", number)
	return ""
}

func TestSlug(t *testing.T) {
	for title, want := range map[string]string{
		"How do I charge it?":               "how-do-i-charge-it",
		"Größe & Gewicht: Łódź, Ærø, naïve": "grosse-and-gewicht-lodz-aero-naive",
		"Don't “quote” me":                  "dont-quote-me",
		"2024":                              "entry-2024",
		"日本語":                               "entry",
		"🚲":                                 "entry",
		"":                                  "entry",
		"../../etc/passwd":                  "etc-passwd",
		"ﬁve ① half":                        "five-1-half",
		"a long title that goes on and on until it is cut between two words, as it should be": "a-long-title-that-goes-on-and-on-until-it-is-cut-between-two-words-as-it-should",
	} {
		if got := models.Slug(title); got != want {
			t.Errorf("Slug(%q) = %q, want %q", title, got, want)
		}
	}
	if got := models.Slug(string(make([]byte, 0, 1)) + "x" + repeat("yz", 200)); len(got) != 80 {
		t.Errorf("Slug of one long word has %d bytes, want 80", len(got))
	}
}

func repeat(s string, n int) (all string) {
	for range n {
		all += s
	}
	return all
}

func TestTypingCountsOnce(t *testing.T) {
	spinofftest.Databases(t, func(t *testing.T, address func(app string) string) {
		m, clock := open(t, address("faq"))
		search := func(q, session string) int64 {
			t.Helper()
			out, err := m.Search(t.Context(), faqv2.Query{Q: q, Session: session, From: "help", Prefix: true})
			if err != nil {
				t.Fatalf("Search(%q): %v", q, err)
			}
			return out.LogID
		}
		first := search("batt", "a")
		clock.Time = clock.Add(29 * time.Second)
		if got := search("Battery", "a"); got != first {
			t.Errorf("the same search, longer: log %d, want %d", got, first)
		}
		clock.Time = clock.Add(29 * time.Second)
		if got := search("battery empty", "a"); got != first {
			t.Errorf("longer still, within 30 s of the last key: log %d, want %d", got, first)
		}
		for name, got := range map[string]int64{
			"another text": search("charger", "a"), "another session": search("battery empty now", "b"), "no session": search("battery empty now", ""),
		} {
			if got == first {
				t.Errorf("%s counts as the search that went before", name)
			}
		}
		clock.Time = clock.Add(time.Minute)
		if got := search("charger for it", "a"); got == first {
			t.Error("a search after the time for typing counts as the one before")
		}
		gaps, err := m.Gaps(t.Context(), clock.AddDate(0, 0, -1))
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int64{}
		for _, g := range gaps {
			got[g.Query] = g.Times
		}
		if diff := cmp.Diff(map[string]int64{"battery empty": 1, "battery empty now": 2, "charger": 1, "charger for it": 1}, got); diff != "" {
			t.Errorf("gaps (-want +got):\n%s", diff)
		}
	})
}

func TestRestore(t *testing.T) {
	spinofftest.Databases(t, func(t *testing.T, address func(app string) string) {
		m, _ := open(t, address("faq"))
		entry := add(t, m, faqv2.Edit{Title: "The first title", Questions: []string{"Also?"}, Answer: "Old.", Tags: []string{"x"}})
		if _, err := m.Update(t.Context(), faqv2.Edit{ID: "1", Title: "Another title", Answer: "New.", Note: "why"}, "a@b.example"); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Restore(t.Context(), entry.ID, 1, entry.ETag, "c@d.example"); !errors.Is(err, faqv2.ErrStale) {
			t.Errorf("Restore of what has changed: got %v, want ErrStale", err)
		}
		restored, err := m.Restore(t.Context(), entry.ID, 1, "", "c@d.example")
		if err != nil {
			t.Fatal(err)
		}
		if restored.Title != entry.Title || restored.Answer != "Old." || restored.Slug != entry.Slug || restored.Revision != 3 || len(restored.Questions) != 1 || len(restored.Tags) != 1 {
			t.Errorf("restored: %+v", restored)
		}
		revisions, err := m.Revisions(t.Context(), entry.ID)
		if err != nil {
			t.Fatal(err)
		}
		if len(revisions) != 3 || revisions[1].Author != "a@b.example" || revisions[1].Note != "why" || revisions[0].Author != "c@d.example" {
			t.Errorf("revisions: %+v", revisions)
		}
	})
}

func TestSeed(t *testing.T) {
	spinofftest.Databases(t, func(t *testing.T, address func(app string) string) {
		m, _ := open(t, address("faq"))
		for range 2 { // the second time changes nothing
			if err := m.Seed(t.Context()); err != nil {
				t.Fatalf("Seed: %v", err)
			}
		}
		counts, err := m.Counts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[faqv2.Status]int64{faqv2.Published: 15, faqv2.Draft: 2, faqv2.Review: 1}, counts); diff != "" {
			t.Errorf("counts (-want +got):\n%s", diff)
		}
		for q, want := range map[string]int64{"my lamp will not charge": 1, "parcel lost": 6, "send back a light and get money": 8, "my light was stolen yesterday": 11, "cancel plan": 12} {
			out, err := m.Search(t.Context(), faqv2.Query{Q: q})
			if err != nil || len(out.Items) == 0 || out.Items[0].ID != want {
				t.Errorf("Search(%q): got %+v %v, want entry %d first", q, out.Items, err, want)
			}
		}
	})
}

// TestSearchQuality gives each of 77 entries half of the real questions of its kind, asks with a sample of the others, and sees where the right entry stands.
func TestSearchQuality(t *testing.T) {
	spinofftest.Databases(t, func(t *testing.T, address func(app string) string) {
		file, err := os.Open(shared(t, "faq", "banking77_train.csv"))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		rows, err := csv.NewReader(file).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		byKind, kinds := map[string][]string{}, []string{}
		for _, row := range rows[1:] {
			if byKind[row[1]] == nil {
				kinds = append(kinds, row[1])
			}
			byKind[row[1]] = append(byKind[row[1]], row[0])
		}
		m, _ := open(t, address("faq"))
		random := rand.New(rand.NewPCG(1, 2))
		var imported []models.Imported
		asked, right := []string{}, []string{}
		for _, kind := range kinds {
			questions := byKind[kind]
			half := len(questions) / 2
			imported = append(imported, models.Imported{Origin: kind, Title: questions[0], Questions: questions[1:half], Answer: "The answer to it."})
			for _, i := range random.Perm(len(questions) - half)[:12] {
				asked, right = append(asked, questions[half+i]), append(right, kind)
			}
		}
		if _, err := m.Import(t.Context(), sequence(imported, nil), nil); err != nil {
			t.Fatal(err)
		}
		first, third, empty := 0, 0, 0
		for i, q := range asked {
			out, err := m.Search(t.Context(), faqv2.Query{Q: q, Limit: 3})
			if err != nil {
				t.Fatalf("Search(%q): %v", q, err)
			}
			if len(out.Items) == 0 {
				empty++
			}
			for place, r := range out.Items {
				if kinds[r.ID-1] != right[i] {
					continue
				}
				third++
				if place == 0 {
					first++
				}
			}
		}
		share := func(n int) float64 { return 100 * float64(n) / float64(len(asked)) }
		t.Logf("%d questions, %d entries: right entry first %.1f %%, in the top three %.1f %%, nothing found %d", len(asked), len(kinds), share(first), share(third), empty)
		if share(first) < 73 || share(third) < 87 || empty > 0 {
			t.Error("want first at least 73 %, in the top three at least 87 %, never nothing")
		}
	})
}

func FuzzSearch(f *testing.F) { fuzzSearch(f, "sqlite:"+filepath.Join(f.TempDir(), "faq.db")) }

func FuzzSearchPostgres(f *testing.F) { fuzzSearch(f, spinofftest.Postgres(f, "faq")) }

// fuzzSearch looks for any text, which is never an error and leaves the texts that it finds as they are.
func fuzzSearch(f *testing.F, address string) {
	for _, text := range []string{"", "how do I charge it", `"`, "NEAR(a b)", "a AND", "title:x", "*", "-x", "^a", "\x00", "{a}", "\ue000x\ue001", "ﬁ", "e\u0301", "\xff"} {
		f.Add(text)
	}
	if file, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "..", "shared", "data", "naughty-strings.json")); err == nil {
		var texts []string
		if err := json.Unmarshal(file, &texts); err != nil {
			f.Fatal(err)
		}
		for _, text := range texts {
			f.Add(text)
		}
	}
	const title = "How do I <b>charge</b> it at https://example.com/a-b?c=d&e (e-mail: a@example.com)?"
	m, _ := open(f, address)
	add(f, m, faqv2.Edit{Title: title, Answer: "Over USB."})
	f.Fuzz(func(t *testing.T, text string) {
		for _, prefix := range []bool{false, true} {
			out, err := m.Search(t.Context(), faqv2.Query{Q: text, Prefix: prefix, Session: text, From: text})
			if err != nil {
				t.Fatalf("Search(%q, prefix %v): %v", text, prefix, err)
			}
			for _, r := range out.Items {
				pieces := ""
				for _, p := range r.Title {
					pieces += p.Text
				}
				if pieces != title {
					t.Errorf("Search(%q): the pieces of the title are %q", text, pieces)
				}
			}
		}
		if _, err := m.Find(t.Context(), text); err != nil {
			t.Fatalf("Find(%q): %v", text, err)
		}
	})
}
