package models_test

import (
	"testing"

	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/spinofftest"
)

// TestCopy copies the knowledge base from each engine to each, where it is found by the same words and goes on.
func TestCopy(t *testing.T) {
	spinofftest.Databases(t, func(t *testing.T, from func(app string) string) {
		m, _ := open(t, from("faq"))
		if err := m.Seed(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
		spinofftest.Databases(t, func(t *testing.T, to func(app string) string) {
			if _, err := m.CopyTo(t.Context(), m.At(to("copy")), false, nil); err != nil {
				t.Fatalf("CopyTo: %v", err)
			}
			copied, _ := open(t, to("copy"))
			for q, want := range map[string]int64{"my lamp will not charge": 1, "parcel lost": 6, "cancel plan": 12} {
				out, err := copied.Search(t.Context(), faqv2.Query{Q: q})
				if err != nil || len(out.Items) == 0 || out.Items[0].ID != want {
					t.Errorf("Search(%q) in the copy: got %+v %v, want entry %d first", q, out.Items, err, want)
				}
			}
			if e := add(t, copied, faqv2.Edit{Title: "Is it new?", Answer: "It is."}); e.ID != 19 {
				t.Errorf("the next entry has the number %d, want 19", e.ID)
			}
		})
	})
}
