// Package models keeps which drafts were made of which tickets.
package models

import (
	"context"
	"embed"
	"time"

	"github.com/spinoff-go/spinoff/data"
)

// Migrations is the schema, for [data.New].
//
//go:embed migrations/*.sql
var Migrations embed.FS

// ErrNotFound means that no draft was made of the ticket.
var ErrNotFound = data.ErrNotFound

// Models is the data of the app. It is safe for concurrent use.
type Models struct {
	db  *data.DB
	now func() time.Time
}

// New returns the models in db.
func New(db *data.DB, now func() time.Time) *Models { return &Models{db, now} }

// Draft is a draft that was made of a ticket.
type Draft struct {
	Ticket    int64
	Entry     int64
	URL       string `db:"url"`
	Question  string
	Duplicate int64
	Scrubbed  string // kinds of personal data, with commas between
	Author    string // e-mail address of who asked for it; "" where it was made by itself
	At        int64  // Unix milliseconds; set by Add
}

// Add notes a draft, unless one of the same ticket was noted meanwhile: then that one stays.
func (m *Models) Add(ctx context.Context, d Draft) error {
	return m.db.Write(ctx, func(tx *data.Tx) error {
		_, err := data.Exec(ctx, tx, `INSERT INTO draft (ticket, entry, url, question, duplicate, scrubbed, author, at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (ticket) DO NOTHING`,
			d.Ticket, d.Entry, d.URL, d.Question, d.Duplicate, d.Scrubbed, d.Author, data.Millis(m.now()))
		if err != nil {
			return err
		}
		_, err = data.Exec(ctx, tx, "DELETE FROM skipped WHERE ticket = $1", d.Ticket)
		return err
	})
}

const columns = "ticket, entry, url, question, duplicate, scrubbed, author, at"

// Get returns the draft of a ticket. It fails with [ErrNotFound].
func (m *Models) Get(ctx context.Context, ticket int64) (d Draft, err error) {
	err = m.db.Read(ctx, func(tx *data.Tx) error {
		d, err = data.One[Draft](ctx, tx, "SELECT "+columns+" FROM draft WHERE ticket = $1", ticket)
		return err
	})
	return d, err
}

// Latest returns up to 100 drafts, the newest first.
func (m *Models) Latest(ctx context.Context) (drafts []Draft, err error) {
	err = m.db.Read(ctx, func(tx *data.Tx) error {
		drafts, err = data.Query[Draft](ctx, tx, "SELECT "+columns+" FROM draft ORDER BY at DESC, ticket DESC LIMIT 100")
		return err
	})
	return drafts, err
}

// Count returns how many drafts were made.
func (m *Models) Count(ctx context.Context) (n int64, err error) {
	err = m.db.Read(ctx, func(tx *data.Tx) error {
		n, err = data.One[int64](ctx, tx, "SELECT count(*) FROM draft")
		return err
	})
	return n, err
}
