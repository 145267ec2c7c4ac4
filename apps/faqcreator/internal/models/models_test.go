package models_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff/apps/faqcreator/internal/models"
	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/spinofftest"
)

func TestDrafts(t *testing.T) {
	spinofftest.Databases(t, func(t *testing.T, address func(app string) string) {
		ctx := t.Context()
		db := data.New(func() string { return address("faqcreator") }, models.Migrations)
		if err := db.Open(ctx); err != nil {
			t.Fatalf("Open: %v", err)
		}
		t.Cleanup(func() {
			if err := db.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
		at := time.UnixMilli(1_800_000_000_000)
		m := models.New(db, func() time.Time { return at })
		if _, err := m.Get(ctx, 1001); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("Get of no draft: got %v, want ErrNotFound", err)
		}
		want := models.Draft{Ticket: 1001, Entry: 7, URL: "/faq/edit/7", Question: "How?", Duplicate: 3, Scrubbed: "email,phone", At: at.UnixMilli()}
		if err := m.Add(ctx, want); err != nil {
			t.Fatalf("Add: %v", err)
		}
		again := want
		again.Entry = 8
		if err := m.Add(ctx, again); err != nil {
			t.Errorf("Add for the same ticket: %v", err)
		}
		at = at.Add(time.Hour)
		if err := m.Add(ctx, models.Draft{Ticket: 1002, Entry: 9}); err != nil {
			t.Fatalf("Add: %v", err)
		}
		got, err := m.Get(ctx, 1001)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("Get, where the first stays: %v (-want +got)\n%s", err, diff)
		}
		latest, err := m.Latest(ctx)
		if err != nil || len(latest) != 2 || latest[0].Ticket != 1002 {
			t.Errorf("Latest: got %+v, %v, want 1002 before 1001", latest, err)
		}
		if n, err := m.Count(ctx); n != 2 || err != nil {
			t.Errorf("Count: got %d, %v, want 2", n, err)
		}
	})
}
