package models

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spinoff-go/spinoff/apps/tickets/ticketsv1"
	"github.com/spinoff-go/spinoff/data"
)

// Message is one message of a conversation.
type Message struct {
	ID          int64
	Direction   ticketsv1.Direction
	Author      string // name, or e-mail address where there is none
	Email       string
	Text        string
	HTML        string `db:"html"` // sanitised; a conversation has it as "yes" or ""
	MailID      string // Message-ID; "" where it is no mail
	Digest      string // of what a mail says
	Remark      string // what the staff should know about it
	Entry       int64  // of the knowledge base, which the message says answers the ticket; 0 for any other message
	Link        string // page of the entry for readers
	At          Millis
	Attachments []Attachment `db:"-"`
}

// Attachment is a file of a message.
type Attachment struct {
	ID      int64
	Message int64
	Name    string
	Type    string // what the sender claims
	Size    int64  // bytes
	CID     string `db:"cid"`
	SHA256  string `db:"sha256"`
	Content []byte // nil in a conversation
}

// conversation returns the messages of a ticket, oldest first, without their HTML and the content of their files.
func conversation(ctx context.Context, tx *data.Tx, number int64) ([]Message, error) {
	talk, err := data.Query[Message](ctx, tx, `SELECT id, direction, author, email, text, CASE html WHEN '' THEN '' ELSE 'yes' END AS html, mail_id, remark, entry, link, at
		FROM message WHERE ticket = $1 ORDER BY at, id`, number)
	if err != nil {
		return nil, err
	}
	files, err := data.Query[Attachment](ctx, tx, `SELECT id, message, name, type, size, cid, sha256
		FROM attachment WHERE message IN (SELECT id FROM message WHERE ticket = $1) ORDER BY id`, number)
	if err != nil {
		return nil, err
	}
	byMessage := map[int64][]Attachment{}
	for _, f := range files {
		byMessage[f.Message] = append(byMessage[f.Message], f)
	}
	for i := range talk {
		talk[i].Attachments = byMessage[talk[i].ID]
	}
	return talk, nil
}

// HTML returns the sanitised HTML of a mail and the images that it shows, or [ticketsv1.ErrNotFound].
func (m *Models) HTML(ctx context.Context, message int64) (html string, images []Attachment, err error) {
	err = m.db.Read(ctx, func(tx *data.Tx) error {
		html, err = data.One[string](ctx, tx, "SELECT html FROM message WHERE id = $1 AND html <> ''", message)
		if err != nil {
			return notFound(err)
		}
		images, err = data.Query[Attachment](ctx, tx, `SELECT id, message, name, type, size, cid, sha256, content FROM attachment
			WHERE message = $1 AND cid <> '' AND size <= 5000000 ORDER BY id LIMIT 50`, message)
		return err
	})
	return html, images, err
}

// File returns an attachment with its content, or [ticketsv1.ErrNotFound].
func (m *Models) File(ctx context.Context, id int64) (f Attachment, err error) {
	err = m.db.Read(ctx, func(tx *data.Tx) error {
		f, err = data.One[Attachment](ctx, tx, "SELECT id, message, name, type, size, cid, sha256, content FROM attachment WHERE id = $1", id)
		return notFound(err)
	})
	return f, err
}

func notFound(err error) error {
	if errors.Is(err, data.ErrNotFound) {
		return ticketsv1.ErrNotFound
	}
	return err
}

// Post is what the staff adds to a ticket.
type Post struct {
	Direction     ticketsv1.Direction // Out or Note
	Author, Email string
	Text          string
	IfLast        int64 // id of the last message that the author has seen; 0 adds in any case
	Solve         bool  // whether the ticket is solved with it
}

// Added is what became of a message.
type Added struct {
	ID     int64
	Status ticketsv1.Status // of the ticket now
}

// Add adds a reply or a note. A reply makes the ticket wait for the customer. It fails with [ticketsv1.ErrNotFound] and [ticketsv1.ErrStale].
func (m *Models) Add(ctx context.Context, number int64, p Post) (a Added, err error) {
	err = m.db.Write(ctx, func(tx *data.Tx) error {
		t, err := one(ctx, tx, "number = $1", number)
		if err != nil {
			return err
		}
		if err := unseen(ctx, tx, number, p.IfLast); err != nil {
			return err
		}
		message := Message{Direction: p.Direction, Author: p.Author, Email: p.Email, Text: p.Text, At: millis(m.now())}
		to := t.Status
		if p.Direction == ticketsv1.Out {
			to = ticketsv1.Waiting
		}
		if a, err = add(ctx, tx, t, message, to); err != nil {
			return err
		}
		if err := tellReply(ctx, tx, number, p.Direction); err != nil || !p.Solve {
			return err
		}
		if t, err = one(ctx, tx, "number = $1", number); err != nil {
			return err
		}
		a.Status = ticketsv1.Solved
		return m.change(ctx, tx, t, Change{Status: &a.Status, By: p.Author})
	})
	return a, err
}

// Answer adds what the customer writes, by the secret of the ticket. It fails with [ticketsv1.ErrNotFound].
func (m *Models) Answer(ctx context.Context, token, text string) (a Added, err error) {
	err = m.db.Write(ctx, func(tx *data.Tx) error {
		t, err := one(ctx, tx, "token = $1", token)
		if err != nil {
			return err
		}
		a, err = add(ctx, tx, t, Message{Direction: ticketsv1.In, Author: t.Customer(), Email: t.Email, Text: text, At: millis(m.now())}, ticketsv1.Open)
		if err != nil {
			return err
		}
		return tellReply(ctx, tx, t.Number, ticketsv1.In)
	})
	return a, err
}

// unseen fails with [ticketsv1.ErrStale] where somebody has written since the message that the author saw last.
func unseen(ctx context.Context, tx *data.Tx, number, last int64) error {
	if last == 0 {
		return nil
	}
	stale, err := data.One[bool](ctx, tx, `SELECT NOT EXISTS (SELECT 1 FROM message WHERE ticket = $1 AND id = $2)
		OR EXISTS (SELECT 1 FROM message WHERE ticket = $1 AND id > $2 AND direction <> 'system')`, number, last)
	if err == nil && stale {
		err = ticketsv1.ErrStale
	}
	return err
}

// add adds a message to its ticket, which moves to a status. A message from the past, as an import brings them, moves nothing.
func add(ctx context.Context, tx *data.Tx, t Ticket, message Message, to ticketsv1.Status) (Added, error) {
	newest, err := data.One[bool](ctx, tx, "SELECT NOT EXISTS (SELECT 1 FROM message WHERE ticket = $1 AND at > $2 AND direction IN ('in', 'out'))", t.Number, message.At)
	if err != nil {
		return Added{}, err
	}
	id, err := insert(ctx, tx, t, message)
	if err != nil {
		return Added{}, err
	}
	was := t
	if newest {
		t.Status = to
	}
	if err := save(ctx, tx, was, t, message.At); err != nil {
		return Added{}, err
	}
	if was.Status == ticketsv1.Solved && t.Status == ticketsv1.Open {
		if err := record(ctx, tx, t.Number, message.At, "The ticket is open again: %s wrote", message.Author); err != nil {
			return Added{}, err
		}
	}
	return Added{id, t.Status}, tellStatus(ctx, tx, was, t, message.At)
}

// insert writes a message, its files and its words.
func insert(ctx context.Context, tx *data.Tx, t Ticket, message Message) (id int64, err error) {
	id, err = data.One[int64](ctx, tx, `INSERT INTO message (ticket, direction, author, email, text, html, mail_id, digest, remark, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id`,
		t.Number, message.Direction, message.Author, message.Email, message.Text, message.HTML, message.MailID, message.Digest, message.Remark, message.At)
	if err != nil {
		return 0, err
	}
	for _, f := range message.Attachments {
		if f.Content == nil {
			f.Content = []byte{}
		}
		if _, err := data.Exec(ctx, tx, "INSERT INTO attachment (message, name, type, size, cid, sha256, content) VALUES ($1, $2, $3, $4, $5, $6, $7)",
			id, f.Name, f.Type, len(f.Content), f.CID, f.SHA256, f.Content); err != nil {
			return 0, err
		}
	}
	if err := addWords(ctx, tx, id, t.Subject, people(t.Name, t.Email, message.Author, message.Email), message.Text); err != nil {
		return 0, err
	}
	_, err = data.Exec(ctx, tx, "UPDATE ticket SET messages = messages + 1 WHERE number = $1", t.Number)
	return id, err
}

// people returns the names and addresses that a message is found by.
func people(names ...string) string { return strings.Join(names, " ") }

// addWords adds what a message is found by.
func addWords(ctx context.Context, tx *data.Tx, id int64, subject, people, text string) error {
	words := "INSERT INTO message_text (rowid, subject, people, text) VALUES ($1, $2, $3, $4)"
	if tx.Dialect() == data.Postgres {
		words = "INSERT INTO message_text (rowid, words) VALUES ($1, spinoff_words('simple', $2 || ' ' || $3 || ' ' || $4))"
	}
	_, err := data.Exec(ctx, tx, words, id, subject, people, text)
	return err
}

// Derived are the tables that [Rebuild] fills from the others.
var Derived = []string{"message_text"}

// Rebuild fills the full-text table, for a database that was copied from another engine.
func Rebuild(ctx context.Context, tx *data.Tx) error {
	empty := "INSERT INTO message_text (message_text) VALUES ('delete-all')"
	if tx.Dialect() == data.Postgres {
		empty = "DELETE FROM message_text"
	}
	if _, err := data.Exec(ctx, tx, empty); err != nil {
		return err
	}
	type row struct {
		ID                                          int64
		Subject, Name, Address, Author, Email, Text string
	}
	for last := int64(0); ; {
		rows, err := data.Query[row](ctx, tx, `SELECT m.id, t.subject, t.name, t.email AS address, m.author, m.email, m.text
			FROM message m JOIN ticket t ON t.number = m.ticket WHERE m.id > $1 ORDER BY m.id LIMIT 500`, last)
		if len(rows) == 0 || err != nil {
			return err
		}
		for _, r := range rows {
			if err := addWords(ctx, tx, r.ID, r.Subject, people(r.Name, r.Address, r.Author, r.Email), r.Text); err != nil {
				return err
			}
		}
		last = rows[len(rows)-1].ID
	}
}

// Bytes returns the size for people: "12 kB".
func (a Attachment) Bytes() string {
	switch {
	case a.Size < 1000:
		return fmt.Sprintf("%d bytes", a.Size)
	case a.Size < 1_000_000:
		return fmt.Sprintf("%d kB", (a.Size+500)/1000)
	}
	return fmt.Sprintf("%.1f MB", float64(a.Size)/1e6)
}
