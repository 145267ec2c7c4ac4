package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/faqcreator/internal/draft"
	"github.com/spinoff-go/spinoff/apps/faqcreator/internal/models"
	"github.com/spinoff-go/spinoff/apps/tickets/ticketsv1"
)

// TicketSolved handles [ticketsv1.TicketSolved]: it makes a draft of the ticket, or notes why it makes none. While the FAQ is away it
// fails, and is tried again. A ticket that has a draft already, made by hand or when it was solved before, keeps that one.
func (p *Provider) TicketSolved(ctx context.Context, e spinoff.Event[ticketsv1.SolvedTicket]) error {
	ticket := e.Data
	if _, err := p.models.Get(ctx, ticket.Number); !errors.Is(err, models.ErrNotFound) {
		return err
	}
	drafted, err := draft.Make(textOfSolved(ticket))
	if err != nil {
		return p.models.Skip(ctx, ticket.Number, err.Error())
	}
	key := fmt.Sprintf("faq:%d:%s", ticket.Number, ticket.SolvedAt.UTC().Format(time.RFC3339Nano))
	_, err = p.file(spinoff.WithIdempotencyKey(ctx, key), ticket.Number, ticket.Tags, drafted)
	if errors.Is(err, spinoff.ErrInvalid) { // as the FAQ will say the next time, too
		return p.models.Skip(ctx, ticket.Number, err.Error())
	}
	return err
}

// textOfSolved returns what a draft is made of. Between question and answers there may have been other messages, which count for nothing.
func textOfSolved(t ticketsv1.SolvedTicket) draft.Ticket {
	text := draft.Ticket{Subject: t.Subject, Tags: t.Tags, Messages: []draft.Message{{From: draft.Customer, Text: cut(t.Question, maxText)}}}
	for _, answer := range t.Answers {
		text.Messages = append(text.Messages, draft.Message{From: draft.Agent, Text: cut(answer, maxText)})
	}
	return text
}
