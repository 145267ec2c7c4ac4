// Package provider answers the endpoints of FaqCreator.
package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/faq/faqv2"
	"github.com/spinoff-go/spinoff/apps/faqcreator/faqcreatorv1"
	"github.com/spinoff-go/spinoff/apps/faqcreator/internal/draft"
	"github.com/spinoff-go/spinoff/apps/faqcreator/internal/models"
	"github.com/spinoff-go/spinoff/apps/tickets/ticketsv1"
	"github.com/spinoff-go/spinoff/data"
)

// Provider answers the endpoints.
type Provider struct {
	models *models.Models
	calls  spinoff.Caller
}

// New returns a provider that reads tickets and files drafts through calls.
func New(m *models.Models, calls spinoff.Caller) *Provider { return &Provider{m, calls} }

// Create answers [faqcreatorv1.Create]. The FAQ makes one entry of the same ticket and question, so that it may be tried again when it
// stopped half way.
func (p *Provider) Create(ctx context.Context, in faqcreatorv1.NewDraft) (faqcreatorv1.Draft, error) {
	made, err := p.models.Get(ctx, in.Ticket)
	if err == nil {
		answer := answerOf(made)
		answer.HTTPStatus = 200
		return answer, nil
	}
	if !errors.Is(err, models.ErrNotFound) {
		return faqcreatorv1.Draft{}, err
	}
	ticket, err := ticketsv1.Get.Call(ctx, p.calls, ticketsv1.TicketID{Number: in.Ticket})
	switch {
	case errors.Is(err, ticketsv1.ErrNotFound):
		return faqcreatorv1.Draft{}, faqcreatorv1.ErrNoTicket.With("ticket %d", in.Ticket)
	case err != nil:
		return faqcreatorv1.Draft{}, fmt.Errorf("read ticket %d: %w", in.Ticket, err)
	}
	drafted, err := draft.Make(textOf(ticket))
	if err != nil {
		return faqcreatorv1.Draft{}, refusal(err)
	}
	made, err = p.file(ctx, ticket.Number, ticket.Tags, drafted)
	return answerOf(made), err
}

// maxTags is how many tags an entry can have, as the contract of the FAQ says.
const maxTags = 20

// file gives a draft to the FAQ and notes it. The call comes before anything is written: what is written holds up others until it is committed.
func (p *Provider) file(ctx context.Context, ticket int64, tags []string, drafted draft.Draft) (models.Draft, error) {
	question, err := faqv2.Create.Call(ctx, p.calls, faqv2.NewQuestion{
		Question: drafted.Question, Source: ticket, Answer: drafted.Answer, Tags: tags[:min(len(tags), maxTags)],
	})
	if err != nil {
		return models.Draft{}, fmt.Errorf("file the draft of ticket %d: %w", ticket, err)
	}
	made := models.Draft{
		Ticket: ticket, Entry: question.ID, URL: question.URL, Question: question.Question, Duplicate: question.DuplicateOf,
		Scrubbed: kinds(drafted.Scrubbed), Author: spinoff.OriginOf(ctx).Person.Email,
	}
	return made, p.models.Add(ctx, made)
}

// refusal says why a ticket gives no draft.
func refusal(err error) error {
	switch {
	case errors.Is(err, draft.ErrPrivate):
		return faqcreatorv1.ErrPrivate.With("%v", err)
	case errors.Is(err, draft.ErrNoQuestion):
		return faqcreatorv1.ErrNoQuestion.With("%v", err)
	case errors.Is(err, draft.ErrNoAnswer):
		return faqcreatorv1.ErrNoAnswer.With("%v", err)
	}
	return err
}

// maxText is how many bytes of a message are looked at: several times what an entry can hold, and a bound to the time that the rules take.
const maxText = 64 << 10

// cut returns at most n bytes of s, and whole characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}

// textOf returns what of a ticket a draft is made of.
func textOf(t ticketsv1.Ticket) draft.Ticket {
	text := draft.Ticket{Subject: t.Subject, Tags: t.Tags}
	from := map[ticketsv1.Direction]draft.From{
		ticketsv1.In: draft.Customer, ticketsv1.Out: draft.Agent, ticketsv1.Note: draft.Note, ticketsv1.System: draft.System,
	}
	for _, m := range t.Messages {
		text.Messages = append(text.Messages, draft.Message{From: from[m.Direction], Text: cut(m.Text, maxText)})
	}
	return text
}

func kinds(findings []draft.Finding) string {
	words := make([]string, 0, len(findings))
	for _, f := range findings {
		words = append(words, string(f.Kind))
	}
	return strings.Join(words, ",")
}

func answerOf(d models.Draft) faqcreatorv1.Draft {
	answer := faqcreatorv1.Draft{Ticket: d.Ticket, Entry: d.Entry, URL: d.URL, Question: d.Question, DuplicateOf: d.Duplicate}
	if d.Scrubbed != "" {
		answer.Scrubbed = strings.Split(d.Scrubbed, ",")
	}
	return answer
}

// Get answers [faqcreatorv1.Get].
func (p *Provider) Get(ctx context.Context, in faqcreatorv1.TicketID) (faqcreatorv1.Made, error) {
	made, err := p.models.Get(ctx, in.Ticket)
	if errors.Is(err, models.ErrNotFound) {
		return faqcreatorv1.Made{}, faqcreatorv1.ErrNoDraft.With("ticket %d", in.Ticket)
	}
	return faqcreatorv1.Made{Ticket: made.Ticket, Entry: made.Entry, URL: made.URL, At: data.Time(made.At)}, err
}
