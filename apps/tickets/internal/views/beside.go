package views

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/apps/faqcreator/faqcreatorv1"
	"github.com/spinoff-go/spinoff/apps/tickets/internal/models"
)

// How long a page waits for other apps. Without their answer it says so, or leaves the part out.
const (
	searchDeadline = 400 * time.Millisecond
	draftDeadline  = 300 * time.Millisecond
	createDeadline = 5 * time.Second
)

// beside is what other apps know about a ticket.
type beside struct {
	Answers  []answer // entries of the FAQ that may answer it
	Away     string   // why there are none: the FAQ does not answer
	CanDraft bool     // whether there is something to make a draft of
	Draft    *faqcreatorv1.Made
}

// answer is an entry of the FAQ.
type answer struct {
	Title []faqv2.Piece
	URL   string
}

// ask asks the other apps, both at once.
func (d *desk) ask(ctx context.Context, t models.Ticket, answered bool) (b beside) {
	b.CanDraft = answered
	var asked sync.WaitGroup
	asked.Go(func() { b.Answers, b.Away = d.suggest(ctx, t) })
	asked.Go(func() { b.Draft = d.draftOf(ctx, t) })
	asked.Wait()
	return b
}

func (d *desk) suggest(ctx context.Context, t models.Ticket) (answers []answer, away string) {
	found, err := within(ctx, searchDeadline, func(ctx context.Context) (faqv2.Results, error) {
		return faqv2.Search.Call(ctx, d.calls, faqv2.Query{Q: t.Subject, Limit: 3, From: "desk"})
	})
	if err != nil {
		d.log.WarnContext(ctx, "no suggestions", "ticket", t.Number, "error", err)
		return nil, "The FAQ is away; no suggestions."
	}
	for _, r := range found.Items {
		answers = append(answers, answer{r.Title, "/help/" + r.Slug})
	}
	return answers, ""
}

// draftOf returns the FAQ draft that was made of a ticket. Nil says that there is none, or that nobody knows: then the page leaves it out.
func (d *desk) draftOf(ctx context.Context, t models.Ticket) *faqcreatorv1.Made {
	made, err := within(ctx, draftDeadline, func(ctx context.Context) (faqcreatorv1.Made, error) {
		return faqcreatorv1.Get.Call(ctx, d.calls, faqcreatorv1.TicketID{Ticket: t.Number})
	})
	if err != nil {
		if !errors.Is(err, faqcreatorv1.ErrNoDraft) {
			d.log.WarnContext(ctx, "draft not known", "ticket", t.Number, "error", err)
		}
		return nil
	}
	return &made
}

// create makes a FAQ draft of a ticket. It returns what to say, and a status: 303 where all is well, else one that fits what did not work.
func (d *desk) create(ctx context.Context, ticket int64) (said string, status int) {
	draft, err := within(ctx, createDeadline, func(ctx context.Context) (faqcreatorv1.Draft, error) {
		return faqcreatorv1.Create.Call(ctx, d.calls, faqcreatorv1.NewDraft{Ticket: ticket})
	})
	switch {
	case errors.Is(err, faqcreatorv1.ErrNoAnswer):
		return "No draft was made: the ticket has no reply that is long enough to be an answer for others.", http.StatusConflict
	case errors.Is(err, faqcreatorv1.ErrNoQuestion):
		return "No draft was made: neither the subject nor the first message says what was asked. Change the subject, or write the entry yourself.", http.StatusConflict
	case errors.Is(err, faqcreatorv1.ErrPrivate):
		return "No draft was made: the ticket is tagged private or account-specific.", http.StatusConflict
	case err != nil:
		d.log.WarnContext(ctx, "no draft made", "ticket", ticket, "error", err)
		return "FaqCreator is away; the ticket is unharmed, try again later.", http.StatusServiceUnavailable
	case draft.DuplicateOf != 0:
		return fmt.Sprintf("The FAQ answers this already: entry %d.", draft.DuplicateOf), http.StatusSeeOther
	}
	return fmt.Sprintf("The draft “%s” waits for review.", draft.Question), http.StatusSeeOther
}

// within asks and waits no longer than the deadline, even where who is asked does not look at it.
func within[T any](ctx context.Context, deadline time.Duration, ask func(ctx context.Context) (T, error)) (T, error) {
	type reply struct {
		value T
		err   error
	}
	ctx, cancel := context.WithTimeout(ctx, deadline)
	replied := make(chan reply, 1)
	go func() {
		defer cancel()
		value, err := ask(ctx)
		replied <- reply{value, err}
	}()
	select {
	case r := <-replied:
		return r.value, r.err
	case <-ctx.Done():
	}
	select { // it may have replied at the same moment
	case r := <-replied:
		return r.value, r.err
	default:
		var none T
		return none, ctx.Err()
	}
}
