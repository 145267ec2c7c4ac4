package tickets_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/tickets/ticketsv1"
	"github.com/spinoff-go/spinoff/spinofftest"
)

func question(subject string) ticketsv1.NewTicket {
	return ticketsv1.NewTicket{Subject: subject, Body: "How does it work?", Email: "ada@mail.example", Name: "Ada Lovelace"}
}

//go:fix inline

func create(t *testing.T, site *spinofftest.Site, in ticketsv1.NewTicket) ticketsv1.Created {
	t.Helper()
	created, err := ticketsv1.Create.Call(t.Context(), site.Calls, in)
	if err != nil {
		t.Fatalf("Create(%+v): %v", in, err)
	}
	return created
}

func get(t *testing.T, site *spinofftest.Site, number int64) ticketsv1.Ticket {
	t.Helper()
	ticket, err := ticketsv1.Get.Call(t.Context(), site.Calls, ticketsv1.TicketID{Number: number})
	if err != nil {
		t.Fatalf("Get(%d): %v", number, err)
	}
	return ticket
}

// said shows a conversation as one line for each message.
func said(ticket ticketsv1.Ticket) []string {
	var lines []string
	for _, m := range ticket.Messages {
		lines = append(lines, string(m.Direction)+" "+m.Author+": "+m.Text)
	}
	return lines
}

func TestLifeOfATicket(t *testing.T) {
	spinofftest.Run(t, project(), "tickets", func(t *testing.T, site *spinofftest.Site) {
		ctx := t.Context()
		staff := spinoff.WithOrigin(ctx, spinoff.Origin{Person: marta})
		in := question("Reset")
		in.Tags = []string{" How-To ", "how-to", "B2B"}
		created := create(t, site, in)
		if created.Number != 1001 || created.URL != "/tickets/1001" || created.Status != ticketsv1.Open || created.HTTPStatus != http.StatusCreated || len(created.Token) < 26 {
			t.Errorf("Create: got %+v, want number 1001, its URL, status open, 201, and a token of 128 bits or more", created)
		}
		added, err := ticketsv1.Add.Call(staff, site.Calls, ticketsv1.NewMessage{Number: 1001, Body: "Hold the button.", Kind: "reply"})
		if err != nil || added.Status != ticketsv1.Waiting {
			t.Errorf("Add(reply): got %+v, %v, want status waiting", added, err)
		}
		if added, err = ticketsv1.Add.Call(ctx, site.Calls, ticketsv1.NewMessage{Number: 1001, Body: "Secret.", Kind: "note"}); err != nil || added.Status != ticketsv1.Waiting {
			t.Errorf("Add(note): got %+v, %v, want status waiting as before", added, err)
		}
		ticket, err := ticketsv1.Update.Call(staff, site.Calls, ticketsv1.Change{
			Number: 1001, Status: new(ticketsv1.Solved), Assignee: new("Marta@lumen.example"), Priority: new("high"), AddTags: []string{"NEW"}, DropTags: []string{"b2b"}, IfMatch: get(t, site, 1001).ETag,
		})
		if err != nil {
			t.Fatalf("Update: %v", err)
		}
		if diff := cmp.Diff([]string{"how-to", "new"}, ticket.Tags); diff != "" {
			t.Errorf("Update: tags (-want +got)\n%s", diff)
		}
		if ticket.Assignee != "marta@lumen.example" || ticket.Priority != "high" || ticket.SolvedAt.IsZero() || ticket.ETag == "" {
			t.Errorf("Update: got %+v, want assignee, priority, time of solution and ETag", ticket)
		}
		mine, err := ticketsv1.Mine.Call(ctx, site.Calls, ticketsv1.Token{Token: created.Token})
		if err != nil || len(mine.Messages) != 2 || !mine.Messages[1].FromStaff || mine.Messages[1].Author != "Marta Oliveira" {
			t.Errorf("Mine: got %+v, %v, want the question and the reply, without note and events", mine, err)
		}
		if added, err = ticketsv1.Answer.Call(ctx, site.Calls, ticketsv1.NewAnswer{Token: created.Token, Body: "It does not."}); err != nil || added.Status != ticketsv1.Open {
			t.Errorf("Answer: got %+v, %v, want status open", added, err)
		}
		ticket = get(t, site, 1001)
		want := []string{
			"in Ada Lovelace: How does it work?",
			"out Marta Oliveira: Hold the button.",
			"note api: Secret.",
			"system : Marta Oliveira changed the status from waiting to solved",
			"system : Marta Oliveira gave the ticket to marta@lumen.example",
			"in Ada Lovelace: It does not.",
			"system : The ticket is open again: Ada Lovelace wrote",
		}
		if diff := cmp.Diff(want, said(ticket)); diff != "" || !ticket.SolvedAt.IsZero() {
			t.Errorf("Get: conversation (-want +got)\n%s\nsolved at %v, want never", diff, ticket.SolvedAt)
		}
		counts, err := ticketsv1.Count.Call(ctx, site.Calls, ticketsv1.All{})
		if diff := cmp.Diff(ticketsv1.Counts{Open: 1}, counts); err != nil || diff != "" {
			t.Errorf("Count: %v (-want +got)\n%s", err, diff)
		}
	})
}

func TestFailures(t *testing.T) {
	spinofftest.Run(t, project(), "tickets", func(t *testing.T, site *spinofftest.Site) {
		ctx := t.Context()
		create(t, site, question("First"))
		before := get(t, site, 1001)
		last := before.Messages[0].ID
		if _, err := ticketsv1.Add.Call(ctx, site.Calls, ticketsv1.NewMessage{Number: 1001, Body: "x", Kind: "note", IfLast: last}); err != nil {
			t.Fatalf("Add with the last message: %v", err)
		}
		for _, row := range []struct {
			call string
			do   func(ctx context.Context) error
			want *spinoff.Error
		}{
			{"Get(1)", func(ctx context.Context) error {
				_, err := ticketsv1.Get.Call(ctx, site.Calls, ticketsv1.TicketID{Number: 1})
				return err
			}, ticketsv1.ErrNotFound},
			{"Mine(wrong secret)", func(ctx context.Context) error {
				_, err := ticketsv1.Mine.Call(ctx, site.Calls, ticketsv1.Token{Token: "x"})
				return err
			}, ticketsv1.ErrNotFound},
			{"Answer(wrong secret)", func(ctx context.Context) error {
				_, err := ticketsv1.Answer.Call(ctx, site.Calls, ticketsv1.NewAnswer{Token: "x", Body: "x"})
				return err
			}, ticketsv1.ErrNotFound},
			{"Add(1)", func(ctx context.Context) error {
				_, err := ticketsv1.Add.Call(ctx, site.Calls, ticketsv1.NewMessage{Number: 1, Body: "x", Kind: "note"})
				return err
			}, ticketsv1.ErrNotFound},
			{"Add with an older IfLast", func(ctx context.Context) error {
				_, err := ticketsv1.Add.Call(ctx, site.Calls, ticketsv1.NewMessage{Number: 1001, Body: "x", Kind: "reply", IfLast: last})
				return err
			}, ticketsv1.ErrStale},
			{"Add with an IfLast that is nowhere", func(ctx context.Context) error {
				_, err := ticketsv1.Add.Call(ctx, site.Calls, ticketsv1.NewMessage{Number: 1001, Body: "x", Kind: "reply", IfLast: 999})
				return err
			}, ticketsv1.ErrStale},
			{"Add(blank)", func(ctx context.Context) error {
				_, err := ticketsv1.Add.Call(ctx, site.Calls, ticketsv1.NewMessage{Number: 1001, Body: " \n\t", Kind: "reply"})
				return err
			}, ticketsv1.ErrInvalid},
			{"Update with an older ETag", func(ctx context.Context) error {
				_, err := ticketsv1.Update.Call(ctx, site.Calls, ticketsv1.Change{Number: 1001, Priority: new("low"), IfMatch: before.ETag})
				return err
			}, ticketsv1.ErrStale},
			{"Update(1)", func(ctx context.Context) error {
				_, err := ticketsv1.Update.Call(ctx, site.Calls, ticketsv1.Change{Number: 1})
				return err
			}, ticketsv1.ErrNotFound},
			{"Update(assignee without @)", func(ctx context.Context) error {
				_, err := ticketsv1.Update.Call(ctx, site.Calls, ticketsv1.Change{Number: 1001, Assignee: new("marta")})
				return err
			}, ticketsv1.ErrInvalid},
			{"Update(tag of 51 letters)", func(ctx context.Context) error {
				_, err := ticketsv1.Update.Call(ctx, site.Calls, ticketsv1.Change{Number: 1001, AddTags: []string{strings.Repeat("a", 51)}})
				return err
			}, ticketsv1.ErrInvalid},
			{"List(after nonsense)", func(ctx context.Context) error {
				_, err := ticketsv1.List.Call(ctx, site.Calls, ticketsv1.Filter{After: "x"})
				return err
			}, ticketsv1.ErrInvalid},
			{"Create(subject of spaces)", func(ctx context.Context) error {
				_, err := ticketsv1.Create.Call(ctx, site.Calls, ticketsv1.NewTicket{Subject: " \u2028", Body: "x", Email: "a@b"})
				return err
			}, ticketsv1.ErrInvalid},
		} {
			if err := row.do(ctx); !errors.Is(err, row.want) {
				t.Errorf("%s: got %v, want %v", row.call, err, row.want)
			}
		}
	})
}

func TestFingerprint(t *testing.T) {
	spinofftest.Run(t, project(), "tickets", func(t *testing.T, site *spinofftest.Site) {
		in := question("Flood")
		in.Fingerprint = "panic in checkout"
		first, again := create(t, site, in), create(t, site, in)
		if again.Number != first.Number || again.HTTPStatus != http.StatusOK {
			t.Errorf("Create with the fingerprint of ticket %d: got %+v, want that ticket and 200", first.Number, again)
		}
		solve := ticketsv1.Change{Number: first.Number, Status: new(ticketsv1.Solved)}
		if _, err := ticketsv1.Update.Call(t.Context(), site.Calls, solve); err != nil {
			t.Fatal(err)
		}
		second := create(t, site, in)
		if second.Number == first.Number || second.HTTPStatus != http.StatusCreated {
			t.Errorf("Create with the fingerprint of a solved ticket: got %+v, want another ticket and 201", second)
		}
		solve.Status = new(ticketsv1.Open)
		if _, err := ticketsv1.Update.Call(t.Context(), site.Calls, solve); err != nil {
			t.Errorf("reopen a ticket whose fingerprint a newer one has: %v", err)
		}
		if third := create(t, site, in); third.Number != second.Number {
			t.Errorf("Create with the fingerprint of two open tickets: got %d, want the newer one, %d", third.Number, second.Number)
		}
	})
}

func TestList(t *testing.T) {
	spinofftest.Run(t, project(), "tickets", func(t *testing.T, site *spinofftest.Site) {
		for _, in := range []ticketsv1.NewTicket{
			{Subject: "Printer jam", Body: "Paper is stuck in tray two", Email: "ada@mail.example", Name: "Ada", Tags: []string{"hardware"}},
			{Subject: "Invoice", Body: "The tray of invoices is wrong, Grüße", Email: "Bob@mail.example", Name: "Bob"},
			{Subject: "Third", Body: "naïve question about paper", Email: "ada@mail.example", Name: "Ada", Tags: []string{"hardware"}},
		} {
			create(t, site, in)
		}
		if _, err := ticketsv1.Update.Call(t.Context(), site.Calls, ticketsv1.Change{Number: 1001, Status: new(ticketsv1.Solved), Assignee: new("m@x")}); err != nil {
			t.Fatal(err)
		}
		for _, row := range []struct {
			filter ticketsv1.Filter
			want   []int64
		}{
			{ticketsv1.Filter{}, []int64{1001, 1003, 1002}},
			{ticketsv1.Filter{Status: ticketsv1.Open}, []int64{1003, 1002}},
			{ticketsv1.Filter{Assignee: "none"}, []int64{1003, 1002}},
			{ticketsv1.Filter{Assignee: "M@x"}, []int64{1001}},
			{ticketsv1.Filter{Tag: " Hardware"}, []int64{1001, 1003}},
			{ticketsv1.Filter{Email: "bob@MAIL.example"}, []int64{1002}},
			{ticketsv1.Filter{Q: "paper tray"}, []int64{1001}},
			{ticketsv1.Filter{Q: "paper zeppelin"}, []int64{1001, 1003}},
			{ticketsv1.Filter{Q: "GRUSSE gruße"}, []int64{1002}},
			{ticketsv1.Filter{Q: "naive"}, []int64{1003}},
			{ticketsv1.Filter{Q: "bob@mail.example"}, []int64{1002}},
			{ticketsv1.Filter{Q: "#1003"}, []int64{1003}},
			{ticketsv1.Filter{Q: "?!"}, nil},
			{ticketsv1.Filter{Q: "zeppelin"}, nil},
		} {
			var got []int64
			for filter := row.filter; ; { // page by page
				filter.Limit = 1
				list, err := ticketsv1.List.Call(t.Context(), site.Calls, filter)
				if err != nil {
					t.Fatalf("List(%+v): %v", filter, err)
				}
				for _, item := range list.Items {
					got = append(got, item.Number)
				}
				if filter.After = list.Next; filter.After == "" {
					break
				}
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("List(%+v) (-want +got)\n%s", row.filter, diff)
			}
		}
	})
}
