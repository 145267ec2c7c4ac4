package models_test

import (
	"errors"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/apps/faq/internal/models"
	"github.com/spinoff-go/spinoff/spinofftest"
)

// sequence yields the questions and then the error, unless that is nil.
func sequence(questions []models.Imported, err error) iter.Seq2[models.Imported, error] {
	return func(yield func(models.Imported, error) bool) {
		for _, q := range questions {
			if !yield(q, nil) {
				return
			}
		}
		if err != nil {
			yield(models.Imported{}, err)
		}
	}
}

func TestImportGoesOnWhereItBrokeOff(t *testing.T) {
	spinofftest.Databases(t, func(t *testing.T, address func(app string) string) {
		m, _ := open(t, address("faq"))
		origin := func(i int) string { return fmt.Sprint("stackexchange:x:", i) }
		var questions []models.Imported
		for i := range 450 {
			q := models.Imported{Origin: origin(i), Title: "The same title", Answer: "An answer.", Tags: []string{"x"}, At: time.Date(2014, 1, 21, 20, 0, 0, 0, time.UTC)}
			switch {
			case i == 3:
				q.Title = "\x00"
			case i%10 == 5:
				q.Answer = ""
			case i == 440:
				q.Related = []string{origin(1), origin(440), "stackexchange:x:gone"}
			}
			questions = append(questions, q)
		}
		broken := errors.New("the file ends in the middle")
		reports := 0
		got, err := m.Import(t.Context(), sequence(questions[:300], broken), func(spinoff.Progress) { reports++ })
		if !errors.Is(err, broken) || reports != 2 {
			t.Errorf("Import of half a file: %v after %d reports, want its error after 2", err, reports)
		}
		want := spinoff.Progress{Counts: map[string]int64{models.Added: 269, models.Drafted: 30}, Refused: []string{origin(3) + ": the request is not valid: #/title must have at least 2 characters that can be read"}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Import of half a file (-want +got):\n%s", diff)
		}
		want.Counts = map[string]int64{models.Present: 299, models.Added: 135, models.Drafted: 15}
		if got, err = m.Import(t.Context(), sequence(questions, nil), nil); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Import again (-want +got):\n%s", diff)
		}
		want.Counts = map[string]int64{models.Present: 449}
		if got, err = m.Import(t.Context(), sequence(questions, nil), nil); err != nil || !cmp.Equal(want, got) {
			t.Errorf("Import a third time: %v (-want +got):\n%s", err, cmp.Diff(want, got))
		}
		first, err := m.Get(t.Context(), "2")
		if err != nil {
			t.Fatal(err)
		}
		if first.Status != faqv2.Published || first.Slug != "the-same-title-2" || first.PublishedAt.Year() != 2014 || len(first.Related) != 1 || first.Related[0].Slug != "the-same-title-440" {
			t.Errorf("entry 2: %+v", first)
		}
	})
}
