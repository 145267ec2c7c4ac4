package models

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/tickets/ticketsv1"
	"github.com/spinoff-go/spinoff/data"
)

// What a [ticketsv1.SolvedTicket] holds at most, so that no message is too large for the engine: bytes of a text, and answers.
const (
	maxTold    = 64 << 10
	maxAnswers = 5
)

// publish puts an event about a ticket into the transaction.
func publish[T any](ctx context.Context, tx *data.Tx, topic spinoff.Topic[T], number int64, event T) error {
	return topic.Publish(ctx, tx, strconv.FormatInt(number, 10), event)
}

// tellCreated tells that a ticket was opened.
func tellCreated(ctx context.Context, tx *data.Tx, t Ticket) error {
	tags, err := tagsOf(ctx, tx, t.Number)
	if err != nil {
		return err
	}
	return publish(ctx, tx, ticketsv1.TicketCreated, t.Number, ticketsv1.CreatedTicket{
		Number: t.Number, Subject: t.Subject, Channel: t.Channel, Priority: t.Priority, Tags: tags, Search: t.Search, CreatedAt: t.CreatedAt.Time(),
	})
}

// tellReply tells that somebody wrote, unless it was a note.
func tellReply(ctx context.Context, tx *data.Tx, number int64, from ticketsv1.Direction) error {
	reply := ticketsv1.Reply{Number: number, By: ticketsv1.ByCustomer}
	switch from {
	case ticketsv1.In:
	case ticketsv1.Out:
		reply.By = ticketsv1.ByAgent
	default:
		return nil
	}
	return publish(ctx, tx, ticketsv1.TicketReplied, number, reply)
}

// tellStatus tells that a ticket has become solved at a time, or is solved no more. Of other changes it tells nothing.
func tellStatus(ctx context.Context, tx *data.Tx, was, t Ticket, at Millis) error {
	switch {
	case (was.Status == ticketsv1.Solved) == (t.Status == ticketsv1.Solved):
		return nil
	case was.Status == ticketsv1.Solved:
		return publish(ctx, tx, ticketsv1.TicketReopened, t.Number, ticketsv1.ReopenedTicket{Number: t.Number, Status: t.Status})
	}
	told, err := solution(ctx, tx, t)
	if err != nil {
		return err
	}
	told.SolvedAt = at.Time()
	return publish(ctx, tx, ticketsv1.TicketSolved, t.Number, told)
}

// solution is what was asked and answered in a ticket.
func solution(ctx context.Context, tx *data.Tx, t Ticket) (told ticketsv1.SolvedTicket, err error) {
	told = ticketsv1.SolvedTicket{Number: t.Number, Subject: t.Subject}
	if told.Tags, err = tagsOf(ctx, tx, t.Number); err != nil || slices.ContainsFunc(told.Tags, isPrivate) {
		return told, err
	}
	asked, err := data.Query[string](ctx, tx, "SELECT text FROM message WHERE ticket = $1 AND direction = 'in' ORDER BY at, id LIMIT 1", t.Number)
	if err != nil {
		return told, err
	}
	for _, text := range asked {
		told.Question = cut(text)
	}
	answers, err := data.Query[string](ctx, tx, "SELECT text FROM message WHERE ticket = $1 AND direction = 'out' ORDER BY at DESC, id DESC LIMIT $2", t.Number, maxAnswers)
	for _, text := range slices.Backward(answers) {
		told.Answers = append(told.Answers, cut(text))
	}
	return told, err
}

// isPrivate reports a tag that keeps the conversation of a ticket inside the app.
func isPrivate(tag string) bool { return tag == "private" || tag == "account-specific" }

func tagsOf(ctx context.Context, tx *data.Tx, number int64) ([]string, error) {
	return data.Query[string](ctx, tx, "SELECT name FROM tag WHERE ticket = $1 ORDER BY name", number)
}

// cut returns at most maxTold bytes of a text, and whole characters.
func cut(text string) string {
	if len(text) <= maxTold {
		return text
	}
	return strings.ToValidUTF8(text[:maxTold], "")
}
