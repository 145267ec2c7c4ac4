package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/apps/faqcreator/faqcreatorv1"
	"github.com/spinoff-go/spinoff/apps/tickets/ticketsv1"
	"github.com/spinoff-go/spinoff/spinofftest"
)

// TestEvents: a ticket that is solved becomes a draft, and a draft that is published is told to those who wait, by itself, whatever runs where, and
// also when an app is away at the moment.
func TestEvents(t *testing.T) {
	spinofftest.Run(t, Project(), "faq", func(t *testing.T, site *spinofftest.Site) {
		c := company{t, site}
		first := c.ask("How do I mount the lamp on a carbon bar?", "how-to")
		secret := c.ask("Why was I charged twice?", "private")
		c.solve(secret)
		c.solve(first)
		entry := c.draftOf(first).Entry
		waiting := c.ask("How do I mount the lamp on a carbon bar?", "how-to")
		c.source(waiting, "How do I mount the lamp on a carbon bar?")
		c.publish(entry)
		c.hears(waiting, "How do I mount the lamp on a carbon bar?")

		// By hand and by itself meet: there is one entry.
		both := c.ask("Does it fit a child's bicycle?", "how-to")
		c.answer(both)
		made := must(faqcreatorv1.Create.Call(t.Context(), site.Calls, faqcreatorv1.NewDraft{Ticket: both}))(t)
		c.status(both, ticketsv1.Solved)

		for _, app := range []string{"faq", "faqcreator"} {
			if site.Placement == "all apart" || site.Placement == app+" apart" {
				c.solveWithout(app)
			}
		}
		if site.Placement == "all apart" {
			c.publishWithout("tickets")
		}
		if site.Placement != "together" {
			c.publishWithout("faq")
		}

		// What came before has been handled by now: an event, and another one about the same.
		c.handled()
		if again := c.draftOf(both); again.Entry != made.Entry {
			t.Errorf("ticket %d has the drafts %d and %d", both, made.Entry, again.Entry)
		}
		for ticket, want := range map[int64]int{first: 1, secret: 0, both: 1} {
			found := must(faqv2.List.Call(t.Context(), site.Calls, faqv2.Filter{Source: ticket}))(t)
			if len(found.Items) != want {
				t.Errorf("ticket %d has %d entries, want %d: %+v", ticket, len(found.Items), want, found.Items)
			}
		}
		if _, err := faqcreatorv1.Get.Call(t.Context(), site.Calls, faqcreatorv1.TicketID{Ticket: secret}); !errors.Is(err, faqcreatorv1.ErrNoDraft) {
			t.Errorf("the draft of a private ticket: %v, want ErrNoDraft", err)
		}
		for ticket, want := range map[int64]int{first: 0, waiting: 1} {
			if got := c.notes(ticket); len(got) != want {
				t.Errorf("ticket %d hears %q, want %d notes", ticket, got, want)
			}
		}
	})
}

// company is a running company, and who asks and answers in it.
type company struct {
	t    *testing.T
	site *spinofftest.Site
}

// ask opens a ticket.
func (c company) ask(subject, tag string) int64 {
	c.t.Helper()
	return must(ticketsv1.Create.Call(c.t.Context(), c.site.Calls, ticketsv1.NewTicket{
		Subject: subject, Body: "Hello,\n\nplease tell me.\n\nInes", Email: "ines@example.com", Name: "Ines", Tags: []string{tag},
	}))(c.t).Number
}

// answer answers a ticket, with words of its own: the same answer to two questions is one for two entries.
func (c company) answer(ticket int64) {
	c.t.Helper()
	body := fmt.Sprintf("Hello Ines,\n\nloosen the screw below the clamp, push it over the bar, and fasten it again (%d turns).\n\nBest wishes\nAnna", ticket)
	must(ticketsv1.Add.Call(c.t.Context(), c.site.Calls, ticketsv1.NewMessage{Number: ticket, Kind: "reply", Body: body}))(c.t)
}

func (c company) status(ticket int64, to ticketsv1.Status) {
	c.t.Helper()
	must(ticketsv1.Update.Call(c.t.Context(), c.site.Calls, ticketsv1.Change{Number: ticket, Status: &to}))(c.t)
}

// solve answers and solves a ticket.
func (c company) solve(ticket int64) {
	c.t.Helper()
	c.answer(ticket)
	c.status(ticket, ticketsv1.Solved)
}

// source makes a ticket one of those that asked a question.
func (c company) source(ticket int64, question string) {
	c.t.Helper()
	must(faqv2.Create.Call(c.t.Context(), c.site.Calls, faqv2.NewQuestion{Question: question, Source: ticket}))(c.t)
}

func (c company) publish(entry int64) {
	c.t.Helper()
	must(faqv2.Publish.Call(c.t.Context(), c.site.Calls, faqv2.Step{ID: strconv.FormatInt(entry, 10)}))(c.t)
}

// eventually tries until it succeeds.
func (c company) eventually(what string, try func() error) {
	c.t.Helper()
	var err error
	for range 1200 {
		if err = try(); err == nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	c.t.Fatalf("%s: %v", what, err)
}

// draftOf waits for the draft of a ticket.
func (c company) draftOf(ticket int64) (made faqcreatorv1.Made) {
	c.t.Helper()
	c.eventually(fmt.Sprintf("the draft of ticket %d", ticket), func() (err error) {
		made, err = faqcreatorv1.Get.Call(c.t.Context(), c.site.Calls, faqcreatorv1.TicketID{Ticket: ticket})
		return err
	})
	return made
}

// notes returns what the knowledge base told a ticket.
func (c company) notes(ticket int64) (notes []string) {
	c.t.Helper()
	for _, m := range must(ticketsv1.Get.Call(c.t.Context(), c.site.Calls, ticketsv1.TicketID{Number: ticket}))(c.t).Messages {
		if strings.HasPrefix(m.Link, "/help/") {
			notes = append(notes, m.Text)
		}
	}
	return notes
}

// hears waits until a ticket has been told of an entry.
func (c company) hears(ticket int64, title string) {
	c.t.Helper()
	c.eventually(fmt.Sprintf("the note in ticket %d", ticket), func() error {
		if got := c.notes(ticket); len(got) != 1 || got[0] != "The knowledge base now answers this: "+title {
			return fmt.Errorf("it has the notes %q", got)
		}
		return nil
	})
}

// solveWithout solves a ticket while an app is away that has to do with its draft. The ticket is solved all the same, and the draft comes when the app is back.
func (c company) solveWithout(app string) {
	c.t.Helper()
	ticket := c.ask("Can I charge it without the "+app+"?", "how-to")
	c.site.Stop(app)
	c.solve(ticket)
	if app == "faq" { // FaqCreator has tried, and tries again
		c.eventually("FaqCreator answers", func() error {
			_, err := faqcreatorv1.Get.Call(c.t.Context(), c.site.Calls, faqcreatorv1.TicketID{Ticket: ticket})
			if errors.Is(err, faqcreatorv1.ErrNoDraft) {
				return nil
			}
			return fmt.Errorf("the draft of ticket %d without the FAQ: %w", ticket, err)
		})
	}
	c.site.Start(app)
	c.draftOf(ticket)
}

// publishWithout publishes an entry that a ticket waits for, and stops an app: the one that tells right afterwards, any other one before. The note comes
// when the app is back.
func (c company) publishWithout(app string) {
	c.t.Helper()
	title := "Is there a spare part for the " + app + "?"
	ticket := c.ask(title, "how-to")
	entry := must(faqv2.Create.Call(c.t.Context(), c.site.Calls, faqv2.NewQuestion{Question: title, Source: ticket}))(c.t).ID
	if app == "faq" {
		c.publish(entry)
		c.site.Stop(app)
	} else {
		c.site.Stop(app)
		c.publish(entry)
	}
	c.site.Start(app)
	c.eventually(app+" is back", func() error {
		_, err := ticketsv1.Get.Call(c.t.Context(), c.site.Calls, ticketsv1.TicketID{Number: ticket})
		return err
	})
	c.hears(ticket, title)
}

// handled waits until a ticket has become a draft and its draft a note: what came long before has been handled by then.
func (c company) handled() {
	c.t.Helper()
	ticket := c.ask("Is that all?", "how-to")
	c.solve(ticket)
	made := c.draftOf(ticket)
	c.status(ticket, ticketsv1.Open)
	c.publish(made.Entry)
	c.hears(ticket, "Is that all?")
}
