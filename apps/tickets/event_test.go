package tickets_test

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/apps/tickets/ticketsv1"
	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/spinofftest"
)

// told is an event that waits to be sent.
type told struct{ Kind, Subject, Data string }

// outbox returns what the app has told so far.
func outbox(t *testing.T, app spinoff.App) (all []told) {
	t.Helper()
	err := app.Data.(*data.DB).Read(t.Context(), func(tx *data.Tx) (err error) {
		all, err = data.Query[told](t.Context(), tx, "SELECT kind, subject, data FROM spinoff_outbox ORDER BY n")
		return err
	})
	if err != nil {
		t.Fatalf("read the outbox: %v", err)
	}
	return all
}

// topics returns topic and subject of each event, such as "ticket.solved 1001".
func topics(all []told) []string {
	var names []string
	for _, e := range all {
		names = append(names, strings.TrimPrefix(e.Kind, "tickets.v1.")+" "+e.Subject)
	}
	return names
}

// TestTold: what happens to a ticket is told in its order, and once.
func TestTold(t *testing.T) {
	app := open(t, t.TempDir(), "")
	in := question("How do I reset it?")
	in.Fingerprint, in.Tags = "once", []string{"how-to"}
	created := answerOf(t, app, ticketsv1.Create, in)
	answerOf(t, app, ticketsv1.Create, in)
	for _, body := range []string{"First.", "Second.", "Third.", "Fourth.", "Fifth.", "Sixth."} {
		answerOf(t, app, ticketsv1.Add, ticketsv1.NewMessage{Number: 1001, Kind: "reply", Body: body})
	}
	answerOf(t, app, ticketsv1.Add, ticketsv1.NewMessage{Number: 1001, Kind: "note", Body: "Nobody else may read this."})
	solved := ticketsv1.Change{Number: 1001, Status: new(ticketsv1.Solved)}
	answerOf(t, app, ticketsv1.Update, solved)
	answerOf(t, app, ticketsv1.Update, solved)
	answerOf(t, app, ticketsv1.Answer, ticketsv1.NewAnswer{Token: created.Token, Body: "It does not work."})
	answerOf(t, app, ticketsv1.Update, ticketsv1.Change{Number: 1001, Priority: new("high")})
	solved.AddTags = []string{"Private"}
	answerOf(t, app, ticketsv1.Update, solved)

	all := outbox(t, app)
	want := slices.Concat([]string{"ticket.created 1001"}, slices.Repeat([]string{"ticket.replied 1001"}, 6),
		[]string{"ticket.solved 1001", "ticket.reopened 1001", "ticket.replied 1001", "ticket.solved 1001"})
	if diff := cmp.Diff(want, topics(all)); diff != "" {
		t.Fatalf("told (-want +got)\n%s", diff)
	}
	if by := all[1].Data + all[9].Data; by != `{"number":1001,"by":"agent"}{"number":1001,"by":"customer"}` {
		t.Errorf("the replies say %s, want one by an agent and one by the customer", by)
	}
	var first, second ticketsv1.SolvedTicket
	for i, into := range map[int]*ticketsv1.SolvedTicket{7: &first, 10: &second} {
		if err := json.Unmarshal([]byte(all[i].Data), into); err != nil {
			t.Fatal(err)
		}
	}
	if first.SolvedAt.IsZero() || !second.SolvedAt.After(first.SolvedAt) {
		t.Errorf("solved at %v and then at %v, want one after the other", first.SolvedAt, second.SolvedAt)
	}
	first.SolvedAt, second.SolvedAt = time.Time{}, time.Time{}
	answered := ticketsv1.SolvedTicket{
		Number: 1001, Subject: "How do I reset it?", Question: "How does it work?", Answers: []string{"Second.", "Third.", "Fourth.", "Fifth.", "Sixth."}, Tags: []string{"how-to"},
	}
	if diff := cmp.Diff(answered, first); diff != "" {
		t.Errorf("solved (-want +got)\n%s", diff)
	}
	private := ticketsv1.SolvedTicket{Number: 1001, Subject: "How do I reset it?", Answers: []string{}, Tags: []string{"how-to", "private"}}
	if diff := cmp.Diff(private, second); diff != "" {
		t.Errorf("solved, and private (-want +got)\n%s", diff)
	}
	for _, e := range all {
		if strings.Contains(e.Data, "ada@") || strings.Contains(e.Data, "Lovelace") || strings.Contains(e.Data, created.Token) {
			t.Errorf("%s tells who the customer is, or the secret: %s", e.Kind, e.Data)
		}
	}
}

// TestOldMailTellsLittle: of an old mailbox only the tickets are told that it opens; a mail of today is told as if it had just come.
func TestOldMailTellsLittle(t *testing.T) {
	app := open(t, t.TempDir(), "@lumen.example")
	now := "Date: " + time.Now().UTC().Format(time.RFC1123Z) + "\n"
	received := func(mailbox string) string { // today: a mail of the future has a wrong date
		return strings.ReplaceAll(mailbox, "From x Sat Jan 31 09:14:16 2026", "From x "+time.Now().UTC().Format(time.ANSIC))
	}
	importFile(t, app, write(t, received(letter("Ada <ada@mail.example>", "Lamp", "1@mail", day(1), "It is dark.")+
		letter("Marta <marta@lumen.example>", "Re: Lamp", "2@lumen", day(2)+"In-Reply-To: <1@mail>\n", "Switch it on.")+
		letter("MAILER-DAEMON@mx.example", "Undelivered", "3@mx", day(3), "Nobody there.")+
		letter("Ada <ada@mail.example>", "Re: Lamp", "4@mail", now+"In-Reply-To: <2@lumen>\n", "It is still dark.")+
		letter("Eve <eve@other.example>", "Re: Lamp", "5@other", now+"In-Reply-To: <4@mail>\n", "I am Ada.")))) // a note
	answerOf(t, app, ticketsv1.Update, ticketsv1.Change{Number: 1001, Status: new(ticketsv1.Solved)})
	importFile(t, app, write(t, received(letter("Ada <ada@mail.example>", "Re: Lamp", "6@mail", now+"In-Reply-To: <2@lumen>\n", "Dark again."))))

	all := outbox(t, app)
	want := []string{"ticket.created 1001", "ticket.replied 1001", "ticket.solved 1001", "ticket.reopened 1001", "ticket.replied 1001"}
	if diff := cmp.Diff(want, topics(all)); diff != "" {
		t.Fatalf("told (-want +got)\n%s", diff)
	}
	if !strings.Contains(all[0].Data, `"created_at":"2026-01-01T12:00:00Z"`) {
		t.Errorf("the ticket was created by a mail of 1 January: %s", all[0].Data)
	}
}

// TestSeedTellsNothing: the examples have not happened.
func TestSeedTellsNothing(t *testing.T) {
	app := open(t, t.TempDir(), "")
	if err := app.Seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	if all := outbox(t, app); len(all) > 0 {
		t.Errorf("the examples tell %v, want nothing", topics(all))
	}
}

// TestEntryPublished: a ticket that waits hears of the entry that answers it, once; one that is solved does not.
func TestEntryPublished(t *testing.T) {
	spinofftest.Run(t, project(), "faq", func(t *testing.T, site *spinofftest.Site) {
		waits, solved := create(t, site, question("How do I reset it?")), create(t, site, question("How do I reset that?"))
		if _, err := ticketsv1.Update.Call(t.Context(), site.Calls, ticketsv1.Change{Number: solved.Number, Status: new(ticketsv1.Solved)}); err != nil {
			t.Fatal(err)
		}
		before := get(t, site, waits.Number)
		for _, id := range []string{"1002", "1001", "1001"} { // the same twice is two events, of one entry
			if _, err := faqv2.Publish.Call(t.Context(), site.Calls, faqv2.Step{ID: id}); err != nil {
				t.Fatal(err)
			}
		}
		const text = "The knowledge base now answers this: How to reset a light"
		notes := func(number int64) (n int) {
			for _, m := range get(t, site, number).Messages {
				if m.Direction == ticketsv1.System && m.Text == text && m.Link == "/help/reset-a-light" {
					n++
				}
			}
			return n
		}
		for range 600 {
			if notes(waits.Number) > 0 {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
		create(t, site, question("One more")) // the events of one subject are handled in their order: after this one, all are
		if _, err := faqv2.Publish.Call(t.Context(), site.Calls, faqv2.Step{ID: "1003"}); err != nil {
			t.Fatal(err)
		}
		for range 600 {
			if notes(1003) > 0 {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
		if got := []int{notes(waits.Number), notes(solved.Number), notes(1003)}; !slices.Equal(got, []int{1, 0, 1}) {
			t.Errorf("notes in the tickets that wait, are solved, and wait: got %v, want 1, 0, 1", got)
		}
		if after := get(t, site, waits.Number); after.ETag == before.ETag || !after.UpdatedAt.Equal(before.UpdatedAt) {
			t.Errorf("the ticket with the note: ETag %s, updated %v; want another than %s, and %v", after.ETag, after.UpdatedAt, before.ETag, before.UpdatedAt)
		}
		mine, err := ticketsv1.Mine.Call(t.Context(), site.Calls, ticketsv1.Token{Token: waits.Token})
		hints := []ticketsv1.Hint{{Title: "How to reset a light", URL: "/help/reset-a-light"}}
		if diff := cmp.Diff(hints, mine.Hints); err != nil || diff != "" || len(mine.Messages) != 1 {
			t.Errorf("the customer's page: %v, %d messages, want 1; hints (-want +got)\n%s", err, len(mine.Messages), diff)
		}
		page := visit(t, site, "/tickets/1001", nil)
		page.want(t, 200, `The knowledge base now answers this: <a href="/help/reset-a-light">How to reset a light</a>`)
		reply := url.Values{"kind": {"reply"}, "body": {"See above."}, "if_last": {page.field("if_last")}}
		visit(t, site, "/tickets/1001/messages", reply).want(t, 303)
	})
}
