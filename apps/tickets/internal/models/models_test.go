package models_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff/apps/tickets/internal/mail"
	"github.com/spinoff-go/spinoff/apps/tickets/internal/models"
	"github.com/spinoff-go/spinoff/apps/tickets/ticketsv1"
	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/spinofftest"
)

func open(t *testing.T, address string) *models.Models {
	t.Helper()
	db := data.New(func() string { return address }, models.Migrations)
	if err := db.Open(t.Context()); err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return models.New(db, time.Now, nil)
}

func TestTextLineTag(t *testing.T) {
	for _, row := range []struct{ call, got, want string }{
		{"Line", models.Line(" a\n\tb\x00c\u2028d ", 99), "a b c d"},
		{"Line(…, 3)", models.Line("äöüß", 3), "äöü"},
		{"Text", models.Text("\r\n  a\r\nb\x00\x07\t\r\n \n"), "  a\nb"},
		{"Tag", models.Tag("  How \n TO "), "how to"},
	} {
		if row.got != row.want {
			t.Errorf("%s: got %q, want %q", row.call, row.got, row.want)
		}
	}
}

func TestCursor(t *testing.T) {
	for _, c := range []models.Cursor{{}, {UpdatedAt: 5, Number: 1001}, {UpdatedAt: 0, Number: 7}} {
		if got, err := models.ParseCursor(c.String()); err != nil || got != c {
			t.Errorf("ParseCursor(%q): got %+v, %v, want %+v", c, got, err, c)
		}
	}
	for _, s := range []string{"x", "1", "1-", "-", "1-2-3", "99999999999999999999-1"} {
		if got, err := models.ParseCursor(s); err == nil {
			t.Errorf("ParseCursor(%q): got %+v, want an error", s, got)
		}
	}
}

// TestTakeInIsOneTransaction looks at the position after a batch that was stored and after one that was not.
func TestTakeInIsOneTransaction(t *testing.T) {
	spinofftest.Databases(t, func(t *testing.T, address func(app string) string) {
		m := open(t, address("tickets"))
		first := mail.Message{ID: "1@x", Subject: "Good", From: mail.Address{Email: "a@x"}, Text: "good", Date: time.Now()}
		p := models.Position{Counts: map[string]int64{}, Next: mail.Position{Source: "f", Offset: 7}}
		if err := m.TakeIn(t.Context(), "file", []mail.Message{first, first}, &p); err != nil {
			t.Fatal(err)
		}
		want := models.Position{Counts: map[string]int64{models.Opened: 1, models.Known: 1}, Next: p.Next}
		got, err := m.Position(t.Context(), "file")
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("Position: %v (-want +got)\n%s", err, diff)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		second := first
		second.ID = "2@x"
		if err := m.TakeIn(ctx, "file", []mail.Message{second}, &p); err == nil {
			t.Fatal("TakeIn in a context that is over: no error")
		}
		if diff := cmp.Diff(want.Counts, p.Counts); diff != "" {
			t.Errorf("counts after a batch that was not stored (-want +got)\n%s", diff)
		}
		if err := m.Forget(t.Context(), "file"); err != nil {
			t.Fatal(err)
		}
		if got, err := m.Position(t.Context(), "file"); err != nil || got.Next != (mail.Position{}) {
			t.Errorf("Position after Forget: got %+v, %v, want the start", got, err)
		}
	})
}

func TestReplyAndSolve(t *testing.T) {
	spinofftest.Databases(t, func(t *testing.T, address func(app string) string) {
		m := open(t, address("tickets"))
		ticket, _, err := m.Create(t.Context(), models.NewTicket{Subject: "s", Email: "a@x", Text: "t"})
		if err != nil {
			t.Fatal(err)
		}
		added, err := m.Add(t.Context(), ticket.Number, models.Post{Direction: ticketsv1.Out, Author: "Marta", Text: "done", Solve: true})
		if err != nil || added.Status != ticketsv1.Solved {
			t.Errorf("Add with Solve: got %+v, %v, want solved", added, err)
		}
		stale := models.Post{Direction: ticketsv1.Out, Author: "Jonas", Text: "late", Solve: true, IfLast: added.ID - 1}
		if _, err := m.Add(t.Context(), ticket.Number, stale); !errors.Is(err, ticketsv1.ErrStale) {
			t.Errorf("Add after a newer message: got %v, want ErrStale", err)
		}
		_, talk, err := m.Get(t.Context(), ticket.Number)
		var texts []string
		for _, message := range talk {
			texts = append(texts, message.Text)
		}
		if got, want := strings.Join(texts, "|"), "t|done|Marta changed the status from waiting to solved"; err != nil || got != want {
			t.Errorf("conversation: got %q, %v, want %q", got, err, want)
		}
	})
}
