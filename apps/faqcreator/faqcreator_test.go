package faqcreator_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/apps/faqcreator"
	"github.com/spinoff-go/spinoff/apps/faqcreator/faqcreatorv1"
	"github.com/spinoff-go/spinoff/apps/tickets/ticketsv1"
	"github.com/spinoff-go/spinoff/spinofftest"
)

// desk is a small tickets app with three tickets.
func desk(spinoff.Env) (spinoff.App, error) {
	conversation := []ticketsv1.Message{
		{Direction: ticketsv1.In, Author: "Ines", Text: "Hello,\n\nmy mail is ines@example.com. How do I reset my light?\n\nBest\nInes"},
		{Direction: ticketsv1.Out, Author: "Anna", Text: "Hi Ines,\n\nhold the button for ten seconds until the light blinks twice. Call +49 30 1234567 if it does not.\n\nBest wishes\nAnna\n\n> How do I reset my light?"},
	}
	tickets := map[int64]ticketsv1.Ticket{
		1001: {Number: 1001, Subject: "Re: [#1001] How do I reset my light?", Messages: conversation, Tags: []string{"charging"}},
		1002: {Number: 1002, Subject: "My invoice", Messages: conversation, Tags: []string{"private"}},
		1003: {Number: 1003, Subject: "Lost parcel", Messages: conversation[:1]},
	}
	return spinoff.App{Name: "tickets", Provides: []spinoff.Handler{
		ticketsv1.Get.Serve(func(_ context.Context, in ticketsv1.TicketID) (ticketsv1.Ticket, error) {
			ticket, ok := tickets[in.Number]
			if !ok {
				return ticket, ticketsv1.ErrNotFound
			}
			return ticket, nil
		}),
	}}, nil
}

// shelf is a small FAQ that keeps what is filed with it.
type shelf struct {
	mu    sync.Mutex
	filed []faqv2.NewQuestion
}

func (s *shelf) New(spinoff.Env) (spinoff.App, error) {
	return spinoff.App{Name: "faq", Provides: []spinoff.Handler{
		faqv2.Create.Serve(func(_ context.Context, in faqv2.NewQuestion) (faqv2.Question, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
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
