package faqcreator_test

import (
	"context"
	"errors"
	"html"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/apps/faqcreator"
	"github.com/spinoff-go/spinoff/apps/faqcreator/faqcreatorv1"
	"github.com/spinoff-go/spinoff/apps/tickets/ticketsv1"
	"github.com/spinoff-go/spinoff/data"
	"github.com/spinoff-go/spinoff/spinofftest"
)

// desk is a small tickets app with three tickets. Whoever solves a ticket, solves one with the words of its tags.
func desk(env spinoff.Env) (spinoff.App, error) {
	db := data.New(env.Database, fstest.MapFS{"migrations/0001_none.sql": {Data: []byte("-- +goose Up\nCREATE TABLE ticket (number BIGINT);\n")}})
	solve := ticketsv1.Update.Serve(func(ctx context.Context, in ticketsv1.Change) (ticketsv1.Ticket, error) {
		return ticketsv1.Ticket{Number: in.Number}, db.Write(ctx, func(tx *data.Tx) error {
			return ticketsv1.TicketSolved.Publish(ctx, tx, "1", solved(in)) // all have one subject, so that they are handled in their order
		})
	})
	conversation := []ticketsv1.Message{
		{Direction: ticketsv1.In, Author: "Ines", Text: "Hello,\n\nmy mail is ines@example.com. How do I reset my light?\n\nBest\nInes"},
		{Direction: ticketsv1.Out, Author: "Anna", Text: "Hi Ines,\n\nhold the button for ten seconds until the light blinks twice. Call +49 30 1234567 if it does not.\n\nBest wishes\nAnna\n\n> How do I reset my light?"},
	}
	tickets := map[int64]ticketsv1.Ticket{
		1001: {Number: 1001, Subject: "Re: [#1001] How do I reset my light?", Messages: conversation, Tags: []string{"charging"}},
		1002: {Number: 1002, Subject: "My invoice", Messages: conversation, Tags: []string{"private"}},
		1003: {Number: 1003, Subject: "Lost parcel", Messages: conversation[:1]},
	}
	return spinoff.App{Name: "tickets", Data: db, Publishes: []spinoff.Announcement{ticketsv1.TicketSolved.Announce()}, Provides: []spinoff.Handler{
		solve,
		ticketsv1.Get.Serve(func(_ context.Context, in ticketsv1.TicketID) (ticketsv1.Ticket, error) {
			ticket, ok := tickets[in.Number]
			if !ok {
				return ticket, ticketsv1.ErrNotFound
			}
			return ticket, nil
		}),
	}}, nil
}

// solved is what is told of a ticket when it is solved.
func solved(in ticketsv1.Change) ticketsv1.SolvedTicket {
	told := ticketsv1.SolvedTicket{Number: in.Number, Subject: "Help", Question: "Hello,\n\nhow do I open the lamp?\n\nInes", Tags: in.AddTags, SolvedAt: time.UnixMilli(1e12 + in.Number).UTC()}
	if !slices.Contains(in.AddTags, "unanswered") {
		told.Answers = []string{"Hi Ines,\n\nturn the ring to the left until it clicks, and pull. Write to ines@example.com.\n\nBest wishes\nAnna", "You are welcome!"}
	}
	if slices.Contains(in.AddTags, "silent") {
		told.Question = "It does not open."
	}
	return told
}

// shelf is a small FAQ that keeps what is filed with it. It refuses what is tagged refused, as one does that knows other rules.
type shelf struct {
	mu    sync.Mutex
	filed []faqv2.NewQuestion
}

func (s *shelf) New(spinoff.Env) (spinoff.App, error) {
	return spinoff.App{Name: "faq", Provides: []spinoff.Handler{
		faqv2.Create.Serve(func(_ context.Context, in faqv2.NewQuestion) (faqv2.Question, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			if slices.Contains(in.Tags, "refused") {
				return faqv2.Question{}, faqv2.ErrInvalid.At("#/question", "rule", "must be another one")
			}
			s.filed = append(s.filed, in)
			return faqv2.Question{ID: int64(len(s.filed)), Question: in.Question, Source: in.Source, Status: faqv2.Draft, URL: "/faq/edit/1"}, nil
		}),
	}}, nil
}

func TestCreate(t *testing.T) {
	var s shelf
	project := spinoff.Project{Apps: []spinoff.New{desk, s.New, faqcreator.New}}
	spinofftest.Run(t, project, "faqcreator", func(t *testing.T, site *spinofftest.Site) {
		s.filed = nil
		create := func(ticket int64) (faqcreatorv1.Draft, error) {
			return faqcreatorv1.Create.Call(t.Context(), site.Calls, faqcreatorv1.NewDraft{Ticket: ticket})
		}
		got, err := create(1001)
		if err != nil {
			t.Fatalf("Create(1001): %v", err)
		}
		want := faqcreatorv1.Draft{Ticket: 1001, Entry: 1, URL: "/faq/edit/1", Question: "How do I reset my light?", Scrubbed: []string{"phone number"}, HTTPStatus: http.StatusCreated}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Create(1001) (-want +got):\n%s", diff)
		}
		filed := []faqv2.NewQuestion{{
			Question: "How do I reset my light?", Source: 1001, Tags: []string{"charging"},
			Answer: "Hold the button for ten seconds until the light blinks twice. Call [phone number] if it does not.",
		}}
		filed[0].Answer = strings.Replace(filed[0].Answer, "Hold", "hold", 1)
		if diff := cmp.Diff(filed, s.filed); diff != "" {
			t.Errorf("filed with the FAQ (-want +got):\n%s", diff)
		}
		again, err := create(1001)
		if want.HTTPStatus = http.StatusOK; err != nil || cmp.Diff(want, again) != "" {
			t.Errorf("Create(1001) again: %+v, %v; want %+v", again, err, want)
		}
		if len(s.filed) != 1 {
			t.Errorf("%d entries were filed, want 1", len(s.filed))
		}
		for ticket, want := range map[int64]error{1002: faqcreatorv1.ErrPrivate, 1003: faqcreatorv1.ErrNoAnswer, 7: faqcreatorv1.ErrNoTicket, 0: spinoff.ErrInvalid} {
			if _, err := create(ticket); !errors.Is(err, want) {
				t.Errorf("Create(%d): got %v, want %v", ticket, err, want)
			}
		}
		made, err := faqcreatorv1.Get.Call(t.Context(), site.Calls, faqcreatorv1.TicketID{Ticket: 1001})
		if err != nil || made.Entry != 1 || made.At.IsZero() {
			t.Errorf("Get(1001): %+v, %v", made, err)
		}
		if _, err := faqcreatorv1.Get.Call(t.Context(), site.Calls, faqcreatorv1.TicketID{Ticket: 1002}); !errors.Is(err, faqcreatorv1.ErrNoDraft) {
			t.Errorf("Get(1002): %v, want ErrNoDraft", err)
		}
	})
}

// TestSolved: a ticket that is solved becomes a draft by itself, or the page says why not.
func TestSolved(t *testing.T) {
	var s shelf
	project := spinoff.Project{Apps: []spinoff.New{door, desk, s.New, faqcreator.New}}
	spinofftest.Run(t, project, "faqcreator", func(t *testing.T, site *spinofftest.Site) {
		s.filed = nil
		solve := func(ticket int64, tags ...string) {
			t.Helper()
			if _, err := ticketsv1.Update.Call(t.Context(), site.Calls, ticketsv1.Change{Number: ticket, Status: new(ticketsv1.Solved), AddTags: tags}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := faqcreatorv1.Create.Call(t.Context(), site.Calls, faqcreatorv1.NewDraft{Ticket: 1001}); err != nil { // by hand
			t.Fatal(err)
		}
		solve(1001)
		for ticket, tag := range map[int64]string{2001: "private", 2002: "unanswered", 2003: "silent", 2004: "refused"} {
			solve(ticket, tag)
		}
		solve(2005, "how-to")
		made := drafted(t, site, 2005)
		again, err := faqcreatorv1.Create.Call(t.Context(), site.Calls, faqcreatorv1.NewDraft{Ticket: 2005}) // by hand, afterwards
		if err != nil || again.Entry != made.Entry || again.HTTPStatus != http.StatusOK {
			t.Errorf("Create(2005) after the draft was made by itself: %+v, %v; want the same entry, 200", again, err)
		}
		for _, reason := range []string{
			"#2001: the ticket is tagged private", "#2002: no public reply", "#2003: the subject says nothing", "#2004: file the draft of ticket 2004: the request is not valid",
		} {
			await(t, site, reason)
		}
		solve(2003) // with a question this time
		drafted(t, site, 2003)
		solve(2005)
		solve(2006)
		drafted(t, site, 2006)
		if strings.Contains(list(t, site), "#2003: ") {
			t.Error("the page says why there is no draft of ticket 2003, and there is one")
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		want := map[int64]int{1001: 1, 2003: 1, 2005: 1, 2006: 1}
		got := map[int64]int{}
		for _, q := range s.filed {
			got[q.Source]++
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("filed by ticket (-want +got)\n%s", diff)
		}
		filed := faqv2.NewQuestion{
			Question: "How do I open the lamp?", Source: 2005, Tags: []string{"how-to"}, Answer: "turn the ring to the left until it clicks, and pull. Write to [e-mail address].",
		}
		i := slices.IndexFunc(s.filed, func(q faqv2.NewQuestion) bool { return q.Source == 2005 })
		if diff := cmp.Diff(filed, s.filed[i]); diff != "" {
			t.Errorf("filed with the FAQ (-want +got)\n%s", diff)
		}
	})
}

// drafted waits for the draft of a ticket.
func drafted(t *testing.T, site *spinofftest.Site, ticket int64) faqcreatorv1.Made {
	t.Helper()
	var err error
	for range 1200 {
		made, failed := faqcreatorv1.Get.Call(t.Context(), site.Calls, faqcreatorv1.TicketID{Ticket: ticket})
		if failed == nil {
			return made
		}
		err = failed
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("no draft of ticket %d: %v", ticket, err)
	return faqcreatorv1.Made{}
}

// await waits until the page says text.
func await(t *testing.T, site *spinofftest.Site, text string) {
	t.Helper()
	for range 1200 {
		if strings.Contains(list(t, site), text) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("the page does not say %q:\n%s", text, list(t, site))
}

// list returns FaqCreator's page.
func list(t *testing.T, site *spinofftest.Site) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, site.URL+"/faqcreator/", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("GET /faqcreator/: status %d, %v", response.StatusCode, err)
	}
	return html.UnescapeString(string(body))
}

// door signs everybody in.
func door(spinoff.Env) (spinoff.App, error) {
	return spinoff.App{Name: "door", SignIn: &spinoff.SignIn{URL: "/door/", Cookie: "door", Person: func(*http.Request) (spinoff.Person, error) {
		return spinoff.Person{Email: "ines@lumen.example", Name: "Ines"}, nil
	}}}, nil
}

// TestAway: without the FAQ nothing happens, and it works when the FAQ is back.
func TestAway(t *testing.T) {
	var s shelf
	project := spinoff.Project{Apps: []spinoff.New{desk, s.New, faqcreator.New}}
	spinofftest.Run(t, project, "faq", func(t *testing.T, site *spinofftest.Site) {
		if site.Placement == "together" {
			t.Skip("together, the FAQ cannot be away alone")
		}
		site.Stop("faq")
		_, err := faqcreatorv1.Create.Call(t.Context(), site.Calls, faqcreatorv1.NewDraft{Ticket: 1001})
		if !errors.Is(err, spinoff.ErrUnavailable) {
			t.Errorf("Create without the FAQ: %v, want ErrUnavailable", err)
		}
		site.Start("faq")
		if _, err := faqcreatorv1.Create.Call(t.Context(), site.Calls, faqcreatorv1.NewDraft{Ticket: 1001}); err != nil {
			t.Errorf("Create with the FAQ back: %v", err)
		}
	})
}
