package models_test

import (
	"testing"

	"github.com/spinoff-go/spinoff/apps/tickets/internal/models"
	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/spinofftest"
)

// TestCopy copies the tickets from each engine to each, where they are found by the same words and their numbers go on.
func TestCopy(t *testing.T) {
	spinofftest.Databases(t, func(t *testing.T, from func(app string) string) {
		spinofftest.Databases(t, func(t *testing.T, to func(app string) string) {
			schema := "from" + t.Name()[len(t.Name())-6:] // one for each target
			m := open(t, from(schema))
			ticket, _, err := m.Create(t.Context(), models.NewTicket{Subject: "The lamp", Email: "Anna.B@example.com", Name: "Anna", Text: "it flickers"})
			if err != nil {
				t.Fatal(err)
			}
			source := data.New(func() string { return from(schema) }, models.Migrations).WithDerived(models.Derived, models.Rebuild)
			if _, err := source.CopyTo(t.Context(), source.At(to("copy")), false, nil); err != nil {
				t.Fatalf("CopyTo: %v", err)
			}
			copied := open(t, to("copy"))
			for _, q := range []string{"flickers", "lamp anna", "anna.b"} {
				found, _, err := copied.List(t.Context(), models.Filter{Q: q})
				if err != nil || len(found) != 1 || found[0].Number != ticket.Number {
					t.Errorf("List of %q in the copy: got %+v, %v, want ticket %d", q, found, err, ticket.Number)
				}
			}
			next, _, err := copied.Create(t.Context(), models.NewTicket{Subject: "s", Email: "b@x", Text: "t"})
			if err != nil || next.Number != ticket.Number+1 {
				t.Errorf("Create in the copy: got ticket %d, %v, want %d", next.Number, err, ticket.Number+1)
			}
		})
	})
}
