package models

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/spinoff-go/spinoff"
	"github.com/spinoff-go/spinoff/apps/tickets/ticketsv1"
	"github.com/spinoff-go/spinoff/data"
)

// Ticket is what somebody asks, and where it stands.
type Ticket struct {
	Number    int64
	Subject   string
	Status    ticketsv1.Status
	Priority  string
	Assignee  string // e-mail address; "" for nobody
	Email     string // of the customer; "" where a mail did not say
	Name      string
	Channel   string
	Search    string // what the customer looked for before
	Token     string // secret of the customer's link
	Messages  int64  // without those of the system
	Version   int64
	CreatedAt Millis
	UpdatedAt Millis
	SolvedAt  Millis
	Tags      Words
}

// Customer returns the customer's name, or address where there is none.
func (t Ticket) Customer() string { return cmp.Or(t.Name, t.Email, "Unknown sender") }

// ETag names the version of the ticket.
func (t Ticket) ETag() string { return fmt.Sprintf(`"%d-%d"`, t.Number, t.Version) }

const selectTicket = `SELECT number, subject, status, priority, assignee, email, name, channel, search, token, messages, version,
	created_at, updated_at, solved_at,
	(SELECT coalesce(string_agg(name, '` + wordEnd + `' ORDER BY name), '') FROM tag WHERE tag.ticket = ticket.number) AS tags
	FROM ticket `

// Get returns a ticket and its conversation, or [ticketsv1.ErrNotFound].
func (m *Models) Get(ctx context.Context, number int64) (t Ticket, talk []Message, err error) {
	return m.find(ctx, "number = $1", number)
}

// Mine returns the ticket with this secret and its conversation, or [ticketsv1.ErrNotFound].
func (m *Models) Mine(ctx context.Context, token string) (t Ticket, talk []Message, err error) {
	return m.find(ctx, "token = $1", token)
}

func (m *Models) find(ctx context.Context, where string, key any) (t Ticket, talk []Message, err error) {
	err = m.db.Read(ctx, func(tx *data.Tx) error {
		if t, err = one(ctx, tx, where, key); err == nil {
			talk, err = conversation(ctx, tx, t.Number)
		}
		return err
	})
	return t, talk, err
}

// one returns the ticket that the condition selects, or [ticketsv1.ErrNotFound].
func one(ctx context.Context, tx *data.Tx, where string, key any) (Ticket, error) {
	t, err := data.One[Ticket](ctx, tx, selectTicket+"WHERE "+where, key)
	if errors.Is(err, data.ErrNotFound) {
		return t, ticketsv1.ErrNotFound
	}
	return t, err
}

// NewTicket is a ticket to be opened with its first message.
type NewTicket struct {
	Subject, Email, Name, Channel, Priority, Search, Fingerprint, Text string
	Tags                                                               []string
}

// Create opens a ticket. Where a ticket that is not solved has the same fingerprint, it returns that one, and false.
func (m *Models) Create(ctx context.Context, n NewTicket) (t Ticket, created bool, err error) {
	err = m.db.Write(ctx, func(tx *data.Tx) error {
		if n.Fingerprint != "" {
			t, err = one(ctx, tx, "fingerprint = $1 AND fingerprint <> '' AND status <> 'solved'", n.Fingerprint)
			if !errors.Is(err, ticketsv1.ErrNotFound) {
				return err
			}
		}
		created = true
		t = Ticket{
			Subject: n.Subject, Status: ticketsv1.Open, Priority: n.Priority, Email: n.Email, Name: n.Name,
			Channel: n.Channel, Search: n.Search, CreatedAt: millis(m.now()), Tags: n.Tags,
		}
		if err := open(ctx, tx, &t, n.Fingerprint); err != nil {
			return err
		}
		_, err := add(ctx, tx, t, Message{Direction: ticketsv1.In, Author: t.Customer(), Email: t.Email, Text: n.Text, At: t.CreatedAt}, t.Status)
		if err != nil {
			return err
		}
		if t.Version, err = data.One[int64](ctx, tx, "SELECT version FROM ticket WHERE number = $1", t.Number); err != nil {
			return err
		}
		return tellCreated(ctx, tx, t)
	})
	return t, created, err
}

// open inserts a ticket that has no message yet, and gives it its number and its secret.
func open(ctx context.Context, tx *data.Tx, t *Ticket, fingerprint string) (err error) {
	t.Token, t.UpdatedAt, t.Priority = newToken(), t.CreatedAt, cmp.Or(t.Priority, "normal")
	t.Number, err = data.One[int64](ctx, tx, `INSERT INTO ticket (subject, status, priority, assignee, email, name, channel, search, fingerprint, token, created_at, updated_at, solved_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12) RETURNING number`,
		t.Subject, t.Status, t.Priority, t.Assignee, t.Email, t.Name, t.Channel, t.Search, fingerprint, t.Token, t.CreatedAt, t.SolvedAt)
	if err != nil {
		return err
	}
	return addTags(ctx, tx, t.Number, t.Tags)
}

func addTags(ctx context.Context, tx *data.Tx, number int64, tags []string) error {
	for _, tag := range tags {
		if tag = Tag(tag); tag == "" {
			continue
		}
		if err := exec(ctx, tx, "INSERT INTO tag (ticket, name) VALUES ($1, $2) ON CONFLICT DO NOTHING", number, tag); err != nil {
			return err
		}
	}
	return nil
}

// Change holds what is to be changed; what is nil stays.
type Change struct {
	Status             *ticketsv1.Status
	Assignee, Priority *string
	AddTags, DropTags  []string
	IfMatch            string // ETag of what was seen; "" changes in any case
	IfLast             int64  // id of the last message that was seen; 0 changes in any case
	By                 string // who changes it
}

// Update changes a ticket. What happened to status and assignee becomes a message of the system. It fails with
// [ticketsv1.ErrNotFound], and with [ticketsv1.ErrStale] where the ticket is not what was seen any more.
func (m *Models) Update(ctx context.Context, number int64, c Change) error {
	return m.db.Write(ctx, func(tx *data.Tx) error {
		t, err := one(ctx, tx, "number = $1", number)
		if err != nil {
			return err
		}
		if c.IfMatch != "" && !spinoff.MatchETag(c.IfMatch, t.ETag()) {
			return ticketsv1.ErrStale
		}
		if err := unseen(ctx, tx, number, c.IfLast); err != nil {
			return err
		}
		return m.change(ctx, tx, t, c)
	})
}

func (m *Models) change(ctx context.Context, tx *data.Tx, t Ticket, c Change) error {
	now, was := millis(m.now()), t
	if c.Status != nil {
		t.Status = *c.Status
	}
	if c.Assignee != nil {
		t.Assignee = *c.Assignee
	}
	if c.Priority != nil {
		t.Priority = *c.Priority
	}
	if err := addTags(ctx, tx, t.Number, c.AddTags); err != nil {
		return err
	}
	for _, tag := range c.DropTags {
		if err := exec(ctx, tx, "DELETE FROM tag WHERE ticket = $1 AND name = $2", t.Number, Tag(tag)); err != nil {
			return err
		}
	}
	if err := save(ctx, tx, was, t, now); err != nil {
		return err
	}
	if err := tellStatus(ctx, tx, was, t, now); err != nil {
		return err
	}
	if t.Status != was.Status {
		if err := record(ctx, tx, t.Number, now, "%s changed the status from %s to %s", c.By, was.Status, t.Status); err != nil {
			return err
		}
	}
	switch t.Assignee {
	case was.Assignee:
		return nil
	case "":
		return record(ctx, tx, t.Number, now, "%s took the ticket from %s", c.By, was.Assignee)
	}
	return record(ctx, tx, t.Number, now, "%s gave the ticket to %s", c.By, t.Assignee)
}

// save writes what can change of a ticket, at a time. A ticket that comes back from solved gives its fingerprint up where a newer ticket has it.
func save(ctx context.Context, tx *data.Tx, was, t Ticket, at Millis) error {
	switch {
	case t.Status != ticketsv1.Solved:
		t.SolvedAt = 0
	case was.Status != ticketsv1.Solved:
		t.SolvedAt = at
	}
	if was.Status == ticketsv1.Solved && t.Status != ticketsv1.Solved {
		if err := exec(ctx, tx, `UPDATE ticket SET fingerprint = '' WHERE number = $1 AND fingerprint IN
			(SELECT fingerprint FROM ticket WHERE number <> $1 AND status <> 'solved' AND fingerprint <> '')`, t.Number); err != nil {
			return err
		}
	}
	return exec(ctx, tx, `UPDATE ticket SET status = $1, assignee = $2, priority = $3, solved_at = $4, version = version + 1,
		created_at = CASE WHEN created_at < $5 THEN created_at ELSE $5 END, updated_at = CASE WHEN updated_at > $5 THEN updated_at ELSE $5 END WHERE number = $6`,
		t.Status, t.Assignee, t.Priority, t.SolvedAt, at, t.Number)
}

// record adds a message of the system.
func record(ctx context.Context, tx *data.Tx, number int64, at Millis, format string, args ...any) error {
	return exec(ctx, tx, "INSERT INTO message (ticket, direction, author, text, at) VALUES ($1, 'system', '', $2, $3)",
		number, fmt.Sprintf(format, args...), at)
}
