package models

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spinoff-go/spinoff/apps/tickets/internal/mail"
	"github.com/spinoff-go/spinoff/apps/tickets/ticketsv1"
	"github.com/spinoff-go/spinoff/data"
)

// What becomes of a mail: the names by which an import counts.
const (
	Opened   = "tickets opened"
	Appended = "messages added"
	Known    = "already there"
	Refused  = "refused"
)

// fresh is how old a mail may be that an import brings, for what it says to be news: it is told as if the mail had just come. Of older ones only
// the tickets that they open are told, so that an old mailbox does not tell its whole life.
const fresh = 24 * time.Hour

// otherSender is the remark on a mail that answers in a thread and comes from somebody else than its customer.
const otherSender = "From another sender"

// Position is how far the import of a file or folder has come.
type Position struct {
	Next    mail.Position
	Counts  map[string]int64 // by [Opened], [Appended], [Known] and [Refused]
	Refused []string         // what was refused and why, the first hundred
}

// Position returns where an import that was interrupted goes on: the start where there was none.
func (m *Models) Position(ctx context.Context, identity string) (p Position, err error) {
	err = m.db.Read(ctx, func(tx *data.Tx) error {
		row, err := data.One[struct {
			Source, Counts, Refused string
			SourceOffset            int64
		}](ctx, tx, "SELECT source, source_offset, counts, refused FROM import_position WHERE identity = $1", identity)
		if errors.Is(err, data.ErrNotFound) {
			p.Counts = map[string]int64{}
			return nil
		}
		p.Next = mail.Position{Source: row.Source, Offset: row.SourceOffset}
		return errors.Join(err, unmarshal(row.Counts, &p.Counts), unmarshal(row.Refused, &p.Refused))
	})
	return p, err
}

// TakeIn takes in a batch of mails and remembers the position after it, all or nothing. It counts what became of each mail in p.
func (m *Models) TakeIn(ctx context.Context, identity string, batch []mail.Message, p *Position) error {
	counts := map[string]int64{}
	err := m.db.Write(ctx, func(tx *data.Tx) error {
		for _, letter := range batch {
			outcome, err := m.takeIn(ctx, tx, letter)
			if err != nil {
				return err
			}
			counts[outcome]++
		}
		for outcome, n := range p.Counts {
			counts[outcome] += n
		}
		return exec(ctx, tx, `INSERT INTO import_position (identity, source, source_offset, counts, refused) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (identity) DO UPDATE SET source = excluded.source, source_offset = excluded.source_offset, counts = excluded.counts, refused = excluded.refused`,
			identity, p.Next.Source, p.Next.Offset, marshal(counts), marshal(p.Refused))
	})
	if err == nil {
		p.Counts = counts
	}
	return err
}

// Forget forgets the position of an import that has come to its end.
func (m *Models) Forget(ctx context.Context, identity string) error {
	return m.db.Write(ctx, func(tx *data.Tx) error {
		return exec(ctx, tx, "DELETE FROM import_position WHERE identity = $1", identity)
	})
}

func (m *Models) takeIn(ctx context.Context, tx *data.Tx, letter mail.Message) (outcome string, err error) {
	there, err := data.Query[string](ctx, tx, "SELECT digest FROM message WHERE mail_id = $1 AND mail_id <> ''", letter.ID)
	if err != nil || slices.Contains(there, digest(letter)) {
		return Known, err
	}
	t, err := thread(ctx, tx, letter, len(there) == 0)
	if err != nil {
		return "", err
	}
	outcome = Appended
	if t.Number == 0 {
		outcome, t = Opened, m.opening(letter)
		if err := open(ctx, tx, &t, ""); err != nil {
			return "", err
		}
	}
	message, to := m.received(t, letter)
	if _, err := add(ctx, tx, t, message, to); err != nil {
		return "", err
	}
	if err := m.tell(ctx, tx, t, outcome, message); err != nil {
		return "", err
	}
	for _, id := range slices.Concat([]string{letter.ID}, letter.InReplyTo, letter.References) {
		if err := exec(ctx, tx, "INSERT INTO message_ref (mail_id, ticket) VALUES ($1, $2) ON CONFLICT DO NOTHING", id, t.Number); err != nil {
			return "", err
		}
	}
	return outcome, nil
}

// tell tells what became of a mail. Nobody has to know of a ticket that was solved from the start, as one of an automatic reply is.
func (m *Models) tell(ctx context.Context, tx *data.Tx, t Ticket, outcome string, message Message) error {
	switch {
	case outcome == Opened && t.Status != ticketsv1.Solved:
		return tellCreated(ctx, tx, t)
	case outcome == Appended && m.now().Sub(message.At.Time()) < fresh:
		return tellReply(ctx, tx, t.Number, message.Direction)
	}
	return nil
}

// thread finds the ticket that a mail belongs to: by the mails that it answers, by a mail that answers it and was read earlier, or by
// the number that we wrote into the subject, where the customer of that ticket sends it. Without one it returns the zero Ticket. unique
// says that no other mail has its Message-ID, which then tells what answers it.
func thread(ctx context.Context, tx *data.Tx, letter mail.Message, unique bool) (Ticket, error) {
	ids := slices.Concat(letter.InReplyTo, letter.Auto.Original)
	for _, id := range slices.Backward(letter.References) {
		ids = append(ids, id)
	}
	if unique {
		ids = append(ids, letter.ID)
	}
	for _, id := range ids {
		t, err := one(ctx, tx, "number = (SELECT ticket FROM message_ref WHERE mail_id = $1)", id)
		if !errors.Is(err, ticketsv1.ErrNotFound) {
			return t, err
		}
	}
	if number, ok := mail.TicketNumber(letter.Subject); ok {
		t, err := one(ctx, tx, "number = $1", number)
		if !errors.Is(err, ticketsv1.ErrNotFound) && (err != nil || same(t.Email, letter.From.Email)) {
			return t, err
		}
	}
	return Ticket{}, nil
}

// opening is the ticket that a mail opens. When it is one of ours, its customer is who we wrote to.
func (m *Models) opening(letter mail.Message) Ticket {
	customer := letter.From
	if m.isStaff(customer.Email) {
		for _, to := range slices.Backward(slices.Concat(letter.To, letter.Cc)) {
			if !m.isStaff(to.Email) {
				customer = to
			}
		}
	}
	t := Ticket{
		Subject: cmp.Or(letter.Subject, "(no subject)"), Status: ticketsv1.Open, Email: customer.Email, Name: customer.Name,
		Channel: "mail", CreatedAt: millis(letter.Date),
	}
	if answersUs(letter) {
		t.Status, t.SolvedAt, t.Tags = ticketsv1.Solved, t.CreatedAt, Words{"automatic"}
	}
	return t
}

// answersUs tells bounces and automatic replies, which nobody has to answer, from what a machine sends on its own, such as the mail of a web form.
func answersUs(letter mail.Message) bool {
	a := letter.Auto
	return a.Bounce || a.Reply && (len(letter.InReplyTo)+len(letter.References) > 0 || strings.Contains(a.Reason, "auto-replied"))
}

// received is the message that a mail becomes in a ticket, and the status that the ticket has then.
func (m *Models) received(t Ticket, letter mail.Message) (Message, ticketsv1.Status) {
	message := Message{
		Direction: ticketsv1.In, Author: cmp.Or(letter.From.Name, letter.From.Email, "Unknown sender"), Email: letter.From.Email,
		Text: letter.Text, HTML: letter.HTML, MailID: letter.ID, Digest: digest(letter), At: millis(letter.Date),
	}
	for _, f := range letter.Attachments {
		message.Attachments = append(message.Attachments, Attachment{Name: f.Name, Type: f.Type, CID: f.CID, SHA256: f.SHA256, Content: f.Content})
	}
	var remarks []string
	to := ticketsv1.Open
	switch {
	case letter.Auto.Any():
		remarks, to = append(remarks, automatic(letter.Auto)), t.Status
		if t.Messages > 0 {
			message.Direction = ticketsv1.Note
		}
	case m.isStaff(letter.From.Email):
		message.Direction, to = ticketsv1.Out, ticketsv1.Waiting
	case t.Messages > 0 && !same(t.Email, letter.From.Email):
		remarks, message.Direction = append(remarks, otherSender), ticketsv1.Note
	}
	for _, flag := range letter.Flags {
		remarks = append(remarks, string(flag))
	}
	message.Remark = strings.Join(remarks, "; ")
	return message, to
}

func automatic(a mail.Auto) string {
	switch {
	case !a.Bounce:
		return "Automatic mail"
	case len(a.Failed) == 0:
		return "Not delivered"
	}
	return "Not delivered to " + strings.Join(a.Failed[:min(3, len(a.Failed))], ", ")
}

// digest is the same for the same mail whatever way it came: without the date, which is made up where there is none.
func digest(letter mail.Message) string {
	sum := sha256.New()
	fmt.Fprintf(sum, "%q %q %q %q", strings.ToLower(letter.From.Email), letter.Subject, letter.Text, letter.HTML)
	for _, f := range letter.Attachments {
		fmt.Fprintf(sum, " %s", f.SHA256)
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// same reports whether two addresses are those of one sender; an unknown sender is nobody's.
func same(a, b string) bool { return a != "" && strings.EqualFold(a, b) }

func marshal(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // maps and lists of text always can
	}
	return string(b)
}

func unmarshal(text string, v any) error {
	if text == "" {
		return nil
	}
	return json.Unmarshal([]byte(text), v)
}
